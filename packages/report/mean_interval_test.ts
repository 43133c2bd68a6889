import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { meanInterval } from './mean_interval.ts';

test('the margin is that of a table of the t distribution', () => {
  // Quantiles of 0.975 with 1, 4 and 19 degrees of freedom: NIST/SEMATECH e-Handbook, 1.3.6.7.2.
  for (const [count, quantile] of [
    [2, 12.706],
    [5, 2.776],
    [20, 2.093],
  ] as const) {
    const values = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? 1 : 3));
    const { mean, low, high } = meanInterval(values);
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1));
    assert.ok(Math.abs((high - mean) / (deviation / Math.sqrt(count)) - quantile) < 1e-3);
    assert.ok(Math.abs(high - mean - (mean - low)) < 1e-12);
  }
});

test('it holds the mean, moves and grows with the values, and is wider where more is to be trusted', () => {
  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 50 }), (some, shift) => {
      const interval = meanInterval(some);
      assert.ok(interval.low <= interval.mean && interval.mean <= interval.high);
      const moved = meanInterval(some.map((value) => 2 * value + shift));
      assert.ok(Math.abs(moved.low - (2 * interval.low + shift)) < 1e-8);
      assert.ok(Math.abs(moved.high - (2 * interval.high + shift)) < 1e-8);
      const surer = meanInterval(some, 0.99);
      assert.ok(surer.low <= interval.low && surer.high >= interval.high);
    }),
  );
});

test('one value has no interval; none has no mean', () => {
  assert.deepEqual(meanInterval([7]), { count: 1, mean: 7, low: 7, high: 7 });
  assert.throws(() => meanInterval([]), { name: 'RangeError', message: /'values'/ });
  for (const confidence of [0, 1, Number.NaN]) {
    assert.throws(() => meanInterval([1, 2], confidence), { name: 'RangeError', message: /'confidence'/ });
  }
});
