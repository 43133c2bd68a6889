import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compensatedGemv, gemvErrorBound, gerErrorBound, referenceGemm, referenceGemv, referenceGer } from './mod.ts';

const a = Float64Array.of(1, 2, 3, 4, 5, 6); // 2 x 3 by rows

test('a product of a matrix and a vector is that of matrices with one column', () => {
  const x = Float64Array.of(7, 8, 9);
  for (const gemv of [referenceGemv, compensatedGemv]) {
    const [y, c] = [Float64Array.of(10, 20), Float64Array.of(10, 20)];
    gemv(2, 3, 2, a, 0, 3, 1, x, 2, -1, -1, y, 1, -1);
    referenceGemm(2, 1, 3, 2, a, 0, 3, 1, x, 2, -1, 1, -1, c, 1, -1, 1);
    assert.deepEqual(y, c);
  }
});

test('without rows or columns, and without a product, only what must be is touched', () => {
  const nan = new Float64Array(3).fill(Number.NaN);
  for (const gemv of [referenceGemv, compensatedGemv]) {
    const y = Float64Array.of(1, 2);
    gemv(2, 0, 1, nan, 0, 1, 1, nan, 0, 1, 0, y, 0, 1);
    assert.deepEqual([...y], [1, 2]);
    gemv(1, 1, 0, nan, 0, 1, 1, nan, 0, 1, 3, y, 0, 1);
    assert.deepEqual([...y], [3, 2]);
    gemv(2, 1, 1, a, 0, 1, 1, a, 0, 1, 0, nan, 0, 1);
    assert.deepEqual([...nan.subarray(0, 2)], [1, 2]);
    nan.fill(Number.NaN);
    // A zero in x does not hide a NaN in A.
    gemv(1, 1, 1, nan, 0, 1, 1, Float64Array.of(0), 0, 1, 1, y, 0, 1);
    assert.ok(Number.isNaN(y[0]));
  }
});

test('a rank-one update leaves columns of zeros in y alone, not rows of zeros in x', () => {
  const c = Float64Array.of(1, 2, 3, 4);
  referenceGer(2, 2, 2, Float64Array.of(Number.NaN, 0), 0, 1, Float64Array.of(0, 1), 0, 1, c, 0, 1, 2);
  assert.deepEqual([...c], [1, 2, Number.NaN, 4]);
  referenceGer(2, 2, 0, c, 0, 1, c, 0, 1, c, 0, 1, 2);
  assert.deepEqual([...c], [1, 2, Number.NaN, 4]);
});

test('bounds grow with precision and operands are checked', () => {
  const single = gemvErrorBound(
    1,
    1,
    1,
    Float32Array.of(1),
    0,
    1,
    1,
    Float32Array.of(1),
    0,
    1,
    0,
    Float32Array.of(0),
    0,
    1,
  );
  assert.ok(single[0]! > 5 * 2 ** -24 && single[0]! < 6 * 2 ** -24);
  assert.equal(gerErrorBound(2, 3, 1, a, 0, 1, a, 0, 1, a, 0, 3, 1).length, 6);
  assert.throws(() => referenceGemv(2, 3, 1, a, 1, 3, 1, a, 0, 1, 0, a, 0, 1), /RangeError: 'a' must hold/);
  assert.throws(() => referenceGer(2, 3, 1, a, 0, 9, a, 0, 1, a, 0, 3, 1), /RangeError: 'x' must hold/);
  assert.throws(
    () => referenceGemv(1, 1, 1, a, 0, 1, 1, new Float32Array(1) as unknown as Float64Array, 0, 1, 0, a, 0, 1),
    /TypeError: 'x' must be a Float64Array/,
  );
});
