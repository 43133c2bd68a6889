import {
  checkArray,
  checkDisjoint,
  checkExtent,
  checkLeadingDimension,
  checkOrder,
  checkOutputStride,
  checkScalar,
  checkSize,
  mayShareMemory,
} from './_arguments.ts';
import { activeBackend } from './_backend.ts';
import type { Elements, ElementType } from './_element_type.ts';
import type { Order } from './_gemm.ts';
import { firstIndex } from './_gemv.ts';
import { repeatsElement } from './_overlap.ts';

/** A rank-one update: the BLAS form, callable, with the strided form as its property `ndarray`. */
export interface Ger<Array extends Elements> {
  (
    order: Order,
    M: number,
    N: number,
    alpha: number,
    x: Array,
    strideX: number,
    y: Array,
    strideY: number,
    A: Array,
    LDA: number,
  ): Array;

  /**
   * Computes A = alpha x y^T + A for a matrix and vectors of any strides.
   *
   * Element (i, j) of A is `A[offsetA + i * strideA1 + j * strideA2]`, element i of x is `x[offsetX + i * strideX]`. Strides of A must reach
   * each element once; A counts as stored by rows where its rows lie at least as far apart as its columns. Everything else is as in
   * the BLAS form.
   *
   * @param M Rows of A.
   * @param N Columns of A.
   * @param alpha Factor of the product.
   * @param x M elements.
   * @param strideX Elements from one element of x to the next, not zero.
   * @param offsetX Index in x of its first element.
   * @param y N elements.
   * @param strideY Elements from one element of y to the next, not zero.
   * @param offsetY Index in y of its first element.
   * @param A M x N, overwritten.
   * @param strideA1 Elements from one row of A to the next, not zero.
   * @param strideA2 Elements from one column of A to the next, not zero.
   * @param offsetA Index in A of its first element.
   * @returns A.
   * @throws {TypeError} As the BLAS form.
   * @throws {RangeError} As the BLAS form, for offsets and strides in place of the leading dimension, and when A's strides reach an element
   * twice.
   */
  ndarray(
    M: number,
    N: number,
    alpha: number,
    x: Array,
    strideX: number,
    offsetX: number,
    y: Array,
    strideY: number,
    offsetY: number,
    A: Array,
    strideA1: number,
    strideA2: number,
    offsetA: number,
  ): Array;
}

/** Both forms end here. */
function update(
  type: ElementType,
  m: number,
  n: number,
  alpha: number,
  x: Elements,
  xStride: number,
  xOffset: number,
  y: Elements,
  yStride: number,
  yOffset: number,
  A: Elements,
  rowStride: number,
  columnStride: number,
  aOffset: number,
): Elements {
  checkScalar('alpha', alpha);
  const xFit = checkArray('x', x, type);
  const yFit = checkArray('y', y, type);
  const aFit = checkArray('A', A, type);
  if (m === 0 || n === 0) {
    return A;
  }
  checkExtent('x', x, m, 1, xStride, 0, xOffset);
  checkExtent('y', y, n, 1, yStride, 0, yOffset);
  checkExtent('A', A, m, n, rowStride, columnStride, aOffset);
  if (repeatsElement(m, n, rowStride, columnStride)) {
    throw new RangeError(
      `'strideA1' and 'strideA2' must reach each element of a ${m} x ${n} matrix once, got ${rowStride} and ${columnStride}`,
    );
  }
  const { bytes } = type;
  const backend = activeBackend();
  const xPosition = backend.positionOf(x, xFit);
  const yPosition = backend.positionOf(y, yFit);
  const aPosition = backend.positionOf(A, aFit);
  const aFirst = aPosition + bytes * aOffset;
  if (mayShareMemory(x, xPosition, A, aPosition, bytes)) {
    const xFirst = xPosition + bytes * xOffset;
    checkDisjoint('x', bytes, xFirst, m, 1, xStride, 0, aFirst, m, n, rowStride, columnStride, 'A');
  }
  if (mayShareMemory(y, yPosition, A, aPosition, bytes)) {
    const yFirst = yPosition + bytes * yOffset;
    checkDisjoint('y', bytes, yFirst, n, 1, yStride, 0, aFirst, m, n, rowStride, columnStride, 'A');
  }
  const factor = type.round(alpha);
  if (factor === 0) {
    return A;
  }
  const ger = backend.ger(type);
  // By rows, A^T = alpha y x^T + A^T is stored by columns.
  if (Math.abs(rowStride) >= Math.abs(columnStride)) {
    ger(
      n,
      m,
      factor,
      y,
      yPosition,
      yOffset,
      yStride,
      x,
      xPosition,
      xOffset,
      xStride,
      A,
      aPosition,
      aOffset,
      columnStride,
      rowStride,
    );
  } else {
    ger(
      m,
      n,
      factor,
      x,
      xPosition,
      xOffset,
      xStride,
      y,
      yPosition,
      yOffset,
      yStride,
      A,
      aPosition,
      aOffset,
      rowStride,
      columnStride,
    );
  }
  return A;
}

/** The rank-one update for a precision. */
export function makeGer<Array extends Elements>(type: ElementType): Ger<Array> {
  const routine = (
    order: Order,
    M: number,
    N: number,
    alpha: number,
    x: Elements,
    strideX: number,
    y: Elements,
    strideY: number,
    A: Elements,
    LDA: number,
  ): Elements => {
    const byRows = checkOrder(order);
    checkSize('M', M);
    checkSize('N', N);
    checkOutputStride('strideX', strideX);
    checkOutputStride('strideY', strideY);
    checkLeadingDimension('LDA', LDA, byRows ? N : M);
    return update(
      type,
      M,
      N,
      alpha,
      x,
      strideX,
      firstIndex(M, strideX),
      y,
      strideY,
      firstIndex(N, strideY),
      A,
      byRows ? LDA : 1,
      byRows ? 1 : LDA,
      0,
    );
  };
  const ndarray = (
    M: number,
    N: number,
    alpha: number,
    x: Elements,
    strideX: number,
    offsetX: number,
    y: Elements,
    strideY: number,
    offsetY: number,
    A: Elements,
    strideA1: number,
    strideA2: number,
    offsetA: number,
  ): Elements => {
    checkSize('M', M);
    checkSize('N', N);
    checkOutputStride('strideX', strideX);
    checkOutputStride('strideY', strideY);
    checkOutputStride('strideA1', strideA1);
    checkOutputStride('strideA2', strideA2);
    checkSize('offsetX', offsetX);
    checkSize('offsetY', offsetY);
    checkSize('offsetA', offsetA);
    return update(type, M, N, alpha, x, strideX, offsetX, y, strideY, offsetY, A, strideA1, strideA2, offsetA);
  };
  Object.defineProperty(routine, 'name', { value: `${type.letter}ger` });
  return Object.assign(routine, { ndarray }) as unknown as Ger<Array>;
}
