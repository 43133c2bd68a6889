import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interval } from './_interval.ts';

test('half the width is that of tables of Student t', () => {
  // Values 0 and 2 in equal number around 1: the variance is n / (n - 1), the half width t sqrt(1 / (n - 1)).
  for (const [count, t] of [
    [2, 12.706],
    [4, 3.182],
    [6, 2.571],
    [20, 2.093],
    [60, 2.001],
  ] as const) {
    const { mean, half } = interval(Array.from({ length: count }, (_, index) => 2 * (index % 2)));
    assert.equal(mean, 1);
    const expected = t * Math.sqrt(1 / (count - 1));
    assert.ok(Math.abs(half! / expected - 1) < 2e-3, `${count} values: ${half}, must be ${expected}`);
  }
});

test('one value has no interval', () => {
  assert.deepEqual(interval([5]), { mean: 5, half: undefined });
});
