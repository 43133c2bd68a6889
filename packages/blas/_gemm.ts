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
import { computeGemm } from './_compute_gemm.ts';
import type { Elements, ElementType } from './_element_type.ts';
import { repeatsElement } from './_overlap.ts';

/** How a matrix lies in memory: `'row-major'` (C, rows one after another) or `'column-major'` (Fortran, columns one after another). */
export type Order = 'row-major' | 'column-major';

/** What is done to an operand; for real matrices a conjugate transpose is a transpose. The numbers are the enumeration of CBLAS. */
export type TransposeOperation = 'no-transpose' | 'transpose' | 'conjugate-transpose' | 111 | 112 | 113;

/** A matrix multiplication: the BLAS form, callable, with the strided form as its property `ndarray`. */
export interface Gemm<Matrix extends Elements> {
  (
    order: Order,
    transA: TransposeOperation,
    transB: TransposeOperation,
    M: number,
    N: number,
    K: number,
    alpha: number,
    A: Matrix,
    LDA: number,
    B: Matrix,
    LDB: number,
    beta: number,
    C: Matrix,
    LDC: number,
  ): Matrix;

  /**
   * Computes C = alpha op(A) op(B) + beta C for matrices of any strides.
   *
   * Element (i, j) of a matrix X, as stored, is `X[offsetX + i * strideX1 + j * strideX2]`. Strides of A and B may have any sign and may be
   * zero (the row or column is repeated); those of C must reach each element once. Everything else is as in the BLAS form.
   *
   * @param transA What op(A) is.
   * @param transB What op(B) is.
   * @param M Rows of op(A) and of C.
   * @param N Columns of op(B) and of C.
   * @param K Columns of op(A), rows of op(B).
   * @param alpha Factor of the product.
   * @param A A as stored: M x K, or K x M when it is transposed.
   * @param strideA1 Elements from one row of A as stored to the next.
   * @param strideA2 Elements from one column of A as stored to the next.
   * @param offsetA Index in A of its first element.
   * @param B B as stored: K x N, or N x K when it is transposed.
   * @param strideB1 Elements from one row of B as stored to the next.
   * @param strideB2 Elements from one column of B as stored to the next.
   * @param offsetB Index in B of its first element.
   * @param beta Factor of C.
   * @param C M x N, overwritten.
   * @param strideC1 Elements from one row of C to the next, not zero.
   * @param strideC2 Elements from one column of C to the next, not zero.
   * @param offsetC Index in C of its first element.
   * @returns C.
   * @throws {TypeError} As the BLAS form.
   * @throws {RangeError} As the BLAS form, for offsets and strides in place of leading dimensions, and when C's strides reach an element twice.
   */
  ndarray(
    transA: TransposeOperation,
    transB: TransposeOperation,
    M: number,
    N: number,
    K: number,
    alpha: number,
    A: Matrix,
    strideA1: number,
    strideA2: number,
    offsetA: number,
    B: Matrix,
    strideB1: number,
    strideB2: number,
    offsetB: number,
    beta: number,
    C: Matrix,
    strideC1: number,
    strideC2: number,
    offsetC: number,
  ): Matrix;
}

