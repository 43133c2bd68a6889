import { checkVectorArguments, roundingOf } from './_arguments.ts';

/**
 * Computes y = alpha A x + beta y by plain loops, for a matrix and vectors of any strides.
 *
 * Element (i, j) of A is `a[aOffset + i * aRowStride + j * aColumnStride]`, element i of a vector
 * `x[xOffset + i * xStride]`; A transposed has its sizes and strides exchanged. The rules for special values are those of
 * the reference BLAS (Dongarra, Du Croz, Hammarling and Hanson, ACM TOMS 14 (1988), with its later releases): nothing is done
 * without rows or without columns, `beta = 0` overwrites y without reading it, `alpha = 0` leaves A and x unread, and NaN
 * and infinities propagate, also from columns whose element of x is zero. On Float32Arrays all is single precision:
 * `alpha` and `beta` are rounded to it first, and every product and sum is.
 *
 * @param m Rows of A, elements of y.
 * @param n Columns of A, elements of x.
 * @param alpha Factor of the product.
 * @param a A, m x n.
 * @param aOffset Index of A's first element.
 * @param aRowStride Elements from one row of A to the next, of any sign.
 * @param aColumnStride Elements from one column of A to the next, of any sign.
 * @param x x.
 * @param xOffset Index of x's first element.
 * @param xStride Elements from one element of x to the next, of any sign.
 * @param beta Factor of y.
 * @param y y, overwritten; it must share no element with A or x.
 * @param yOffset Index of y's first element.
 * @param yStride Elements from one element of y to the next, of any sign.
 * @throws {TypeError} When the operands are not all Float64Arrays or all Float32Arrays, or a number is none.
 * @throws {RangeError} When a size is negative or fractional, or an operand is too short for its strides.
 * @example
 * ```ts
 * import { referenceGemv } from '@paratune/kernels';
 * import assert from 'node:assert/strict';
 *
 * const a = new Float64Array([1, 2, 3, 4]); // row-major: 1 2 / 3 4
 * const y = new Float64Array([1, 1]);
 * referenceGemv(2, 2, 1, a, 0, 2, 1, new Float64Array([5, 6]), 0, 1, 2, y, 0, 1);
 * assert.deepEqual([...y], [19, 41]);
 * ```
 */
export function referenceGemv<Elements extends Float64Array | Float32Array>(
  m: number,
  n: number,
  alpha: number,
  a: Elements,
  aOffset: number,
  aRowStride: number,
  aColumnStride: number,
  x: Elements,
  xOffset: number,
  xStride: number,
  beta: number,
  y: Elements,
  yOffset: number,
  yStride: number,
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
    n,
    xOffset,
    xStride,
    beta,
    y,
    m,
    yOffset,
    yStride,
  );
  if (m === 0 || n === 0) return;
  const round = roundingOf(y);
  const [productFactor, yFactor] = [round(alpha), round(beta)];
  for (let i = 0; i < m; i++) {
    const at = yOffset + i * yStride;
    const scaled = yFactor === 0 ? 0 : round(yFactor * y[at]!);
    if (productFactor === 0) {
      y[at] = scaled;
      continue;
    }
    let sum = 0;
    for (let j = 0; j < n; j++) {
      sum = round(sum + round(a[aOffset + i * aRowStride + j * aColumnStride]! * x[xOffset + j * xStride]!));
    }
    y[at] = scaled + round(productFactor * sum);
  }
}
