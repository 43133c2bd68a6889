import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generator } from './_random.ts';
import { drift } from './drift.ts';

test('correlation, p and slope are scipy 1.17’s kendalltau(method="asymptotic") and theilslopes', () => {
  const rising = drift([5, 6, 7, 9, 8, 10, 11, 10, 13, 12])!;
  assert.equal(rising.tau.toFixed(12), '0.853986492453');
  assert.ok(Math.abs(rising.p - 0.0006436975254696864) < 1e-7);
  assert.deepEqual([rising.slope, rising.drifts], [1, true]);
  const still = drift([3.1, 2.9, 3.0, 3.2, 2.8, 3.1, 3.0, 2.9])!;
  assert.equal(still.tau.toFixed(12), '-0.188982236505');
  assert.ok(Math.abs(still.p - 0.5265374292133732) < 1e-6);
  assert.equal(still.slope.toFixed(9), '-0.018333333');
  assert.equal(still.drifts, false);
});

test('noise drifts no more often than it may; a trend of a hundredth of the median is none', () => {
  const random = generator(1);
  let seen = 0;
  for (let trial = 0; trial < 400; trial++) {
    if (drift(Array.from({ length: 20 }, () => 100 + 20 * random()))!.drifts) seen++;
  }
  assert.ok(seen < 12, `${seen} of 400`);
  assert.equal(drift(Array.from({ length: 20 }, (_, index) => 1000 + index / 10))!.drifts, false);
});

test('the first repetitions that are not as the later ones are warm-up', () => {
  const settled = [78, 77, 78, 79, 77, 78, 78, 77, 79, 78];
  assert.equal(drift(settled)!.warmUp, 0);
  assert.equal(drift([20, 60, ...settled])!.warmUp, 2);
  assert.equal(drift([...settled, 20])!.warmUp, 0);
});

test('few values tell nothing; equal ones have no trend', () => {
  assert.equal(drift([1, 2, 3, 4, 5, 6, 7]), undefined);
  assert.deepEqual(drift(Array(9).fill(4)), { tau: 0, p: 1, slope: 0, drifts: false, warmUp: 0 });
  assert.throws(() => drift([1, Number.POSITIVE_INFINITY]), { name: 'RangeError', message: /'values\[1\]'/ });
});
