import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrapRatio } from './bootstrap_ratio.ts';

const values = [98.2, 101.1, 99.7, 100.4, 102.3, 97.9];
const reference = [99.5, 100.2, 101.8, 98.7, 100.9, 99.1, 100.6];

test('intervals are those of scipy 1.17’s stats.bootstrap(method="percentile", n_resamples=200000)', () => {
  const mean = bootstrapRatio(values, reference, { resamples: 20_000 });
  assert.ok(Math.abs(mean.low - 0.9839) < 0.001 && Math.abs(mean.high - 1.01255) < 0.001, JSON.stringify(mean));
  const median = bootstrapRatio(values, reference, { of: 'median', resamples: 20_000 });
  assert.ok(Math.abs(median.low - 0.97614) < 0.002 && Math.abs(median.high - 1.01917) < 0.002, JSON.stringify(median));
});

test('equal seeds give equal intervals, other seeds others; one value each has no width', () => {
  assert.deepEqual(bootstrapRatio(values, reference), bootstrapRatio(values, reference));
  assert.notDeepEqual(bootstrapRatio(values, reference), bootstrapRatio(values, reference, { seed: 2 }));
  assert.deepEqual(bootstrapRatio([6], [3]), { ratio: 2, low: 2, high: 2 });
});

test('what is wrongly asked is an error', () => {
  assert.throws(() => bootstrapRatio([], [1]), { name: 'RangeError', message: /'values'/ });
  assert.throws(() => bootstrapRatio([1], [1], { resamples: 0 }), { name: 'RangeError', message: /'resamples'/ });
  assert.throws(() => bootstrapRatio([1], [1], { confidence: 0 }), { name: 'RangeError', message: /'confidence'/ });
});
