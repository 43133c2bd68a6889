import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record } from '@paratune/record';
import { comparisonText } from './_comparison_text.ts';
import { paperLike } from './_fixture.ts';
import { generator } from './_random.ts';
import { tuningLike } from './_tuning_fixture.ts';
import { type ComparedRun, compareRuns } from './compare_runs.ts';

interface Shape {
  factor?: number;
  runs?: number;
  dimensions?: number[];
  metric?: string;
  unit?: string;
  seed?: number;
}

function run(
  name: string,
  { factor = 1, runs = 5, dimensions = [1000], metric = 'mflops', unit = 'Mflops', seed = 1 }: Shape = {},
): ComparedRun {
  const random = generator(seed);
  const records = dimensions.flatMap((n) =>
    Array.from(
      { length: runs },
      (_, run): Record => ({
        ...{
          version: 1,
          experiment: 'dgemm-driver',
          environment: 'native',
          factors: { n },
          metric,
          unit,
          run,
          repetition: 0,
        },
        ...{ time: '2026-01-31T12:00:00.000Z', identity: '0123456789abcdef', status: 'measured' },
        value: factor * n * (1 + 0.01 * random()),
      }),
    ),
  );
  return { name, records };
}

const verdicts = (one: Shape, other: Shape) =>
  compareRuns(run('one', one), [run('other', { seed: 2, ...other })]).movements.map(({ verdict }) => verdict);

test('a rate that is a tenth less is worse, one that is more is better; with times it is the other way', () => {
  assert.deepEqual(verdicts({}, { factor: 0.9 }), ['worse']);
  assert.deepEqual(verdicts({}, { factor: 1.1 }), ['better']);
  const times = { metric: 'seconds', unit: 's' };
  assert.deepEqual(verdicts(times, { ...times, factor: 0.9 }), ['better']);
  assert.deepEqual(verdicts(times, { ...times, factor: 1.1 }), ['worse']);
  const choices = { metric: 'nb', unit: 'elements' };
  assert.deepEqual(verdicts(choices, { ...choices, factor: 2 }), ['changed']);
});

test('noise is no regression, a small change is the same, single values decide nothing', () => {
  assert.deepEqual(verdicts({}, {}), ['same']);
  assert.deepEqual(verdicts({}, { factor: 0.98 }), ['same']);
  assert.deepEqual(verdicts({ runs: 1 }, { runs: 1, factor: 0.5 }), ['undecided']);
  for (let seed = 2; seed < 12; seed++) {
    const { regressions } = compareRuns(paperRun('one', 1), [paperRun('other', seed)], { threshold: 0.05 });
    assert.deepEqual(
      regressions.map(({ metric, factors }) => [metric, factors]),
      [],
      `seed ${seed}`,
    );
  }
});

function paperRun(name: string, seed: number): ComparedRun {
  return { name, ...paperLike({ environments: ['native-756'], dimensions: [500, 1000, 2000, 3000], seed }) };
}

test('one run at each of several dimensions is enough together', () => {
  const shape = { runs: 1, dimensions: [1000, 2000, 3000, 4000] };
  const { movements, regressions } = compareRuns(run('one', shape), [run('other', { ...shape, factor: 0.9, seed: 2 })]);
  assert.deepEqual(regressions.length, 1);
  const [series] = regressions;
  assert.deepEqual([series!.over, series!.counts, series!.factors], [['n'], [4, 4], {}]);
  assert.ok(series!.low! < 0.9 && series!.high! > 0.89 && series!.p! < 0.01);
  assert.equal(movements.length, 5);
});

test('the threshold is what is asked for; several runs are each compared with the first; nothing in common is said', () => {
  const [base, other] = [run('base'), run('other', { factor: 0.9, seed: 2 })];
  assert.equal(compareRuns(base, [other], { threshold: 0.2 }).regressions.length, 0);
  const both = compareRuns(base, [run('same', { seed: 3 }), other]);
  assert.deepEqual(
    both.regressions.map(({ run }) => run),
    ['other'],
  );
  assert.match(
    comparisonText(both, { all: false }),
    /^worse {2}other {2}native {2}dgemm-driver mflops {2}n 1000 {2}1,00\d -> 90\d Mflops {2}-\d+\.\d % \(-\d+\.\d % to -\d+\.\d %\), p < 0\.001\n/,
  );
  assert.match(comparisonText(both, { all: true }), /^same/m);
  const none = compareRuns(base, [run('none', { dimensions: [7] })]);
  assert.deepEqual(none.movements, []);
  assert.match(comparisonText(none, { all: true }), /nothing was measured/);
  assert.throws(() => compareRuns(base, [other], { threshold: 1 }), { name: 'RangeError', message: /'threshold'/ });
});

test('records of autotuning: a slower guest is found in all that it makes slower, choices only change', () => {
  const [base, slower] = [tuningLike({ seed: 1 }), tuningLike({ seed: 2 })];
  const slow = slower.records.map((record) =>
    'value' in record && record.environment === 'uml-256' && record.metric.toLowerCase().endsWith('mflops')
      ? { ...record, value: 0.8 * record.value }
      : record,
  );
  const { regressions } = compareRuns({ name: 'a', records: base.records }, [{ name: 'b', records: slow }]);
  assert.ok(regressions.length > 20);
  assert.ok(regressions.every(({ environment }) => environment === 'uml-256'));
});
