import { gemmErrorBound } from './gemm_error_bound.ts';

/**
 * Returns the standard bound on the rounding error of each element of A = alpha x y^T + A, column by column: that of
 * {@linkcode gemmErrorBound} for one step, gamma_5 (|alpha| |x| |y|^T + |A|). Call it before A is overwritten.
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
 * @param a A, m x n, as it is before the update; not changed.
 * @param aOffset Index of A's first element.
 * @param aRowStride Elements from one row of A to the next, of any sign.
 * @param aColumnStride Elements from one column of A to the next, of any sign.
 * @returns The m x n bounds; element (i, j) is at `i + j * m`. NaN or infinite where an operand is.
 * @throws {TypeError} When the operands are not all Float64Arrays or all Float32Arrays, or a number is none.
 * @throws {RangeError} When a size is negative or fractional, or an operand is too short for its strides.
 * @example
 * ```ts
 * import { gerErrorBound } from '@paratune/kernels';
 * import assert from 'node:assert/strict';
 *
 * const [x, y, a] = [new Float64Array([1]), new Float64Array([2]), new Float64Array([-2])];
 * const [bound] = gerErrorBound(1, 1, 1, x, 0, 1, y, 0, 1, a, 0, 1, 1);
 * assert.ok(bound! > 5 * 4 * 2 ** -53 && bound! < 6 * 4 * 2 ** -53);
 * ```
 */
export function gerErrorBound<Elements extends Float64Array | Float32Array>(
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
): Float64Array {
  return gemmErrorBound(
    m,
    n,
    1,
    alpha,
    x,
    xOffset,
    xStride,
    1,
    y,
    yOffset,
    1,
    yStride,
    1,
    a,
    aOffset,
    aRowStride,
    aColumnStride,
  );
}
