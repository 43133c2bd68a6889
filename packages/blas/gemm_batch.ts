import { type ArrayView, checkDimension, readView } from './_matrix_view.ts';
import { dgemmBatch } from './dgemm_batch.ts';
import { sgemmBatch } from './sgemm_batch.ts';

/**
 * Computes C = alpha A B + beta C for each matrix of a batch, arrays of three dimensions of the package `ndarray` or of
 * `@stdlib/ndarray`.
 *
 * What {@linkcode gemm} does with matrices this does with each C[p, :, :], A[p, :, :] and B[p, :, :], all in one call: see
 * {@linkcode dgemmBatch}. A or B may also be a matrix, of two dimensions, which all products share. The views are used where they are:
 * permuted, sliced, stepped and reversed ones cost no copy.
 *
 * @param C P x M x N, overwritten.
 * @param A P x M x K, or M x K for all.
 * @param B P x K x N, or K x N for all.
 * @param alpha Factor of the products, 1 by default.
 * @param beta Factor of C, 0 by default.
 * @returns C, the same object.
 * @throws {TypeError} When an array is no view over a Float64Array or Float32Array, not all have the same elements, C is read-only, a factor
 * is no number, or an array's buffer is detached or can be resized.
 * @throws {RangeError} When an array has not three dimensions (A and B: or two) or its sizes do not fit the others, a view leaves its data,
 * the strides of C reach an element twice, or C shares an element with A or B.
 * @example
 * ```ts
 * import { gemmBatch } from '@paratune/blas';
 * import ndarray from 'ndarray';
 * import assert from 'node:assert/strict';
 *
 * const A = ndarray(new Float64Array([1, 2, 3, 4, 5, 6, 7, 8]), [2, 2, 2]);
 * const C = ndarray(new Float64Array(8), [2, 2, 2]);
 * gemmBatch(C, A, A.transpose(0, 2, 1)); // A[p] A[p]^T for both p
 * assert.deepEqual([...C.data], [5, 11, 11, 25, 61, 83, 83, 113]);
 *
 * // The second matrix times each of them, in the order of their rows.
 * gemmBatch(C, A.pick(1, null, null), A, 1, 0);
 * assert.deepEqual([...C.data], [23, 34, 31, 46, 67, 78, 91, 106]);
 * ```
 */
export function gemmBatch<Output extends ArrayView>(
  C: Output,
  A: ArrayView,
  B: ArrayView,
  alpha = 1,
  beta = 0,
): Output {
  const c = readView('C', C, { dimensions: 3, written: true });
  const { type } = c;
  const a = readView('A', A, { dimensions: 3, orMatrix: true, type });
  const b = readView('B', B, { dimensions: 3, orMatrix: true, type });
  if (a.dimensions === 3) checkDimension('A', 0, a.batch, c.batch, "'C' has matrices");
  if (b.dimensions === 3) checkDimension('B', 0, b.batch, c.batch, "'C' has matrices");
  checkDimension('A', a.dimensions - 2, a.rows, c.rows, "'C' has rows");
  checkDimension('B', b.dimensions - 2, b.rows, a.columns, "'A' has columns");
  checkDimension('B', b.dimensions - 1, b.columns, c.columns, "'C' has columns");
  const routine = (type.precision === 'double' ? dgemmBatch : sgemmBatch) as typeof dgemmBatch;
  routine.ndarray(
    'no-transpose',
    'no-transpose',
    c.rows,
    c.columns,
    a.columns,
    alpha,
    a.data as Float64Array,
    a.rowStride,
    a.columnStride,
    a.batchStride,
    a.offset,
    b.data as Float64Array,
    b.rowStride,
    b.columnStride,
    b.batchStride,
    b.offset,
    beta,
    c.data as Float64Array,
    c.rowStride,
    c.columnStride,
    c.batchStride,
    c.offset,
    c.batch,
  );
  return C;
}
