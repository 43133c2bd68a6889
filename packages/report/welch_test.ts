import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { welch } from './welch.ts';

test('Student’s sleep data give what R prints of them (t.test(extra ~ group, data = sleep), in its help page)', () => {
  const one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
  const other = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
  const { statistic, degreesOfFreedom, p, low, high } = welch(one, other);
  assert.equal(statistic.toFixed(4), '-1.8608');
  assert.equal(degreesOfFreedom.toFixed(3), '17.776');
  assert.equal(p.toFixed(5), '0.07939');
  assert.equal(low.toFixed(5), '-3.36548');
  assert.equal(high.toFixed(5), '0.20548');
});

const sample = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 20 });

test('the sides are each other’s opposite, and the two-sided p is twice the smaller', () => {
  fc.assert(
    fc.property(sample, sample, (one, other) => {
      const [there, back] = [welch(one, other), welch(other, one)];
      assert.ok(Math.abs(there.pGreater - back.pLess) < 1e-9);
      assert.ok(Math.abs(there.pGreater + there.pLess - 1) < 1e-9);
      assert.ok(Math.abs(there.p - 2 * Math.min(there.pGreater, there.pLess)) < 1e-9);
      assert.ok(there.p >= 0 && there.p <= 1);
      assert.ok(there.low <= there.difference && there.difference <= there.high);
    }),
  );
});

test('samples that do not vary: equal means are equal, others are different for sure', () => {
  assert.equal(welch([0, 0], [0, 0, 0]).p, 1);
  assert.deepEqual([welch([2, 2], [1, 1]).p, welch([2, 2], [1, 1]).pGreater, welch([2, 2], [1, 1]).pLess], [0, 0, 1]);
});

test('a single value tells nothing: it is an error', () => {
  assert.throws(() => welch([1], [1, 2]), { name: 'RangeError', message: /'values' must hold at least 2 values/ });
  assert.throws(() => welch([1, 2], []), { name: 'RangeError', message: /'others'/ });
  assert.throws(() => welch([1, 2], [1, 2], 1), { name: 'RangeError', message: /'confidence'/ });
});
