import { checkArguments, roundingOf } from './_arguments.ts';

/** Unit roundoff and smallest positive number of a precision. */
const precisions = {
  double: { unitRoundoff: 2 ** -53, smallest: 2 ** -1074 },
  single: { unitRoundoff: 2 ** -24, smallest: 2 ** -149 },
};

/**
 * Returns the standard bound on the rounding error of each element of C = alpha A B + beta C, column by column.
 *
 * With gamma_q = q u / (1 - q u) (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., sect. 3.5), any order
 * of summation, fused or separate, blocked in k or not, errs in element (i, j) by at most
 * gamma_{k+4} (|alpha| |A| |B| + |beta| |C|)_{ij}: k for the products and sums, the rest for both scalings, their sum and
 * the rounding of the result it is compared to. A term for gradual underflow is added. The unit roundoff u is 2^-53, on
 * Float32Arrays 2^-24. Call it before C is overwritten.
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
 * @param c C, m x n, as it is before the product; not changed.
 * @param cOffset Index of C's first element.
 * @param cRowStride Elements from one row of C to the next.
 * @param cColumnStride Elements from one column of C to the next.
 * @returns The m x n bounds; element (i, j) is at `i + j * m`. NaN or infinite where an operand is.
 * @throws {TypeError} When the operands are not all Float64Arrays or all Float32Arrays, or a number is none.
 * @throws {RangeError} When a size is negative or fractional, or an operand is too short for its strides.
 * @example
 * ```ts
 * import { gemmErrorBound } from '@paratune/kernels';
 * import assert from 'node:assert/strict';
 *
 * const a = new Float64Array([1, -1]);
 * const b = new Float64Array([1, 1]);
 * const bound = gemmErrorBound(1, 1, 2, 1, a, 0, 2, 1, b, 0, 1, 1, 0, new Float64Array(1), 0, 1, 1);
 * assert.ok(bound[0]! > 6 * 2 * 2 ** -53 && bound[0]! < 7 * 2 * 2 ** -53); // gamma_6 (|1||1| + |-1||1|)
 * ```
 */
export function gemmErrorBound<Elements extends Float64Array | Float32Array>(
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
): Float64Array {
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
  const { unitRoundoff, smallest } = precisions[c instanceof Float32Array ? 'single' : 'double'];
  const round = roundingOf(c);
  const [productFactor, cFactor] = [Math.abs(round(alpha)), Math.abs(round(beta))];
  const depth = productFactor === 0 ? 0 : k;
  const operations = depth + 4;
  const gamma = (operations * unitRoundoff) / (1 - operations * unitRoundoff);
  const underflow = operations * smallest * (1 + productFactor + cFactor);
  const bounds = new Float64Array(m * n);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < m; i++) {
      let sum = 0;
      for (let p = 0; p < depth; p++) {
        sum += Math.abs(
          a[aOffset + i * aRowStride + p * aColumnStride]! * b[bOffset + p * bRowStride + j * bColumnStride]!,
        );
      }
      const scaled = cFactor === 0 ? 0 : Math.abs(cFactor * c[cOffset + i * cRowStride + j * cColumnStride]!);
      const product = depth === 0 ? 0 : productFactor * sum;
      // The sum of magnitudes is itself rounded; gamma applied twice covers that.
      bounds[i + j * m] = gamma * (1 + gamma) * (product + scaled) + underflow;
    }
  }
  return bounds;
}
