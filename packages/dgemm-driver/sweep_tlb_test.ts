import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure, dgemmPlan, info } from '@paratune/blas';
import { environmentName, type Guest, GuestError, type GuestSpec, type RunResult } from '@paratune/guest';
import { fakeGuests } from './_fixture.ts';
import { memoryStore } from './_memory_store.ts';
import { paperTlb, simulateTlb } from './simulate_tlb.ts';
import { missingTlbRuns, sweepTlb } from './sweep_tlb.ts';

const skip = info().backend === 'x64' ? false : 'no machine code here';
const machine = { name: 'machine', dataEntries: 96, secondLevelEntries: 2048, instructionEntries: 32 };

/** Environments in which the driver prints what is said here. */
function answering(answer: (environment: string, dimensions: number[]) => Partial<RunResult> | GuestError) {
  const { start, events } = fakeGuests();
  return {
    events,
    async start(spec: GuestSpec): Promise<Guest> {
      const guest = await start(spec);
      return {
        ...guest,
        async run(_command, args = []) {
          const at = args.indexOf('plans');
          const said = answer(environmentName(spec), args.slice(at + 1).map(Number));
          if (said instanceof GuestError) throw said;
          return { exitCode: 0, signal: null, stdout: '', stderr: '', ...said };
        },
      };
    },
  };
}

const plansOf = (dimensions: number[]) => ({
  stdout: JSON.stringify(dimensions.map((n) => dgemmPlan(n, n, n))),
});

test('every record is simulated, of what the library does in that environment, and none is made twice', {
  skip,
}, async () => {
  configure({ threads: 1 });
  const store = memoryStore();
  const { start, events } = answering((_, dimensions) => plansOf(dimensions));
  const what = {
    store,
    environments: ['native', 'uml-256'],
    dimensions: [64, 100],
    geometries: [paperTlb, machine],
    start,
  };
  assert.equal(missingTlbRuns(what).length, 4);
  assert.deepEqual(await sweepTlb(what), { total: 4, before: 0, simulated: 4, skipped: [], interrupted: false });
  const { records } = store.read();
  assert.equal(records.length, 2 * 2 * 2 * 2);
  for (const record of records) {
    assert.equal(record.status, 'simulated');
    assert.deepEqual([record.experiment, record.unit, record.factors['pageBytes']], ['tlb', 'misses', 4096]);
    const n = Number(record.factors['n']);
    const geometry = record.factors['geometry'] === 'paper' ? paperTlb : machine;
    assert.equal(record.factors['secondLevelEntries'], 'secondLevelEntries' in geometry ? 2048 : undefined);
    const [misses] = simulateTlb(dgemmPlan(n, n, n), [geometry]);
    assert.equal('value' in record && record.value, misses![record.metric as keyof typeof misses]);
  }
  assert.deepEqual(events, ['start native', 'start uml-256', 'stop native', 'stop uml-256']);
  assert.equal((await sweepTlb(what)).before, 4);
  assert.equal(events.length, 4, 'nothing is started for what is there');
  const other = { ...paperTlb, name: 'other' };
  assert.equal(missingTlbRuns({ ...what, geometries: [paperTlb, other] }).length, 4);
  await sweepTlb({ ...what, geometries: [paperTlb, other] });
  const all = store
    .read()
    .records.map(({ environment, factors, metric }) => JSON.stringify([environment, factors, metric]));
  assert.deepEqual([all.length, new Set(all).size], [24, 24], 'only what was missing is added');
});

test('an environment that cannot say how it computes is skipped with its reason, once, and tried again', {
  skip,
}, async () => {
  const store = memoryStore();
  const ends = {
    native: () => ({ exitCode: 1, stderr: 'UnsupportedError: JavaScript computes' }),
    'uml-256': () => ({ stdout: '[{"spec":1}]' }),
    'uml-512': () => new GuestError('it is missing', { kind: 'panic', environment: 'uml-512' }),
    'uml-756': (dimensions: number[]) => plansOf(dimensions),
  };
  const environments = Object.keys(ends);
  const { start } = answering((environment, dimensions) => ends[environment as keyof typeof ends](dimensions));
  const what = { store, environments, dimensions: [64], geometries: [paperTlb], start };
  for (let time = 0; time < 2; time++) {
    const { skipped, simulated } = await sweepTlb(what);
    assert.equal(simulated, 1 - time);
    assert.deepEqual(
      skipped.map(({ environment }) => environment),
      environments.slice(0, 3),
    );
    for (const [index, part] of [/JavaScript computes/, /printed no plan/, /it is missing/].entries()) {
      assert.match(skipped[index]!.reason, part);
    }
  }
  assert.equal(store.read().records.filter(({ status }) => status === 'skipped').length, 3);
  assert.equal(missingTlbRuns(what).length, 3);
});

test('a signal ends it', { skip }, async () => {
  const stop = new AbortController();
  const { start, events } = answering((_, dimensions) => plansOf(dimensions));
  const summary = await sweepTlb({
    ...{ store: memoryStore(), environments: ['native'], dimensions: [64, 65, 66], geometries: [paperTlb], start },
    signal: stop.signal,
    onProgress: ({ n }) => n === 65 && stop.abort(),
  });
  assert.deepEqual([summary.interrupted, summary.simulated], [true, 2]);
  assert.ok(events.includes('stop native'));
});

test('bad options are refused before anything is started', async () => {
  const what = { store: memoryStore(), environments: ['native'], dimensions: [64], geometries: [paperTlb] };
  await assert.rejects(sweepTlb({ ...what, dimensions: [0] }), /^RangeError: 'dimensions\[0\]'/);
  await assert.rejects(sweepTlb({ ...what, geometries: [] }), /^RangeError: 'geometries' must not be empty/);
  await assert.rejects(sweepTlb({ ...what, geometries: [paperTlb, paperTlb] }), /distinct names, got paper twice/);
});
