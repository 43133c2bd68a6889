import { checkVectorArguments } from './_arguments.ts';
import { compensatedGemm } from './compensated_gemm.ts';

/**
 * Computes y = alpha A x + beta y with sums in double-double arithmetic, rounded once at the end.
 *
 * Operands, strides and special values are as in {@linkcode referenceGemv}, the arithmetic as in
 * {@linkcode compensatedGemm}.
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
 * import { compensatedGemv } from '@paratune/kernels';
 * import assert from 'node:assert/strict';
 *
 * const y = new Float64Array(1);
 * compensatedGemv(1, 3, 1, new Float64Array([1e16, 1, -1e16]), 0, 3, 1, new Float64Array([1, 1, 1]), 0, 1, 0, y, 0, 1);
 * assert.equal(y[0], 1);
 * ```
 */
export function compensatedGemv<Elements extends Float64Array | Float32Array>(
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
  if (n === 0) return;
  compensatedGemm(
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