/** Both forms end here: sizes, strides and offsets are checked, transpositions resolved into strides. */
function multiply(
  type: ElementType,
  m: number,
  n: number,
  k: number,
  alpha: number,
  A: Elements,
  aRowStride: number,
  aColumnStride: number,
  aOffset: number,
  B: Elements,
  bRowStride: number,
  bColumnStride: number,
  bOffset: number,
  beta: number,
  C: Elements,
  cRowStride: number,
  cColumnStride: number,
  cOffset: number,
): Elements {
  checkScalar('alpha', alpha);
  checkScalar('beta', beta);
  const aFit = checkArray('A', A, type);
  const bFit = checkArray('B', B, type);
  const cFit = checkArray('C', C, type);
  checkExtent('A', A, m, k, aRowStride, aColumnStride, aOffset);
  checkExtent('B', B, k, n, bRowStride, bColumnStride, bOffset);
  checkExtent('C', C, m, n, cRowStride, cColumnStride, cOffset);
  if (repeatsElement(m, n, cRowStride, cColumnStride)) {
    throw new RangeError(
      `'strideC1' and 'strideC2' must reach each element of a ${m} x ${n} matrix once, got ${cRowStride} and ${cColumnStride}`,
    );
  }
  if (m === 0 || n === 0) {
    return C;
  }
  const backend = activeBackend();
  const aPosition = k === 0 ? 0 : backend.positionOf(A, aFit);
  const bPosition = k === 0 ? 0 : backend.positionOf(B, bFit);
  const cPosition = backend.positionOf(C, cFit);
  if (k !== 0) {
    const { bytes } = type;
    const cFirst = cPosition + bytes * cOffset;
    if (mayShareMemory(A, aPosition, C, cPosition, bytes)) {
      const aFirst = aPosition + bytes * aOffset;
      checkDisjoint('A', bytes, aFirst, m, k, aRowStride, aColumnStride, cFirst, m, n, cRowStride, cColumnStride);
    }
    if (mayShareMemory(B, bPosition, C, cPosition, bytes)) {
      const bFirst = bPosition + bytes * bOffset;
      checkDisjoint('B', bytes, bFirst, k, n, bRowStride, bColumnStride, cFirst, m, n, cRowStride, cColumnStride);
    }
  }
  alpha = type.round(alpha);
  beta = type.round(beta);
  if (beta === 1 && (alpha === 0 || k === 0)) {
    return C;
  }
  computeGemm(
    backend.gemm(type),
    m,
    n,
    k,
    alpha,
    A,
    aPosition,
    aOffset,
    aRowStride,
    aColumnStride,
    B,
    bPosition,
    bOffset,
    bRowStride,
    bColumnStride,
    beta,
    C,
    cPosition,
    cOffset,
    cRowStride,
    cColumnStride,
    undefined,
  );
  return C;
}

/** Makes the routine of a precision, named as BLAS names it. */
export function makeGemm<Matrix extends Elements>(type: ElementType): Gemm<Matrix> {
  const routine = (
    order: Order,
    transA: TransposeOperation,
    transB: TransposeOperation,
    M: number,
    N: number,
    K: number,
    alpha: number,
    A: Elements,
    LDA: number,
    B: Elements,
    LDB: number,
    beta: number,
    C: Elements,
    LDC: number,
  ): Elements => {
    const byRows = checkOrder(order);
    const transposedA = checkTransposition('transA', transA);
    const transposedB = checkTransposition('transB', transB);
    checkSize('M', M);
    checkSize('N', N);
    checkSize('K', K);
    // A matrix stored by columns is its transpose stored by rows.
    const acrossA = transposedA === byRows;
    const acrossB = transposedB === byRows;
    checkLeadingDimension('LDA', LDA, acrossA ? M : K);
    checkLeadingDimension('LDB', LDB, acrossB ? K : N);
    checkLeadingDimension('LDC', LDC, byRows ? N : M);
    return multiply(
      type,
      M,
      N,
      K,
      alpha,
      A,
      acrossA ? 1 : LDA,
      acrossA ? LDA : 1,
      0,
      B,
      acrossB ? 1 : LDB,
      acrossB ? LDB : 1,
      0,
      beta,
      C,
      byRows ? LDC : 1,
      byRows ? 1 : LDC,
      0,
    );
  };
  const ndarray = (
    transA: TransposeOperation,
    transB: TransposeOperation,
    M: number,
    N: number,
    K: number,
    alpha: number,
    A: Elements,
    strideA1: number,
    strideA2: number,
    offsetA: number,
    B: Elements,
    strideB1: number,
    strideB2: number,
    offsetB: number,
    beta: number,
    C: Elements,
    strideC1: number,
    strideC2: number,
    offsetC: number,
  ): Elements => {
    const transposedA = checkTransposition('transA', transA);
    const transposedB = checkTransposition('transB', transB);
    checkSize('M', M);
    checkSize('N', N);
    checkSize('K', K);
    checkOutputStride('strideC1', strideC1);
    checkOutputStride('strideC2', strideC2);
    checkStride('strideA1', strideA1);
    checkStride('strideA2', strideA2);
    checkSize('offsetA', offsetA);
    checkStride('strideB1', strideB1);
    checkStride('strideB2', strideB2);
    checkSize('offsetB', offsetB);
    checkSize('offsetC', offsetC);
    return multiply(
      type,
      M,
      N,
      K,
      alpha,
      A,
      transposedA ? strideA2 : strideA1,
      transposedA ? strideA1 : strideA2,
      offsetA,
      B,
      transposedB ? strideB2 : strideB1,
      transposedB ? strideB1 : strideB2,
      offsetB,
      beta,
      C,
      strideC1,
      strideC2,
      offsetC,
    );
  };
  Object.defineProperty(routine, 'name', { value: `${type.letter}gemm` });
  return Object.assign(routine, { ndarray }) as unknown as Gemm<Matrix>;
}
