import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fairness } from './_fairness.ts';

test('1 when all have the same, 1/k when one of k has everything, whatever the unit', () => {
  assert.equal(fairness([7]), 1);
  assert.equal(fairness([5, 5, 5, 5]), 1);
  assert.equal(fairness([8, 0, 0, 0]), 1 / 4);
  assert.ok(Math.abs(fairness([1, 3]) - 16 / 20) < 1e-12);
  assert.ok(Math.abs(fairness([1, 3]) - fairness([1e6, 3e6])) < 1e-12);
});
