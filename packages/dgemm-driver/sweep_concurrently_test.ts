import assert from 'node:assert/strict';
import { test } from 'node:test';
import { available, GuestError, type GuestSpec } from '@paratune/guest';
import { fakeGuests, success } from './_fixture.ts';
import { memoryStore } from './_memory_store.ts';
import { concurrentExperiment, sweepConcurrently } from './sweep_concurrently.ts';

const together = { environment: 'native-512', drivers: 2, apart: false };
const apart = { environment: 'uml-256', drivers: 2, apart: true };
const series = [{ dimensions: [200, 100], runs: 2 }];

/** The fake environments, and the CPUs that each was to have. */
function observed(behave = success) {
  const { start, events } = fakeGuests((n) => behave(n));
  const cpus: [string, readonly number[] | undefined][] = [];
  const observing = async (spec: GuestSpec) => {
    cpus.push([`${spec.kind}`, spec.cpus]);
    return start(spec);
  };
  return { start: observing, events, cpus };
}

test('drivers share an environment of all CPUs, or have one each of one CPU', async () => {
  const store = memoryStore();
  const { start, events, cpus } = observed();
  const options = { store, arrangements: [together, apart], series, cpus: [0, 1], start };
  const summary = { total: 8, before: 0, measured: 8, failed: 0, skipped: [], interrupted: false };
  assert.deepEqual(await sweepConcurrently(options), summary);
  assert.deepEqual(cpus, [
    ['native', [0, 1]],
    ['uml', [0]],
    ['uml', [1]],
  ]);
  assert.equal(events.filter((event) => event.startsWith('stop')).length, 3);
  const rates = store.read().records.filter(({ metric }) => metric === 'mflops');
  assert.ok(rates.every(({ experiment }) => experiment === concurrentExperiment));
  assert.deepEqual(
    rates.slice(0, 4).map(({ environment, factors, run, repetition }) => [environment, factors, run, repetition]),
    [together, apart].flatMap(({ environment, apart }) =>
      [0, 1].map((driver) => [
        environment,
        { n: 100, drivers: 2, arrangement: apart ? 'apart' : 'together' },
        0,
        driver,
      ]),
    ),
  );
  assert.equal(rates.length, 16);
  const ofAll = store.read().records.filter(({ metric }) => metric === 'aggregateMflops' || metric === 'fairness');
  assert.deepEqual(
    ofAll.slice(0, 2).map((record) => 'value' in record && [record.metric, record.repetition, record.value]),
    [
      ['aggregateMflops', 0, 100_000],
      ['fairness', 0, 1],
    ],
  );
  assert.equal(ofAll.length, 16);
  const again = observed();
  assert.equal((await sweepConcurrently({ ...options, start: again.start })).before, 8);
  assert.deepEqual(again.events, []);
});

test('an environment that dies gives reasons for all its drivers, and is started again', async () => {
  const store = memoryStore();
  let deaths = 0;
  const { start, events } = fakeGuests((n) => {
    if (n !== 100 || deaths++ > 0) return success(n);
    return new GuestError('the kernel panicked', { kind: 'panic', environment: 'uml-256' });
  });
  await sweepConcurrently({ store, arrangements: [apart], series, cpus: [0], start });
  const { records } = store.read();
  const failed = records.filter(({ status }) => status === 'failed');
  assert.deepEqual(
    failed.map(({ run, repetition }) => [run, repetition]),
    [
      [0, 0],
      [0, 1],
    ],
  );
  assert.equal(events.filter((event) => event.startsWith('start')).length, 4);
  assert.equal(events.filter((event) => event.startsWith('stop')).length, 4);
});

test('an arrangement that cannot be had is skipped with its reason, and nothing of it is left', async () => {
  const store = memoryStore();
  const { start: real, events } = fakeGuests();
  let starts = 0;
  const start = async (spec: GuestSpec) => {
    if (spec.kind === 'uml' && starts++ === 1) {
      throw new GuestError('no memory', { kind: 'unavailable', environment: 'uml-256', remedy: 'buy some' });
    }
    return real(spec);
  };
  const summary = await sweepConcurrently({ store, arrangements: [apart, together], series, cpus: [0, 1], start });
  assert.deepEqual(summary.skipped, [{ arrangement: apart, reason: 'uml-256: no memory (to mend it: buy some)' }]);
  const { records } = store.read();
  assert.equal(records.filter(({ status }) => status === 'skipped').length, 1);
  assert.equal(records.filter(({ metric, status }) => metric === 'mflops' && status === 'measured').length, 8);
  assert.ok(events.includes('stop uml-256'));
});

test('wrong arrangements are refused before anything starts', async () => {
  const store = memoryStore();
  const wrong = (arrangements: unknown) => sweepConcurrently({ store, arrangements: arrangements as never, series });
  await assert.rejects(wrong('together'), TypeError);
  await assert.rejects(wrong([]), RangeError);
  await assert.rejects(wrong([{ ...together, drivers: 0 }]), /'arrangements\[0\].drivers'/);
  await assert.rejects(wrong([{ ...together, environment: 'xyz' }]), RangeError);
});

const [held] = await available(['native-96']);

test('more drivers than memory has room for swap, and all come to an end', {
  skip: held!.available ? false : held!.missing,
  timeout: 120_000,
}, async () => {
  const store = memoryStore();
  // Four processes of Node and their matrices are more than 96 MB; one has room.
  const arrangements = [1, 4].map((drivers) => ({ environment: 'native-96', drivers, apart: false }));
  const summary = await sweepConcurrently({ store, arrangements, series: [{ dimensions: [700], runs: 1 }] });
  assert.deepEqual([summary.measured, summary.failed, summary.skipped], [2, 0, []]);
  const swapped = (drivers: number) =>
    store
      .read()
      .records.filter(({ metric, factors }) => metric === 'processSwapBytes' && factors['drivers'] === drivers)
      .reduce((sum, record) => sum + ('value' in record ? record.value : 0), 0);
  assert.ok(swapped(4) > swapped(1) + 2 ** 22, `${swapped(4)} and ${swapped(1)}`);
  const rates = store.read().records.filter(({ metric }) => metric === 'aggregateMflops');
  assert.equal(rates.length, 2);
});
