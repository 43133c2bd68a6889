import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  type Accelerator,
  environmentName,
  type Guest,
  GuestError,
  GuestPool,
  type GuestSpec,
  type RunResult,
} from '@paratune/guest';
import { openStore } from '@paratune/record';
import type { Progress, Setting } from './_experiment.ts';
import type { Program } from './_program.ts';
import { programSweep } from './_program_sweep.ts';
import { profiles } from './profiles.ts';

const scratch = mkdtempSync(join(tmpdir(), 'paratune-programs-'));
after(() => rmSync(scratch, { recursive: true }));

const program: Program = {
  experiment: 'fake',
  metric: 'mflops',
  unit: 'Mflops',
  factors: { n: 10 },
  runs: 2,
  seconds: 1,
  commands: [
    ['probe', '--json'],
    ['tune', 'measure'],
  ],
  records: (printed, { environment, run, identity }) =>
    printed.map((value, repetition) => ({
      ...{ version: 1 as const, experiment: 'fake', environment, factors: { n: 10 }, metric: 'mflops', unit: 'Mflops' },
      ...{
        run,
        repetition,
        time: '2026-01-31T12:00:00.000Z',
        identity,
        status: 'measured' as const,
        value: Number(value),
      },
    })),
};
const sweep = programSweep('fake', () => program);

type Behaviour = (environment: string, args: readonly string[]) => Partial<RunResult> | GuestError;

