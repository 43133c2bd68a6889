import { double } from './_element_type.ts';
import { type GemmBatch, makeGemmBatch } from './_gemm_batch.ts';

/** The type of {@linkcode dgemmBatch}: the form with leading dimensions, callable, with the strided form as its property `ndarray`. */
export interface DgemmBatch extends GemmBatch<Float64Array> {}

/**
 * Computes C = alpha op(A) op(B) + beta C for each product of a batch, in double precision, where op(X) is X or its transpose.
 *
 * Takes its arguments as cblas_dgemm_batch_strided does: all products have the same sizes, and the matrices of product p begin at
 * `A[p * strideA]`, `B[p * strideB]` and `C[p * strideC]`. A stride of zero uses one matrix for all products. What {@linkcode dgemm}
 * says of one product holds for each; but the arguments are checked once, and one call of machine code computes all, so that a thousand
 * products of small matrices cost what they compute. A batch large enough to gain is computed by several threads, with the
 * same bits as by one.
 *
 * The matrices C must share no element with each other, nor with any A or B of the batch, and may interleave with all of them. That is
 * decided exactly, but for layouts so entangled that it would take longer than about a millisecond, which are refused.
 *
 * @param order How all matrices lie in memory.
 * @param transA What op(A) is.
 * @param transB What op(B) is.
 * @param M Rows of each op(A) and C.
 * @param N Columns of each op(B) and C.
 * @param K Columns of each op(A), rows of each op(B).
 * @param alpha Factor of the products.
 * @param A The matrices A as stored: each M x K, or K x M when they are transposed.
 * @param LDA Elements from one row (row-major) or column (column-major) of A as stored to the next, at least its length and 1.
 * @param strideA Elements from one matrix A to the next, 0 where there is one for all.
 * @param B The matrices B as stored: each K x N, or N x K when they are transposed.
 * @param LDB As LDA, for B.
 * @param strideB As strideA, for B.
 * @param beta Factor of the matrices C.
 * @param C The matrices C, each M x N, overwritten.
 * @param LDC As LDA, for C.
 * @param strideC Elements from one matrix C to the next.
 * @param batchCount Number of products, 0 for none.
 * @returns C.
 * @throws {TypeError} When an order, transposition, number or array is none, or an array's buffer is detached or can be resized.
 * @throws {RangeError} When a size is negative, fractional or NaN, a leading dimension too small, an array too short, two matrices C share
 * an element, or one shares an element with a matrix A or B.
 * @example
 * ```ts
 * import { dgemmBatch } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * // Three products of 2 x 2 matrices that follow each other, row by row.
 * const A = new Float64Array([1, 2, 3, 4, 1, 0, 0, 1, 0, 1, 1, 0]);
 * const B = new Float64Array([1, 1, 0, 1, 5, 6, 7, 8, 5, 6, 7, 8]);
 * const C = new Float64Array(12);
 * dgemmBatch('row-major', 'no-transpose', 'no-transpose', 2, 2, 2, 1, A, 2, 4, B, 2, 4, 0, C, 2, 4, 3);
 * assert.deepEqual([...C], [1, 3, 3, 7, 5, 6, 7, 8, 7, 8, 5, 6]);
 *
 * // Every one of them times the first B: a stride of zero.
 * dgemmBatch('row-major', 'no-transpose', 'no-transpose', 2, 2, 2, 1, A, 2, 4, B, 2, 0, 0, C, 2, 4, 3);
 * assert.deepEqual([...C], [1, 3, 3, 7, 1, 1, 0, 1, 0, 1, 1, 1]);
 *
 * // Strides of any sign, from offsets: the last A times the first B, and so on.
 * dgemmBatch.ndarray('no-transpose', 'no-transpose', 2, 2, 2, 1, A, 2, 1, -4, 8, B, 2, 1, 4, 0, 0, C, 2, 1, 4, 0, 3);
 * assert.deepEqual([...C], [0, 1, 1, 1, 5, 6, 7, 8, 19, 22, 43, 50]);
 * ```
 */
export const dgemmBatch: DgemmBatch = makeGemmBatch(double);
