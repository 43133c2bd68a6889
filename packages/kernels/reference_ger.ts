import { checkVectorArguments, roundingOf } from './_arguments.ts';

/**
 * Computes A = alpha x y^T + A by plain loops, for a matrix and vectors of any strides.
 *
 * Operands and strides are as in {@linkcode referenceGemv}. The rules for special values are those of the reference BLAS
 * (Dongarra, Du Croz, Hammarling and Hanson, ACM TOMS 14 (1988)): `alpha = 0` does nothing, and columns whose element of y
 * is zero are left alone, whatever is in x; else NaN and infinities propagate. On Float32Arrays all is single precision:
 * `alpha` is rounded to it first, and every product and sum is.
 *
 * @param m Rows of A, elements of x.
 * @param n Columns of A, elements of y.
 * @param alpha Factor of the product.
 * @param x x.
 * @param xOffset Index of x's first element.
 * @param xStride Elements from one element of x to the next, of any sign.
 * @param y y.
 * @param yOffset Index of y's first element.
 * @param yStride Elements from one element of y to the next, of any sign.
 * @param a A, m x n, overwritten; it must share no element with x or y.
 * @param aOffset Index of A's first element.
 * @param aRowStride Elements from one row of A to the next, of any sign.
 * @param aColumnStride Elements from one column of A to the next, of any sign.
 * @throws {TypeError} When the operands are not all Float64Arrays or all Float32Arrays, or a number is none.
 * @throws {RangeError} When a size is negative or fractional, or an operand is too short for its strides.
 * @example
 * ```ts
 * import { referenceGer } from '@paratune/kernels';
 * import assert from 'node:assert/strict';
 *
 * const a = new Float64Array([1, 1, 1, 1]);
 * referenceGer(2, 2, 1, new Float64Array([1, 2]), 0, 1, new Float64Array([3, 4]), 0, 1, a, 0, 2, 1);
 * assert.deepEqual([...a], [4, 5, 7, 9]); // row-major
 * ```
 */
export function referenceGer<Elements extends Float64Array | Float32Array>(
  m: number,
  n: number,
  alpha: number,
  x: Elements,
  xOffset: number,
  xStride: number,
  y: Elements,
  yOffset: number,
  yStride: number,
  a: Elements,
  aOffset: number,
  aRowStride: number,
  aColumnStride: number,
): void {
  checkVectorArguments(
    m,
    n,
    alpha,
    a,
    aOffset,
    aRowStride,
    aColumnStride,
    x,
    m,
    xOffset,
    xStride,
    1,
    y,
    n,
    yOffset,
    yStride,
  );
  const round = roundingOf(a);
  const factor = round(alpha);
  if (factor === 0) return;
  for (let j = 0; j < n; j++) {
    const element = y[yOffset + j * yStride]!;
    if (element === 0) continue;
    const scaled = round(factor * element);
    for (let i = 0; i < m; i++) {
      const at = aOffset + i * aRowStride + j * aColumnStride;
      a[at] = a[at]! + round(scaled * x[xOffset + i * xStride]!);
    }
  }
}
