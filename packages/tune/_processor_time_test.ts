import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processorTime, stepOf } from './_processor_time.ts';

test('a clock’s step is that of its ticks; one that ticks coarsely is not what calls are timed by', () => {
  let reads = 0;
  assert.equal(stepOf(() => Math.floor(reads++ / 100) * 0.01).toFixed(6), '0.010000');
  assert.ok(stepOf(processorTime) <= 1e-4);
});
