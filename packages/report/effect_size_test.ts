import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectSize } from './effect_size.ts';

test('of Student’s sleep data: Cohen’s d -0.832 as published, corrected by 1 - 3 / (4 * 18 - 1); pairs counted by scipy 1.17', () => {
  const one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
  const other = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
  const { hedges, cliff } = effectSize(one, other);
  assert.equal(hedges.toFixed(9), '-0.797018500');
  assert.equal(cliff.toFixed(9), '-0.490000000');
});

test('samples that do not vary, and too small ones', () => {
  assert.deepEqual(effectSize([1, 1], [1, 1]), { hedges: 0, cliff: 0 });
  assert.deepEqual(effectSize([2, 2], [1, 1]), { hedges: Number.POSITIVE_INFINITY, cliff: 1 });
  assert.throws(() => effectSize([1], [1, 2]), { name: 'RangeError', message: /'values'/ });
});
