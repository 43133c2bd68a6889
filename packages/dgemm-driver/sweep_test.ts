import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuestError } from '@paratune/guest';
import type { Record as Observation } from '@paratune/record';
import { driverResult, fakeGuests, success } from './_fixture.ts';
import { memoryStore } from './_memory_store.ts';
import { missingRuns, type SweepOptions, type SweepProgress, sweep } from './sweep.ts';

const series = [{ dimensions: [100, 200], runs: 2 }];
const environments = ['native', 'uml-256'];

/** Runs other than the trial that follows the start of an environment. */
const runs = (events: string[]) => events.filter((event) => event.startsWith('run') && !event.endsWith(' 16'));
const rates = (records: readonly Observation[]) => records.filter(({ metric }) => metric === 'mflops');
const death = (environment: string) =>
  new GuestError('the kernel panicked', { kind: 'panic', environment, consoleTail: 'Kernel panic\nlast words\n' });

test('environments take turns, are started once and stopped at the end', async () => {
  const { start, events } = fakeGuests();
  const store = memoryStore();
  const summary = await sweep({ store, environments, series, start });
  assert.deepEqual(summary, { total: 8, before: 0, measured: 8, failed: 0, skipped: [], interrupted: false });
  assert.deepEqual(
    runs(events),
    [100, 100, 200, 200].flatMap((n) => [`run native ${n}`, `run uml-256 ${n}`]),
  );
  assert.equal(events.filter((event) => event.startsWith('start')).length, 2);
  assert.deepEqual(events.slice(-2).sort(), ['stop native', 'stop uml-256']);
  assert.equal(rates(store.read().records).length, 8);
});

test('each environment has an identity that says what multiplied in it', async () => {
  const store = memoryStore();
  await sweep({ store, environments, series, start: fakeGuests().start });
  const { records, identities } = store.read();
  assert.deepEqual(new Set(records.map(({ identity }) => identity)).size, 2);
  for (const { environment } of identities) assert.equal(environment['backend'], 'dgemm_fake_1x1');
  assert.deepEqual(identities.map(({ environment }) => environment.kind).sort(), ['native', 'uml']);
});

test('what the store holds is not run again, and nothing is started for it', async () => {
  const store = memoryStore();
  await sweep({ store, environments, series: [{ dimensions: [100], runs: 2 }], start: fakeGuests().start });
  const { start, events } = fakeGuests();
  const more = { store, environments, series, start };
  assert.equal(missingRuns(more).length, 4);
  assert.equal((await sweep(more)).before, 4);
  assert.deepEqual(new Set(runs(events)), new Set(['run native 200', 'run uml-256 200']));
  const again = fakeGuests();
  assert.equal((await sweep({ ...more, start: again.start })).measured, 0);
  assert.deepEqual(again.events, []);
});

test('another alpha or beta is another observation', async () => {
  const store = memoryStore();
  const options = { store, environments: ['native'], series, start: fakeGuests().start };
  await sweep(options);
  assert.equal((await sweep({ ...options, alpha: 2, beta: 0 })).measured, 4);
  assert.equal((await sweep({ ...options, alpha: 1, beta: 1 })).measured, 0);
  assert.deepEqual(rates(store.read().records).at(-1)!.factors, { n: 200, alpha: 2, beta: 0 });
});

test('a run that dies is recorded with its reason, is not run again, and the sweep goes on', async () => {
  const store = memoryStore();
  const { start } = fakeGuests((n) => (n === 100 ? { ...success(n), exitCode: null, signal: 'SIGKILL' } : success(n)));
  const options = { store, environments: ['native'], series, start };
  assert.deepEqual(await sweep(options), {
    ...{ total: 4, before: 0, measured: 2, failed: 2, skipped: [], interrupted: false },
  });
  const failed = store.read().records.filter((record) => record.status === 'failed');
  assert.deepEqual(
    failed.map((record) => [record.factors['n'], record.run, 'reason' in record && record.reason]),
    [
      [100, 0, 'killed by SIGKILL'],
      [100, 1, 'killed by SIGKILL'],
    ],
  );
  assert.equal(missingRuns(options).length, 0);
});

