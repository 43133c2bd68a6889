import { single } from './_element_type.ts';
import { type GemmBatch, makeGemmBatch } from './_gemm_batch.ts';

/** The type of {@linkcode sgemmBatch}: the form with leading dimensions, callable, with the strided form as its property `ndarray`. */
export interface SgemmBatch extends GemmBatch<Float32Array> {}

/**
 * Computes C = alpha op(A) op(B) + beta C for each product of a batch, in single precision, where op(X) is X or its transpose.
 *
 * As {@linkcode dgemmBatch}, on Float32Arrays; each product is that of {@linkcode sgemm}, so `alpha` and `beta` are rounded to single
 * precision first.
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
 * import { sgemmBatch } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * // Two rotations of the same three points, a column each.
 * const rotations = new Float32Array([0, -1, 1, 0, -1, 0, 0, -1]);
 * const points = new Float32Array([1, 0, 2, 0, 1, 3]);
 * const rotated = new Float32Array(12);
 * sgemmBatch('row-major', 'no-transpose', 'no-transpose', 2, 3, 2, 1, rotations, 2, 4, points, 3, 0, 0, rotated, 3, 6, 2);
 * assert.deepEqual([...rotated], [0, -1, -3, 1, 0, 2, -1, 0, -2, 0, -1, -3]);
 * ```
 */
export const sgemmBatch: SgemmBatch = makeGemmBatch(single);
