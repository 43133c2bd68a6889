import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compensatedGemm } from './compensated_gemm.ts';
import { gemmErrorBound } from './gemm_error_bound.ts';
import { referenceGemm } from './reference_gemm.ts';

type Gemm = typeof referenceGemm;

const size = fc.integer({ min: 0, max: 6 });
const finite = fc.double({ noNaN: true, min: -1e100, max: 1e100 });
const vector = fc.array(finite, { minLength: 36, maxLength: 36 }).map((values) => Float64Array.from(values));

/** A rational number with a BigInt denominator that is a power of two: the exact value of a double. */
function exact(x: number): { numerator: bigint; exponent: number } {
  let exponent = 0;
  let scaled = x;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    exponent++;
  }
  return { numerator: BigInt(scaled), exponent };
}

for (const gemm of [referenceGemm, compensatedGemm] as Gemm[]) {
  test(`${gemm.name} is exact on small integers, for any strides`, () => {
    const integers = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 400, maxLength: 400 });
    fc.assert(
      fc.property(size, size, size, integers, fc.boolean(), fc.boolean(), (m, n, k, values, transpose, reverse) => {
        const a = Float64Array.from(values.slice(0, 100));
        const b = Float64Array.from(values.slice(100, 200));
        const c = Float64Array.from(values.slice(200, 300));
        const [rows, columns] = transpose ? [7, 1] : [1, 7];
        const aOffset = reverse ? 60 : 3;
        const sign = reverse ? -1 : 1;
        const expected = c.slice();
        for (let i = 0; i < m; i++)
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let p = 0; p < k; p++) sum += a[aOffset + sign * (i * rows + p * columns)]! * b[p * 7 + j]!;
            expected[i + j * 8] = 3 * sum - 2 * expected[i + j * 8]!;
          }
        gemm(m, n, k, 3, a, aOffset, sign * rows, sign * columns, b, 0, 7, 1, -2, c, 0, 1, 8);
        assert.ok(c.every((value, i) => value === expected[i])); // +0 and -0 alike
      }),
    );
  });

  test(`${gemm.name} reads C only where beta is not 0, A and B only where alpha is not 0`, () => {
    const nan = new Float64Array(4).fill(Number.NaN);
    const ones = new Float64Array(4).fill(1);
    const c = nan.slice();
    gemm(2, 2, 2, 1, ones, 0, 1, 2, ones, 0, 1, 2, 0, c, 0, 1, 2);
    assert.deepEqual([...c], [2, 2, 2, 2]);
    gemm(2, 2, 2, 0, nan, 0, 1, 2, nan, 0, 1, 2, 3, c, 0, 1, 2);
    assert.deepEqual([...c], [6, 6, 6, 6]);
    gemm(2, 2, 0, 1, nan, 0, 1, 2, nan, 0, 1, 2, 0, c, 0, 1, 2);
    assert.deepEqual([...c], [0, 0, 0, 0]);
  });

  test(`${gemm.name} propagates NaN and infinities`, () => {
    const c = new Float64Array(4);
    const a = new Float64Array([1, Number.POSITIVE_INFINITY, 0, 0]); // columns (1, Inf) and (0, 0)
    const b = new Float64Array([1, 1, Number.NaN, 1]);
    gemm(2, 2, 2, 1, a, 0, 1, 2, b, 0, 1, 2, 0, c, 0, 1, 2);
    assert.deepEqual([...c], [1, Number.POSITIVE_INFINITY, Number.NaN, Number.NaN]);
  });

  test(`${gemm.name} names the argument that cannot be`, () => {
    const x = new Float64Array(4);
    const call =
      (m: number, a: Float64Array, aRowStride = 1) =>
      () =>
        gemm(m, 2, 2, 1, a, 0, aRowStride, 2, x, 0, 1, 2, 0, new Float64Array(4), 0, 1, 2);
    assert.throws(call(-1, x), { name: 'RangeError', message: "'m' must be a non-negative integer, got -1" });
    assert.throws(call(1.5, x), { name: 'RangeError', message: /'m'/ });
    assert.throws(call('2' as unknown as number, x), { name: 'TypeError', message: /'m'/ });
    assert.throws(call(2, [1, 2, 3, 4] as unknown as Float64Array), { name: 'TypeError', message: /'a'/ });
    assert.throws(call(2, x.subarray(1)), { name: 'RangeError', message: /'a' must hold the elements 0 to 3/ });
    assert.throws(call(2, x, -1), { name: 'RangeError', message: /'a'/ });
    assert.throws(call(2, x, 0.5), { name: 'RangeError', message: /'aRowStride'/ });
  });
}

