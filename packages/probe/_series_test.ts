import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastCycles } from './_series.ts';

const sample = (cycles: number, before: number, after = before) => ({ cycles, before, after });

test('the least of the samples counts', () => {
  assert.equal(leastCycles([sample(120, 0.6), sample(100, 0.6), sample(400, 0.6)]), 100);
});

test('a sample beside a disturbed calibration does not count, however short it looks', () => {
  assert.equal(leastCycles([sample(100, 0.6), sample(60, 0.6, 1.4), sample(101, 0.601, 0.6)]), 100);
  // Both disturbed alike: slower than the clock ever is.
  assert.equal(leastCycles([sample(100, 0.6), sample(50, 1.2)]), 100);
});

test('at another clock rate a sample counts like any', () => {
  assert.equal(leastCycles([sample(101, 0.55), sample(100, 0.6)]), 100);
});

test('when none can be trusted, the least disturbed is taken', () => {
  assert.equal(leastCycles([sample(90, 0.6, 0.9), sample(100, 0.6, 0.62), sample(80, 0.6, 1.4)]), 100);
});
