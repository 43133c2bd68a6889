import { checkArguments, roundingOf } from './_arguments.ts';

/**
 * Computes C = alpha A B + beta C by the plain triple loop, for matrices of any strides.
 *
 * Element (i, j) of an operand `x` is `x[xOffset + i * xRowStride + j * xColumnStride]`, so a transposed operand is one
 * whose strides are exchanged. The rules for special values are those of the reference BLAS (Dongarra, Du Croz,
 * Hammarling and Duff, ACM TOMS 16 (1990)): `beta = 0` overwrites C without reading it, `alpha = 0` or `k = 0` leaves A
 * and B unread, and NaN and infinities propagate. Sums start from +0 and run over k in rising order. On Float32Arrays all
 * is single precision: `alpha` and `beta` are rounded to it first, and every product and sum is.
 *
 * @param m Rows of A and C.
 * @param n Columns of B and C.
 * @param k Columns of A and rows of B.
 * @param alpha Factor of the product.
 * @param a A, m x k.
 * @param aOffset Index of A's first element.
 * @param aRowStride Elements from one row of A to the next, of any sign.
 * @param aColumnStride Elements from one column of A to the next, of any sign.
 * @param b B, k x n.
 * @param bOffset Index of B's first element.
 * @param bRowStride Elements from one row of B to the next.
 * @param bColumnStride Elements from one column of B to the next.
 * @param beta Factor of C.
 * @param c C, m x n, overwritten; it must share no element with A or B.
 * @param cOffset Index of C's first element.
 * @param cRowStride Elements from one row of C to the next.
 * @param cColumnStride Elements from one column of C to the next.
 * @throws {TypeError} When the operands are not all Float64Arrays or all Float32Arrays, or a number is none.
 * @throws {RangeError} When a size is negative or fractional, or an operand is too short for its strides.
 * @example
 * ```ts
 * import { referenceGemm } from '@paratune/kernels';
 * import assert from 'node:assert/strict';
 *
 * const a = new Float64Array([1, 2, 3, 4]); // row-major: 1 2 / 3 4
 * const b = new Float64Array([5, 6, 7, 8]);
 * const c = new Float64Array(4);
 * referenceGemm(2, 2, 2, 1, a, 0, 2, 1, b, 0, 2, 1, 0, c, 0, 2, 1);
 * assert.deepEqual([...c], [19, 22, 43, 50]);
 * ```
 */
export function referenceGemm<Elements extends Float64Array | Float32Array>(
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: Elements,
  aOffset: number,
  aRowStride: number,
  aColumnStride: number,
  b: Elements,
  bOffset: number,
  bRowStride: number,
  bColumnStride: number,
  beta: number,
  c: Elements,
  cOffset: number,
  cRowStride: number,
  cColumnStride: number,
): void {
  checkArguments(
    m,
    n,
    k,
    alpha,
    a,
    aOffset,
    aRowStride,
    aColumnStride,
    b,
    bOffset,
    bRowStride,
    bColumnStride,
    beta,
    c,
    cOffset,
    cRowStride,
    cColumnStride,
  );
  const round = roundingOf(c);
  const [productFactor, cFactor] = [round(alpha), round(beta)];
  const depth = productFactor === 0 ? 0 : k;
  if (depth === 0 && cFactor === 1) return;
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < m; i++) {
      const at = cOffset + i * cRowStride + j * cColumnStride;
      const scaled = cFactor === 0 ? 0 : round(cFactor * c[at]!);
      if (depth === 0) {
        c[at] = scaled;
        continue;
      }
      let sum = 0;
      for (let p = 0; p < depth; p++) {
        const [x, y] = [
          a[aOffset + i * aRowStride + p * aColumnStride]!,
          b[bOffset + p * bRowStride + j * bColumnStride]!,
        ];
        sum = round(sum + round(x * y));
      }
      c[at] = scaled + round(productFactor * sum);
    }
  }
}
