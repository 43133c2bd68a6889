import { checkVectorArguments } from './_arguments.ts';
import { gemmErrorBound } from './gemm_error_bound.ts';

/**
 * Returns the standard bound on the rounding error of each element of y = alpha A x + beta y: that of
 * {@linkcode gemmErrorBound} for one column, gamma_{n+4} (|alpha| |A| |x| + |beta| |y|). Call it before y is overwritten.
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
 * @param y y, as it is before the product; not changed.
 * @param yOffset Index of y's first element.
 * @param yStride Elements from one element of y to the next, of any sign.
 * @returns The m bounds. NaN or infinite where an operand is.
 * @throws {TypeError} When the operands are not all Float64Arrays or all Float32Arrays, or a number is none.
 * @throws {RangeError} When a size is negative or fractional, or an operand is too short for its strides.
 * @example
 * ```ts
 * import { gemvErrorBound } from '@paratune/kernels';
 * import assert from 'node:assert/strict';
 *
 * const [a, x, y] = [new Float64Array([1, -1]), new Float64Array([1, 1]), new Float64Array(1)];
 * const [bound] = gemvErrorBound(1, 2, 1, a, 0, 2, 1, x, 0, 1, 0, y, 0, 1);
 * assert.ok(bound! > 6 * 2 * 2 ** -53 && bound! < 7 * 2 * 2 ** -53);
 * ```
 */
export function gemvErrorBound<Elements extends Float64Array | Float32Array>(
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
): Float64Array {
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
  return gemmErrorBound(
    m,
    1,
    n,
    alpha,
    a,
    aOffset,
    aRowStride,
    aColumnStride,
    x,
    xOffset,
    xStride,
    1,
    beta,
    y,
    yOffset,
    yStride,
    1,
  );
}