test('compensatedGemm rounds the exact dot product to within one unit in the last place, whatever cancels', () => {
  const value = fc.tuple(fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), fc.integer({ min: -40, max: 40 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 12 }), (terms) => {
      const a = Float64Array.from(terms, ([[x, e]]) => x * 2 ** e);
      const b = Float64Array.from(terms, ([, [x, e]]) => x * 2 ** e);
      let sum = 0n; // in units of 2^-400
      let magnitude = 0;
      for (let p = 0; p < terms.length; p++) {
        const x = exact(a[p]!);
        const y = exact(b[p]!);
        sum += (x.numerator * y.numerator) << BigInt(400 - x.exponent - y.exponent);
        magnitude += Math.abs(a[p]! * b[p]!);
      }
      const c = new Float64Array(1);
      compensatedGemm(1, 1, terms.length, 1, a, 0, 1, 1, b, 0, 1, 1, 0, c, 0, 1, 1);
      const expected = Number(sum) / 2 ** 400;
      assert.ok(
        Math.abs(c[0]! - expected) <= Math.abs(expected) * Number.EPSILON + magnitude * 2 ** -98,
        `${c[0]} is not ${expected}`,
      );
    }),
  );
});

test('gemmErrorBound covers the plain loop and is not loose beyond reason', () => {
  fc.assert(
    fc.property(vector, vector, vector, size, size, size, finite, finite, (a, b, c, m, n, k, alpha, beta) => {
      const bound = gemmErrorBound(m, n, k, alpha, a, 0, 1, 6, b, 0, 1, 6, beta, c, 0, 1, 6);
      const plain = c.slice();
      const better = c.slice();
      referenceGemm(m, n, k, alpha, a, 0, 1, 6, b, 0, 1, 6, beta, plain, 0, 1, 6);
      compensatedGemm(m, n, k, alpha, a, 0, 1, 6, b, 0, 1, 6, beta, better, 0, 1, 6);
      for (let j = 0; j < n; j++)
        for (let i = 0; i < m; i++) {
          const at = i + 6 * j;
          if (!Number.isFinite(better[at]!) || !Number.isFinite(bound[i + m * j]!)) continue;
          assert.ok(Math.abs(plain[at]! - better[at]!) <= bound[i + m * j]!);
        }
    }),
  );
});

test('on Float32Arrays the reference rounds as single precision does, and the bound and the better reference hold', () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e10, max: 1e10 }), { minLength: 36, maxLength: 36 });
  const single = values.map((each) => Float32Array.from(each));
  fc.assert(
    fc.property(single, single, single, size, size, size, finite, finite, (a, b, c, m, n, k, x, y) => {
      const [alpha, beta] = [x / 1e100, y / 1e100];
      const bound = gemmErrorBound(m, n, k, alpha, a, 0, 1, 6, b, 0, 1, 6, beta, c, 0, 1, 6);
      const [plain, better] = [c.slice(), c.slice()];
      referenceGemm(m, n, k, alpha, a, 0, 1, 6, b, 0, 1, 6, beta, plain, 0, 1, 6);
      compensatedGemm(m, n, k, alpha, a, 0, 1, 6, b, 0, 1, 6, beta, better, 0, 1, 6);
      for (let j = 0; j < n; j++)
        for (let i = 0; i < m; i++) {
          const at = i + 6 * j;
          assert.ok(Math.abs(plain[at]! - better[at]!) <= bound[i + m * j]!);
        }
    }),
  );
  const [a, b, c] = [Float32Array.of(2 ** 24, 1, 1), Float32Array.of(1, 1, 1), new Float32Array(1)];
  referenceGemm(1, 1, 3, 1, a, 0, 3, 1, b, 0, 1, 1, 1e-60, c, 0, 1, 1);
  assert.equal(c[0], 2 ** 24); // each 1 is lost
  compensatedGemm(1, 1, 3, 1, a, 0, 3, 1, b, 0, 1, 1, 0, c, 0, 1, 1);
  assert.equal(c[0], 2 ** 24 + 2);
  assert.throws(
    () =>
      referenceGemm<Float32Array | Float64Array>(1, 1, 1, 1, a, 0, 1, 1, new Float64Array(1), 0, 1, 1, 0, c, 0, 1, 1),
    {
      name: 'TypeError',
      message: "'b' must be a Float32Array",
    },
  );
});
