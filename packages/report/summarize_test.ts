import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record } from '@paratune/record';
import fc from 'fast-check';
import { paperLike } from './_fixture.ts';
import { summarize } from './summarize.ts';

const { records } = paperLike({ environments: ['native'], dimensions: [100], runs: 1 });
const base = records.find(({ metric }) => metric === 'mflops') as Extract<Record, { value: number }>;
const { value: _value, status: _status, ...common } = base;
const died = (run: number): Record => ({ ...common, run, status: 'failed', reason: 'out of memory' });

test('mean, extremes and median are those of the values', () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
      const [{ values: found } = { values: undefined }] = summarize(
        values.map((value, run) => ({ ...base, run, value })),
        'mflops',
      );
      const sorted = values.toSorted((a, b) => a - b);
      assert.ok(found);
      assert.equal(found.count, values.length);
      assert.deepEqual([found.minimum, found.maximum], [sorted[0], sorted.at(-1)]);
      assert.ok(Math.abs(found.mean - values.reduce((a, b) => a + b) / values.length) < 1e-6);
      assert.equal(sorted.filter((one) => one < found.median).length <= values.length / 2, true);
      assert.equal(sorted.filter((one) => one > found.median).length <= values.length / 2, true);
    }),
  );
});

test('simulated values, other metrics and other experiments do not count', () => {
  const other: Record[] = [
    { ...base, status: 'simulated', value: 1 },
    { ...base, metric: 'seconds', value: 2 },
    { ...base, experiment: 'another', value: 3 },
    { ...base, factors: {}, value: 4 },
    { ...common, status: 'skipped', reason: 'no swap' },
  ];
  assert.deepEqual(summarize(other.slice(0, 1).concat(other.slice(2)), 'mflops'), []);
  assert.equal(summarize([...other, base], 'mflops')[0]?.values?.mean, base.value);
});

test('a run that died is a failure in every metric, once, until a later try makes it good', () => {
  const [summary] = summarize([base, died(1), died(1), died(2)], 'residentBytes');
  assert.deepEqual(summary, {
    environment: 'native',
    n: 100,
    values: undefined,
    failures: [
      { run: 1, reason: 'out of memory' },
      { run: 2, reason: 'out of memory' },
    ],
  });
  assert.deepEqual(summarize([died(0), base], 'mflops')[0]?.failures, []);
  const simulated: Record = { ...base, run: 1, status: 'simulated' };
  assert.equal(summarize([died(1), simulated], 'mflops')[0]?.failures.length, 1);
});