test('an environment that dies is started again', async () => {
  const store = memoryStore();
  let deaths = 0;
  const { start, events } = fakeGuests((n, name) =>
    n === 100 && name === 'uml-256' && deaths++ === 0 ? death(name) : success(n),
  );
  const summary = await sweep({ store, environments, series, start });
  assert.deepEqual([summary.measured, summary.failed], [7, 1]);
  assert.deepEqual(
    events.filter((event) => /(start|stop) uml/.test(event)),
    ['start uml-256', 'stop uml-256', 'start uml-256', 'stop uml-256'],
  );
  const failed = store.read().records.find((record) => record.status === 'failed');
  assert.ok(failed && 'reason' in failed && failed.reason === 'uml-256: the kernel panicked: last words');
});

test('an environment that this machine cannot run is skipped with the remedy, and tried again another time', async () => {
  const store = memoryStore();
  const { start, events } = fakeGuests();
  const without: SweepOptions = {
    ...{ store, environments, series },
    start: async (spec) => {
      if (spec.kind === 'native') return start(spec);
      throw new GuestError('it is missing', { kind: 'unavailable', environment: 'uml-256', remedy: 'install it' });
    },
  };
  const reason = 'uml-256: it is missing (to mend it: install it)';
  for (let attempt = 0; attempt < 2; attempt++) {
    assert.deepEqual((await sweep(without)).skipped, [{ environment: 'uml-256', reason }]);
    const skipped = store.read().records.filter(({ status }) => status === 'skipped');
    assert.equal(skipped.length, 4);
    assert.ok(skipped.every((record) => 'reason' in record && record.reason === reason));
  }
  assert.equal(runs(events).length, 4);
  assert.equal((await sweep({ ...without, start })).measured, 4);
});

test('an environment that does not start is tried once more before it is skipped', async () => {
  const store = memoryStore();
  const { start } = fakeGuests();
  const attempts = { uml: 0, native: 0, qemu: 0, 'xen-dom0': 0, 'xen-domu': 0 };
  const flaky = async (failures: number) =>
    (
      await sweep({
        ...{ store, environments: ['uml-256'], series },
        start: (spec) => {
          if (attempts[spec.kind]++ < failures)
            throw new GuestError('late', { kind: 'timeout', environment: 'uml-256' });
          return start(spec);
        },
      })
    ).skipped.length;
  assert.equal(await flaky(2), 1);
  attempts.uml = 0;
  assert.equal(await flaky(1), 0);
});

test('an environment in which Node does not run is skipped', async () => {
  const store = memoryStore();
  const { start } = fakeGuests((n, name) =>
    name === 'native' ? success(n) : { exitCode: 127, signal: null, stdout: '', stderr: 'node: not found\n' },
  );
  const { skipped, measured } = await sweep({ store, environments, series, start });
  assert.equal(measured, 4);
  assert.deepEqual(skipped, [{ environment: 'uml-256', reason: 'uml-256: exit code 127: node: not found' }]);
});

test('an interrupted sweep leaves no record of the run at hand, stops what is up, and goes on later', async () => {
  const store = memoryStore();
  const interruption = new AbortController();
  const { start, events } = fakeGuests((n, name) => {
    if (n === 200 && name === 'uml-256') {
      interruption.abort();
      return new Promise(() => {});
    }
    return success(n);
  });
  const summary = await sweep({ store, environments, series, start, signal: interruption.signal });
  assert.equal(summary.interrupted, true);
  assert.equal(rates(store.read().records).length, summary.measured);
  assert.equal(summary.measured, 5);
  assert.deepEqual(events.slice(-2).sort(), ['stop native', 'stop uml-256']);
  const rest = await sweep({ store, environments, series, start: fakeGuests().start });
  assert.deepEqual([rest.before, rest.measured], [5, 3]);
});

