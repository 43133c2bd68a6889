import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mannWhitney } from './mann_whitney.ts';

test('permeability constants give the U of R’s help page of wilcox.test (Hollander and Wolfe 1973, p. 69), exactly', () => {
  const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
  const early = [1.15, 0.88, 0.9, 0.74, 1.21];
  const { statistic, p, method } = mannWhitney(atTerm, early);
  assert.deepEqual([statistic, method], [35, 'exact']);
  // R's one-sided p is 0.1272, scipy 1.17's two-sided 0.2544122544122544.
  assert.equal(p.toFixed(12), '0.254412254412');
});

test('with equal values it is scipy 1.17’s mannwhitneyu(method="asymptotic")', () => {
  const one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
  const other = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
  const { statistic, p, method } = mannWhitney(one, other);
  assert.deepEqual([statistic, method], [25.5, 'normal']);
  assert.ok(Math.abs(p - 0.06932757543362658) < 1e-6);
});

test('it is the same from either side, and does not mind how values are scaled', () => {
  const sample = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 15 });
  fc.assert(
    fc.property(sample, sample, (one, other) => {
      const [there, back] = [mannWhitney(one, other), mannWhitney(other, one)];
      assert.equal(there.statistic + back.statistic, one.length * other.length);
      assert.ok(Math.abs(there.p - back.p) < 1e-12 && there.p > 0 && there.p <= 1);
      const cubed = mannWhitney(
        one.map((value) => value ** 3),
        other.map((value) => value ** 3),
      );
      assert.deepEqual(cubed, there);
    }),
  );
});

test('all equal is no difference; many values are not counted out; empty is an error', () => {
  assert.equal(mannWhitney([1, 1], [1, 1]).p, 1);
  const many = Array.from({ length: 60 }, (_, index) => index);
  assert.equal(
    mannWhitney(
      many,
      many.map((value) => value + 100.5),
    ).method,
    'normal',
  );
  assert.throws(() => mannWhitney([], [1]), { name: 'RangeError', message: /'values'/ });
});
