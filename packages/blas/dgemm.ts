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
} from './_arguments.ts';
import { activeBackend } from './_backend.ts';
import { repeatsElement } from './_overlap.ts';

/** How a matrix lies in memory: `'row-major'` (C, rows one after another) or `'column-major'` (Fortran, columns one after another). */
export type Order = 'row-major' | 'column-major';

/** What is done to an operand; for real matrices a conjugate transpose is a transpose. The numbers are the enumeration of CBLAS. */
export type TransposeOperation = 'no-transpose' | 'transpose' | 'conjugate-transpose' | 111 | 112 | 113;

/** The type of {@linkcode dgemm}: the BLAS form, callable, with the strided form as its property `ndarray`. */
export interface Dgemm {
  (
    order: Order,
    transA: TransposeOperation,
    transB: TransposeOperation,
    M: number,
    N: number,
    K: number,
    alpha: number,
    A: Float64Array,
    LDA: number,
    B: Float64Array,
    LDB: number,
    beta: number,
    C: Float64Array,
    LDC: number,
  ): Float64Array;

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
    A: Float64Array,
    strideA1: number,
    strideA2: number,
    offsetA: number,
    B: Float64Array,
    strideB1: number,
    strideB2: number,
    offsetB: number,
    beta: number,
    C: Float64Array,
    strideC1: number,
    strideC2: number,
    offsetC: number,
  ): Float64Array;
}

/** Both forms end here: sizes, strides and offsets are checked, transpositions resolved into strides. */
function multiply(
  m: number,
  n: number,
  k: number,
  alpha: number,
  A: Float64Array,
  aRowStride: number,
  aColumnStride: number,
  aOffset: number,
  B: Float64Array,
  bRowStride: number,
  bColumnStride: number,
  bOffset: number,
  beta: number,
  C: Float64Array,
  cRowStride: number,
  cColumnStride: number,
  cOffset: number,
): Float64Array {
  checkScalar('alpha', alpha);
  checkScalar('beta', beta);
  checkArray('A', A);
  checkArray('B', B);
  checkArray('C', C);
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
  const aPosition = k === 0 ? 0 : backend.positionOf(A);
  const bPosition = k === 0 ? 0 : backend.positionOf(B);
  const cPosition = backend.positionOf(C);
  if (k !== 0) {
    const cFirst = cPosition + 8 * cOffset;
    const aFirst = aPosition + 8 * aOffset;
    const bFirst = bPosition + 8 * bOffset;
    checkDisjoint('A', aFirst, m, k, aRowStride, aColumnStride, cFirst, m, n, cRowStride, cColumnStride);
    checkDisjoint('B', bFirst, k, n, bRowStride, bColumnStride, cFirst, m, n, cRowStride, cColumnStride);
  }
  if (beta === 1 && (alpha === 0 || k === 0)) {
    return C;
  }
  // Rows of C in reverse are rows of A in reverse, columns of C in reverse columns of B: so the strides of C can be positive.
  if (cRowStride < 0) {
    cOffset += (m - 1) * cRowStride;
    cRowStride = -cRowStride;
    aOffset += (m - 1) * aRowStride;
    aRowStride = -aRowStride;
  }
  if (cColumnStride < 0) {
    cOffset += (n - 1) * cColumnStride;
    cColumnStride = -cColumnStride;
    bOffset += (n - 1) * bColumnStride;
    bColumnStride = -bColumnStride;
  }
  // Kernels are fastest down contiguous columns of C; C^T = B^T A^T makes columns of rows. Of a vector, which lies both ways, the
  // long side becomes the column, since register blocks have more rows than columns.
  const byColumns = cRowStride === 1 || m === 1;
  const byRows = cColumnStride === 1 || n === 1;
  if (byRows && (!byColumns || n > m)) {
    const rowStride = n === 1 ? 1 : cColumnStride;
    backend.run(
      n,
      m,
      k,
      alpha,
      B,
      bPosition,
      bOffset,
      bColumnStride,
      bRowStride,
      A,
      aPosition,
      aOffset,
      aColumnStride,
      aRowStride,
      beta,
      C,
      cPosition,
      cOffset,
      rowStride,
      cRowStride,
    );
  } else {
    const rowStride = m === 1 ? 1 : cRowStride;
    backend.run(
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
      rowStride,
      cColumnStride,
    );
  }
  return C;
}