/** A setting whose environments run nothing: `behave` says how every command ends. What happened is in `events`. */
function fakeSetting(behave: Behaviour, folder = mkdtempSync(join(scratch, 'store-')), accelerator?: Accelerator) {
  const events: string[] = [];
  const start = async (spec: GuestSpec): Promise<Guest> => {
    const name = environmentName(spec);
    events.push(`start ${name}`);
    const stop = async () => void events.push(`stop ${name}`);
    return {
      name,
      spec: spec as Guest['spec'],
      facts: {
        ...{ kind: spec.kind, kernel: '6', memTotalBytes: 1, memoryBytes: 1, swapTotalBytes: 0, cpus: '0' },
        ...(accelerator && { accelerator }),
      },
      async run(_command, args = [], { env = {} } = {}) {
        const [file = '', ...rest] = args;
        events.push(`${name} ${file.split('/').at(-1)} ${rest.join(' ')}`);
        assert.notEqual(env['XDG_CACHE_HOME'], undefined);
        const result = behave(name, args);
        if (result instanceof GuestError) throw result;
        return { exitCode: 0, signal: null, stdout: '1', stderr: '', ...result };
      },
      copyOut: async () => new Uint8Array(),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  };
  const pool = new GuestPool({ start });
  const setting: Setting = {
    store: openStore(folder),
    profile: profiles.tiny,
    environments: ['native', 'uml-256'],
    pool,
  };
  return { setting, events, folder };
}

const progress: Progress[] = [];
const control = () => ({
  signal: new AbortController().signal,
  onProgress: (one: Progress) => void progress.push(one),
});

test('environments take turns and stay up for the next program; a run is one batch; what is there is not run again', async () => {
  const { setting, events } = fakeSetting(() => ({}));
  assert.deepEqual(sweep.plan(setting), { total: 4, missing: 4, seconds: 12 });
  assert.deepEqual(await sweep.run(setting, control()), { measured: 4, failed: 0, skipped: [] });
  const runs = events.filter((event) => event.includes('probe.js'));
  assert.deepEqual(
    runs.map((event) => event.split(' ')[0]),
    ['native', 'uml-256', 'native', 'uml-256'],
  );
  assert.deepEqual(events.slice(0, 3), [
    'start native',
    'native paratune-probe.js --json',
    'native paratune-tune.js measure',
  ]);
  assert.ok(!events.some((event) => event.startsWith('stop')));
  assert.equal(setting.store.read().records.length, 8);
  assert.equal(progress.at(-1)?.done, 4);

  const before = events.length;
  assert.deepEqual(sweep.plan(setting), { total: 4, missing: 0, seconds: 0 });
  assert.deepEqual(await sweep.run(setting, control()), { measured: 0, failed: 0, skipped: [] });
  assert.equal(events.length, before);
  const larger = programSweep('fake', () => ({ ...program, factors: { n: 20 } }));
  assert.equal(larger.plan(setting).missing, 4, 'another size is another observation');
  setting.store.close();
});

test('a command that fails, prints nonsense or what its records refuse is a failed record with the reason, once', async () => {
  const ends: Partial<RunResult>[] = [
    { exitCode: 1, stderr: 'Error: no such thing\n    at x\n' },
    { stdout: 'nonsense' },
    { exitCode: null, signal: 'SIGKILL', reason: 'out-of-memory' },
    { stdout: 'null' },
  ];
  const { setting } = fakeSetting(() => ends.shift() ?? {});
  const refusing = programSweep('fake', () => ({
    ...program,
    records: (printed, context) => {
      if (printed[0] === null) throw new RangeError('it must be a number');
      return program.records(printed, context);
    },
  }));
  assert.deepEqual(await refusing.run(setting, control()), { measured: 0, failed: 4, skipped: [] });
  assert.deepEqual(
    setting.store.read().records.map((record) => 'reason' in record && record.reason),
    [
      'paratune-probe: exit code 1: Error: no such thing',
      'paratune-probe: printed no result: nonsense',
      'paratune-probe: out of memory: killed by SIGKILL',
      'it must be a number',
    ],
  );
  assert.equal(refusing.plan(setting).missing, 0);
  setting.store.close();
});

test('an environment that cannot be used is skipped with its reason, and tried again another time', async () => {
  const { setting, folder } = fakeSetting((environment) =>
    environment === 'native'
      ? {}
      : new GuestError('it is missing', { kind: 'panic', environment, consoleTail: 'a\nlast' }),
  );
  for (let time = 0; time < 2; time++) {
    const { measured, skipped } = await sweep.run(setting, control());
    assert.equal(measured, time === 0 ? 2 : 0);
    assert.deepEqual(skipped, [{ environment: 'uml-256', reason: 'uml-256: it is missing: last' }]);
  }
  const records = setting.store.read().records.filter(({ status }) => status === 'skipped');
  assert.deepEqual(
    records.map(({ environment, run, factors }) => [environment, run, factors]),
    [
      ['uml-256', 0, { n: 10 }],
      ['uml-256', 1, { n: 10 }],
    ],
  );
  setting.store.close();
  const { setting: again } = fakeSetting(() => ({}), folder);
  assert.deepEqual(await sweep.run(again, control()), { measured: 2, failed: 0, skipped: [] });
  again.store.close();
});

test('what an environment does not have is skipped, and what was counted is measured also by an emulator', async () => {
  const { setting } = fakeSetting((environment) =>
    environment === 'native' ? { exitCode: 69, stderr: 'shown to root only\n' } : {},
  );
  const { measured, failed, skipped } = await sweep.run(setting, control());
  assert.deepEqual([measured, failed], [2, 0]);
  assert.deepEqual(skipped, [{ environment: 'native', reason: 'shown to root only' }]);
  setting.store.close();
  for (const [counted, status] of [
    [true, 'measured'],
    [false, 'simulated'],
  ] as const) {
    const { setting: emulated } = fakeSetting(() => ({}), undefined, 'tcg');
    await programSweep('fake', () => ({ ...program, counted })).run(emulated, control());
    assert.deepEqual(new Set(emulated.store.read().records.map((record) => record.status)), new Set([status]));
    emulated.store.close();
  }
});

test('Ctrl-C drops the run at hand and stops the environments', async () => {
  const stop = new AbortController();
  const { setting, events } = fakeSetting((environment) => {
    stop.abort();
    return new GuestError('it was stopped', { kind: 'stopped', environment });
  });
  const { measured, skipped } = await sweep.run(setting, { signal: stop.signal, onProgress: () => {} });
  assert.deepEqual([measured, skipped, setting.store.read().records.length], [0, [], 0]);
  assert.ok(events.includes('stop native'));
  setting.store.close();
});

test('a profile without it, and one that leaves environments out', async () => {
  const { setting } = fakeSetting(() => ({}));
  assert.deepEqual(programSweep('none', () => undefined).plan(setting), { total: 0, missing: 0, seconds: 0 });
  const native = programSweep('fake', () => ({ ...program, environments: ['native'] }));
  assert.equal(native.plan(setting).total, 2);
  setting.store.close();
});
