import {
  checkArray,
  checkDisjoint,
  checkExtent,
  checkLeadingDimension,
  checkOrder,
  checkOutputStride,
  checkScalar,
  checkSize,
  checkStride,
  checkTransposition,
  mayShareMemory,
} from './_arguments.ts';
import { activeBackend } from './_backend.ts';
import type { Elements, ElementType } from './_element_type.ts';
import type { Order, TransposeOperation } from './_gemm.ts';

/** A product of a matrix and a vector: the BLAS form, callable, with the strided form as its property `ndarray`. */
export interface Gemv<Array extends Elements> {
  (
    order: Order,
    trans: TransposeOperation,
    M: number,
    N: number,
    alpha: number,
    A: Array,
    LDA: number,
    x: Array,
    strideX: number,
    beta: number,
    y: Array,
    strideY: number,
  ): Array;

  /**
   * Computes y = alpha op(A) x + beta y for a matrix and vectors of any strides.
   *
   * Element (i, j) of A, as stored, is `A[offsetA + i * strideA1 + j * strideA2]`, element i of x is `x[offsetX + i * strideX]`. Strides of
   * A may have any sign and may be zero (the row or column is repeated). Everything else is as in the BLAS form.
   *
   * @param trans What op(A) is.
   * @param M Rows of A as stored.
   * @param N Columns of A as stored.
   * @param alpha Factor of the product.
   * @param A M x N.
   * @param strideA1 Elements from one row of A to the next.
   * @param strideA2 Elements from one column of A to the next.
   * @param offsetA Index in A of its first element.
   * @param x N elements, or M when A is transposed.
   * @param strideX Elements from one element of x to the next, not zero.
   * @param offsetX Index in x of its first element.
   * @param beta Factor of y.
   * @param y M elements, or N when A is transposed; overwritten.
   * @param strideY Elements from one element of y to the next, not zero.
   * @param offsetY Index in y of its first element.
   * @returns y.
   * @throws {TypeError} As the BLAS form.
   * @throws {RangeError} As the BLAS form, for offsets and strides in place of the leading dimension.
   */
  ndarray(
    trans: TransposeOperation,
    M: number,
    N: number,
    alpha: number,
    A: Array,
    strideA1: number,
    strideA2: number,
    offsetA: number,
    x: Array,
    strideX: number,
    offsetX: number,
    beta: number,
    y: Array,
    strideY: number,
    offsetY: number,
  ): Array;
}

/** Both forms end here, with m rows and n columns of op(A). */
function multiply(
  type: ElementType,
  m: number,
  n: number,
  alpha: number,
  A: Elements,
  rowStride: number,
  columnStride: number,
  aOffset: number,
  x: Elements,
  xStride: number,
  xOffset: number,
  beta: number,
  y: Elements,
  yStride: number,
  yOffset: number,
): Elements {
  checkScalar('alpha', alpha);
  checkScalar('beta', beta);
  const aFit = checkArray('A', A, type);
  const xFit = checkArray('x', x, type);
  const yFit = checkArray('y', y, type);
  if (m === 0 || n === 0) {
    return y;
  }
  checkExtent('A', A, m, n, rowStride, columnStride, aOffset);
  checkExtent('x', x, n, 1, xStride, 0, xOffset);
  checkExtent('y', y, m, 1, yStride, 0, yOffset);
  const { bytes } = type;
  const backend = activeBackend();
  const aPosition = backend.positionOf(A, aFit);
  const xPosition = backend.positionOf(x, xFit);
  const yPosition = backend.positionOf(y, yFit);
  const yFirst = yPosition + bytes * yOffset;
  if (mayShareMemory(A, aPosition, y, yPosition, bytes)) {
    const aFirst = aPosition + bytes * aOffset;
    checkDisjoint('A', bytes, aFirst, m, n, rowStride, columnStride, yFirst, m, 1, yStride, 0, 'y');
  }
  if (mayShareMemory(x, xPosition, y, yPosition, bytes)) {
    const xFirst = xPosition + bytes * xOffset;
    checkDisjoint('x', bytes, xFirst, n, 1, xStride, 0, yFirst, m, 1, yStride, 0, 'y');
  }
  const factor = type.round(alpha);
  const yFactor = type.round(beta);
  if (factor === 0 && yFactor === 1) {
    return y;
  }
  backend.gemv(type)(
    m,
    n,
    factor,
    A,
    aPosition,
    aOffset,
    rowStride,
    columnStride,
    x,
    xPosition,
    xOffset,
    xStride,
    yFactor,
    y,
    yPosition,
    yOffset,
    yStride,
  );
  return y;
}

/** BLAS vectors of a negative stride begin at the end of their array. */
export function firstIndex(length: number, stride: number): number {
  return stride < 0 ? (1 - Math.max(1, length)) * stride : 0;
}

/** The product of a matrix and a vector for a precision. */
export function makeGemv<Array extends Elements>(type: ElementType): Gemv<Array> {
  const routine = (
    order: Order,
    trans: TransposeOperation,
    M: number,
    N: number,
    alpha: number,
    A: Elements,
    LDA: number,
    x: Elements,
    strideX: number,
    beta: number,
    y: Elements,
    strideY: number,
  ): Elements => {
    const byRows = checkOrder(order);
    const transposed = checkTransposition('trans', trans);
    checkSize('M', M);
    checkSize('N', N);
    checkLeadingDimension('LDA', LDA, byRows ? N : M);
    checkOutputStride('strideX', strideX);
    checkOutputStride('strideY', strideY);
    const [m, n] = transposed ? [N, M] : [M, N];
    // A matrix stored by columns is its transpose stored by rows.
    const across = transposed === byRows;
    return multiply(
      type,
      m,
      n,
      alpha,
      A,
      across ? 1 : LDA,
      across ? LDA : 1,
      0,
      x,
      strideX,
      firstIndex(n, strideX),
      beta,
      y,
      strideY,
      firstIndex(m, strideY),
    );
  };
  const ndarray = (
    trans: TransposeOperation,
    M: number,
    N: number,
    alpha: number,
    A: Elements,
    strideA1: number,
    strideA2: number,
    offsetA: number,
    x: Elements,
    strideX: number,
    offsetX: number,
    beta: number,
    y: Elements,
    strideY: number,
    offsetY: number,
  ): Elements => {
    const transposed = checkTransposition('trans', trans);
    checkSize('M', M);
    checkSize('N', N);
    checkOutputStride('strideX', strideX);
    checkOutputStride('strideY', strideY);
    checkStride('strideA1', strideA1);
    checkStride('strideA2', strideA2);
    checkSize('offsetA', offsetA);
    checkSize('offsetX', offsetX);
    checkSize('offsetY', offsetY);
    return multiply(
      type,
      transposed ? N : M,
      transposed ? M : N,
      alpha,
      A,
      transposed ? strideA2 : strideA1,
      transposed ? strideA1 : strideA2,
      offsetA,
      x,
      strideX,
      offsetX,
      beta,
      y,
      strideY,
      offsetY,
    );
  };
  Object.defineProperty(routine, 'name', { value: `${type.letter}gemv` });
  return Object.assign(routine, { ndarray }) as unknown as Gemv<Array>;
}