/**
 * Computes C = alpha op(A) op(B) + beta C in double precision, where op(X) is X or its transpose.
 *
 * A drop-in replacement of `@stdlib/blas/base/dgemm`, at the speed of the processor: the work is done by machine code generated at the
 * first call (see {@linkcode configure} and {@linkcode info}), in place, on ordinary Float64Arrays and on those over SharedArrayBuffer or
 * WebAssembly memory. With `beta = 0` C is not read, with `alpha = 0` or `K = 0` neither are A and B; NaN and infinities propagate
 * otherwise. All arguments are checked, before anything is read or written; the checks do not depend on the values of `alpha` and
 * `beta`, and a matrix without elements needs none. C must not share an element with A or B, exactly: blocks of one larger array are fine,
 * also where they interleave. The property `ndarray` is the form with a stride for each dimension and an offset.
 *
 * An element of the result is a sum of K products in an order, and with a fusing of multiply and add, that depend on the kernel, so its
 * last bits may differ between instruction sets; for one kernel and one shape they are always the same.
 * Errors are within the standard bound, gamma_K |A||B| (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., sect. 3.5).
 *
 * @param order How all three matrices lie in memory.
 * @param transA What op(A) is.
 * @param transB What op(B) is.
 * @param M Rows of op(A) and of C.
 * @param N Columns of op(B) and of C.
 * @param K Columns of op(A), rows of op(B).
 * @param alpha Factor of the product.
 * @param A A as stored: M x K, or K x M when it is transposed.
 * @param LDA Elements from one row (row-major) or column (column-major) of A as stored to the next, at least its length and 1.
 * @param B B as stored: K x N, or N x K when it is transposed.
 * @param LDB As LDA, for B.
 * @param beta Factor of C.
 * @param C M x N, overwritten.
 * @param LDC As LDA, for C.
 * @returns C.
 * @throws {TypeError} When an order, transposition, number or array is none, or an array's buffer is detached or can be resized.
 * @throws {RangeError} When a size is negative, fractional or NaN, a leading dimension too small, an array too short, or C shares an
 * element with A or B.
 * @example
 * ```ts
 * import { dgemm } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * const A = new Float64Array([1, 2, 3, 4]);
 * const B = new Float64Array([1, 1, 0, 1]);
 * const C = new Float64Array([1, 2, 3, 4]);
 * dgemm('row-major', 'no-transpose', 'no-transpose', 2, 2, 2, 1, A, 2, B, 2, 1, C, 2);
 * assert.deepEqual([...C], [2, 5, 6, 11]);
 *
 * // The same with A read backwards: strides of any sign, from an offset.
 * dgemm.ndarray('no-transpose', 'no-transpose', 2, 2, 2, 1, A, -2, -1, 3, B, 2, 1, 0, 0, C, 2, 1, 0);
 * assert.deepEqual([...C], [4, 7, 2, 3]);
 * ```
 */
export const dgemm: Dgemm = Object.assign(
  function dgemm(
    order: Order,
    transA: TransposeOperation,
    transB: TransposeOperation,
    M: number,
    N: number,
    K: number,
    alpha: number,
    A: Float64Array,
    LDA: number,
    B: Float64Array,
    LDB: number,
    beta: number,
    C: Float64Array,
    LDC: number,
  ): Float64Array {
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
  },
  {
    ndarray(
      transA: TransposeOperation,
      transB: TransposeOperation,
      M: number,
      N: number,
      K: number,
      alpha: number,
      A: Float64Array,
      strideA1: number,
      strideA2: number,
      offsetA: number,
      B: Float64Array,
      strideB1: number,
      strideB2: number,
      offsetB: number,
      beta: number,
      C: Float64Array,
      strideC1: number,
      strideC2: number,
      offsetC: number,
    ): Float64Array {
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
    },
  },
);