test('a sweep interrupted before it began does nothing', async () => {
  const { start, events } = fakeGuests();
  const summary = await sweep({ store: memoryStore(), environments, series, start, signal: AbortSignal.abort() });
  assert.deepEqual([summary.measured, summary.interrupted, events], [0, true, []]);
});

test('an environment that was being started when the sweep was interrupted is stopped', async () => {
  const interruption = new AbortController();
  const { start, events } = fakeGuests();
  const summary = await sweep({
    ...{ store: memoryStore(), environments, series, signal: interruption.signal },
    start: (spec) => {
      interruption.abort();
      return start(spec);
    },
  });
  assert.equal(summary.interrupted, true);
  assert.deepEqual(summary.skipped, []);
  assert.deepEqual(
    events.filter((event) => !event.startsWith('run')),
    ['start native', 'stop native'],
  );
});

test('the environments are stopped when the store refuses', async () => {
  const { start, events } = fakeGuests();
  const store = memoryStore();
  const full = {
    ...store,
    append: () => {
      throw new Error('the disk is full');
    },
  };
  await assert.rejects(sweep({ store: full, environments, series, start }), /the disk is full/);
  assert.equal(events.filter((event) => event.startsWith('stop')).length, 1);
});

test('progress counts up to the end, and says what is next and what was seen', async () => {
  const seen: SweepProgress[] = [];
  await sweep({
    ...{ store: memoryStore(), environments, series, start: fakeGuests().start },
    onProgress: (progress) => seen.push(progress),
  });
  assert.deepEqual(
    seen.map(({ done }) => done),
    [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8],
  );
  const [first, last] = [seen[0]!, seen.at(-1)!];
  assert.ok(first.event === 'begins');
  assert.deepEqual(first.run, { environment: 'native', n: 100, run: 0 });
  assert.ok(last.event === 'ended' && last.secondsLeft === 0);
  assert.deepEqual(last.outcome, { status: 'measured', result: driverResult(200) });
  assert.ok(seen.slice(0, -1).every(({ secondsLeft }) => secondsLeft > 0));
});

test('what takes long when an environment starts is told', async () => {
  const messages: string[] = [];
  const { start } = fakeGuests();
  await sweep({
    ...{ store: memoryStore(), environments: ['uml-256'], series },
    start: (spec, { onProgress } = {}) => {
      onProgress?.('fetching a kernel');
      return start(spec);
    },
    onProgress: (progress) => {
      if (progress.event === 'waits') messages.push(progress.message);
    },
  });
  assert.deepEqual(messages, ['fetching a kernel']);
});

test('a short name is its full name', async () => {
  const store = memoryStore();
  await sweep({ store, environments: ['uml'], series, start: fakeGuests().start });
  assert.deepEqual(new Set(store.read().records.map(({ environment }) => environment)), new Set(['uml-256']));
  assert.throws(() => missingRuns({ store, environments: ['uml', 'uml-256'], series }), /"uml-256" twice/);
});

for (const [options, error, message] of [
  [{ environments: ['nothing'] }, RangeError, /nothing/],
  [{ environments: 'native' }, TypeError, /'environments' must be an array, got string/],
  [{ series: [{ dimensions: [Number.NaN], runs: 1 }] }, RangeError, /dimensions\[0\].* got NaN/],
  [{ alpha: Number.NaN }, RangeError, /'alpha' must be a finite number, got NaN/],
  [{ seed: -1 }, RangeError, /'seed' .* got -1/],
] as const) {
  test(`refuses ${JSON.stringify(options)} before anything is started`, async () => {
    const { start, events } = fakeGuests();
    await assert.rejects(
      sweep({ store: memoryStore(), environments, series, start, ...(options as object) }),
      (thrown) => thrown instanceof error && message.test(thrown.message),
    );
    assert.deepEqual(events, []);
  });
}
