import {
  checkArray,
  checkLeadingDimension,
  checkMatricesDisjoint,
  checkMatricesExtent,
  checkOrder,
  checkOutputStride,
  checkScalar,
  checkSize,
  checkStride,
  checkTransposition,
  MOST_STEPS,
} from './_arguments.ts';
import { activeBackend } from './_backend.ts';
import { computeGemm } from './_compute_gemm.ts';
import type { Elements, ElementType } from './_element_type.ts';
import type { Order, TransposeOperation } from './_gemm.ts';
import { batchSharesElement, repeatsElement } from './_overlap.ts';

/** A batch of matrix multiplications: the form with leading dimensions, callable, with the strided form as its property `ndarray`. */
export interface GemmBatch<Matrices extends Elements> {
  (
    order: Order,
    transA: TransposeOperation,
    transB: TransposeOperation,
    M: number,
    N: number,
    K: number,
    alpha: number,
    A: Matrices,
    LDA: number,
    strideA: number,
    B: Matrices,
    LDB: number,
    strideB: number,
    beta: number,
    C: Matrices,
    LDC: number,
    strideC: number,
    batchCount: number,
  ): Matrices;

  /**
   * Computes C = alpha op(A) op(B) + beta C for each product of a batch of matrices of any strides.
   *
   * Element (i, j) of matrix p of X, as stored, is `X[offsetX + p * strideX + i * strideX1 + j * strideX2]`. Strides of A and B may have
   * any sign and may be zero (the matrix, row or column is repeated); those of C must reach each element of the batch once. Everything
   * else is as in the form with leading dimensions.
   *
   * @param transA What op(A) is.
   * @param transB What op(B) is.
   * @param M Rows of each op(A) and C.
   * @param N Columns of each op(B) and C.
   * @param K Columns of each op(A), rows of each op(B).
   * @param alpha Factor of the products.
   * @param A The matrices A as stored: each M x K, or K x M when they are transposed.
   * @param strideA1 Elements from one row of A as stored to the next.
   * @param strideA2 Elements from one column of A as stored to the next.
   * @param strideA Elements from one matrix A to the next.
   * @param offsetA Index in A of the first element of the first.
   * @param B The matrices B as stored: each K x N, or N x K when they are transposed.
   * @param strideB1 Elements from one row of B as stored to the next.
   * @param strideB2 Elements from one column of B as stored to the next.
   * @param strideB Elements from one matrix B to the next.
   * @param offsetB Index in B of the first element of the first.
   * @param beta Factor of the matrices C.
   * @param C The matrices C, each M x N, overwritten.
   * @param strideC1 Elements from one row of C to the next, not zero.
   * @param strideC2 Elements from one column of C to the next, not zero.
   * @param strideC Elements from one matrix C to the next.
   * @param offsetC Index in C of the first element of the first.
   * @param batchCount Number of products.
   * @returns C.
   * @throws {TypeError} As the form with leading dimensions.
   * @throws {RangeError} As the form with leading dimensions, for offsets and strides in their place.
   */
  ndarray(
    transA: TransposeOperation,
    transB: TransposeOperation,
    M: number,
    N: number,
    K: number,
    alpha: number,
    A: Matrices,
    strideA1: number,
    strideA2: number,
    strideA: number,
    offsetA: number,
    B: Matrices,
    strideB1: number,
    strideB2: number,
    strideB: number,
    offsetB: number,
    beta: number,
    C: Matrices,
    strideC1: number,
    strideC2: number,
    strideC: number,
    offsetC: number,
    batchCount: number,
  ): Matrices;
}

/** A batch of matrices in an array, transposed by exchanging its strides. */
interface Operand {
  array: Elements;
  rowStride: number;
  columnStride: number;
  batchStride: number;
  offset: number;
}

/** Both forms end here: sizes, strides and offsets are checked, transpositions resolved into strides. */
function multiplyBatch(
  type: ElementType,
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: Operand,
  b: Operand,
  beta: number,
  c: Operand,
  batch: number,
): Elements {
  checkScalar('alpha', alpha);
  checkScalar('beta', beta);
  const aFit = checkArray('A', a.array, type);
  const bFit = checkArray('B', b.array, type);
  const cFit = checkArray('C', c.array, type);
  const dimensionsOf = ({ rowStride, columnStride, batchStride }: Operand, rows: number, columns: number) =>
    [
      [rows, rowStride],
      [columns, columnStride],
      [batch, batchStride],
    ] as const;
  const aDimensions = dimensionsOf(a, m, k);
  const bDimensions = dimensionsOf(b, k, n);
  const cDimensions = dimensionsOf(c, m, n);
  checkMatricesExtent('A', a.array, aDimensions, a.offset);
  checkMatricesExtent('B', b.array, bDimensions, b.offset);
  checkMatricesExtent('C', c.array, cDimensions, c.offset);
  const C = c.array;
  if (batch > 0 && repeatsElement(m, n, c.rowStride, c.columnStride)) {
    throw new RangeError(
      `'strideC1' and 'strideC2' must reach each element of a ${m} x ${n} matrix once, got ${c.rowStride} and ${c.columnStride}`,
    );
  }
  if (batchSharesElement(m, n, c.rowStride, c.columnStride, batch, c.batchStride, MOST_STEPS)) {
    throw new RangeError(
      `'strideC' must keep ${batch} matrices of ${m} x ${n} with strides ${c.rowStride} and ${c.columnStride} apart, got ${c.batchStride}`,
    );
  }
  if (m === 0 || n === 0 || batch === 0) {
    return C;
  }
  const backend = activeBackend();
  const aPosition = k === 0 ? 0 : backend.positionOf(a.array, aFit);
  const bPosition = k === 0 ? 0 : backend.positionOf(b.array, bFit);
  const cPosition = backend.positionOf(C, cFit);
  if (k !== 0) {
    const { bytes } = type;
    const cFirst = cPosition + bytes * c.offset;
    checkMatricesDisjoint('A', bytes, aPosition + bytes * a.offset, aDimensions, cFirst, cDimensions);
    checkMatricesDisjoint('B', bytes, bPosition + bytes * b.offset, bDimensions, cFirst, cDimensions);
  }
  alpha = type.round(alpha);
  beta = type.round(beta);
  if (beta === 1 && (alpha === 0 || k === 0)) {
    return C;
  }
  // Matrices A below one another times one B are a single product, which is faster than many; so are one A and matrices B side by side.
  if (b.batchStride === 0 && a.batchStride === m * a.rowStride && c.batchStride === m * c.rowStride) {
    m *= batch;
    batch = 1;
  } else if (a.batchStride === 0 && b.batchStride === n * b.columnStride && c.batchStride === n * c.columnStride) {
    n *= batch;
    batch = 1;
  }
  computeGemm(
    backend.gemm(type),
    m,
    n,
    k,
    alpha,
    a.array,
    aPosition,
    a.offset,
    a.rowStride,
    a.columnStride,
    b.array,
    bPosition,
    b.offset,
    b.rowStride,
    b.columnStride,
    beta,
    C,
    cPosition,
    c.offset,
    c.rowStride,
    c.columnStride,
    { count: batch, aStride: a.batchStride, bStride: b.batchStride, cStride: c.batchStride },
  );
  return C;
}

/** Makes the routine of a precision. */
export function makeGemmBatch<Matrices extends Elements>(type: ElementType): GemmBatch<Matrices> {
  const operand = (
    array: Elements,
    stride1: number,
    stride2: number,
    batchStride: number,
    offset: number,
    transposed: boolean,
  ): Operand => ({
    array,
    rowStride: transposed ? stride2 : stride1,
    columnStride: transposed ? stride1 : stride2,
    batchStride,
    offset,
  });
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
    strideA: number,
    B: Elements,
    LDB: number,
    strideB: number,
    beta: number,
    C: Elements,
    LDC: number,
    strideC: number,
    batchCount: number,
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
    checkStride('strideA', strideA);
    checkStride('strideB', strideB);
    checkStride('strideC', strideC);
    checkSize('batchCount', batchCount);
    const a = operand(A, LDA, 1, strideA, 0, acrossA);
    const b = operand(B, LDB, 1, strideB, 0, acrossB);
    const c = operand(C, LDC, 1, strideC, 0, !byRows);
    return multiplyBatch(type, M, N, K, alpha, a, b, beta, c, batchCount);
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
    strideA: number,
    offsetA: number,
    B: Elements,
    strideB1: number,
    strideB2: number,
    strideB: number,
    offsetB: number,
    beta: number,
    C: Elements,
    strideC1: number,
    strideC2: number,
    strideC: number,
    offsetC: number,
    batchCount: number,
  ): Elements => {
    const transposedA = checkTransposition('transA', transA);
    const transposedB = checkTransposition('transB', transB);
    checkSize('M', M);
    checkSize('N', N);
    checkSize('K', K);
    checkOutputStride('strideC1', strideC1);
    checkOutputStride('strideC2', strideC2);
    checkStride('strideC', strideC);
    checkStride('strideA1', strideA1);
    checkStride('strideA2', strideA2);
    checkStride('strideA', strideA);
    checkSize('offsetA', offsetA);
    checkStride('strideB1', strideB1);
    checkStride('strideB2', strideB2);
    checkStride('strideB', strideB);
    checkSize('offsetB', offsetB);
    checkSize('offsetC', offsetC);
    checkSize('batchCount', batchCount);
    const a = operand(A, strideA1, strideA2, strideA, offsetA, transposedA);
    const b = operand(B, strideB1, strideB2, strideB, offsetB, transposedB);
    const c = operand(C, strideC1, strideC2, strideC, offsetC, false);
    return multiplyBatch(type, M, N, K, alpha, a, b, beta, c, batchCount);
  };
  Object.defineProperty(routine, 'name', { value: `${type.letter}gemmBatch` });
  return Object.assign(routine, { ndarray }) as unknown as GemmBatch<Matrices>;
}
