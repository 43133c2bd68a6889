import { type ArrayView, checkDimension, readView } from './_matrix_view.ts';
import { dgemm } from './dgemm.ts';
import { sgemm } from './sgemm.ts';

export type { ArrayView, NdarrayView, StdlibNdarrayView } from './_matrix_view.ts';

/**
 * Computes C = alpha A B + beta C for matrices of the package `ndarray` or of `@stdlib/ndarray`.
 *
 * Takes its arguments as `ndarray-gemm` does. All three matrices are of double precision, over Float64Arrays, or all of single, over
 * Float32Arrays; {@linkcode dgemm} or {@linkcode sgemm} computes, so all they promise holds. The views are used where they are: transposed,
 * sliced, stepped and reversed ones cost no copy, and A and B may be broadcast (a stride of zero). A view is any object with the
 * properties `data`, `shape`, `stride` (or `strides`) and `offset`, so matrices of both packages may be mixed. With `beta = 0` C is not
 * read; with `alpha = 0` or without columns of A neither are A and B. C must not share an element with A or B.
 *
 * Nested arrays and arrays of other elements, which `ndarray-gemm` takes too, are refused.
 *
 * @param C M x N, overwritten.
 * @param A M x K.
 * @param B K x N.
 * @param alpha Factor of the product, 1 by default.
 * @param beta Factor of C, 0 by default.
 * @returns C, the same object.
 * @throws {TypeError} When a matrix is no view over a Float64Array or Float32Array, not all have the same elements, C is read-only, a factor
 * is no number, or an array's buffer is detached or can be resized.
 * @throws {RangeError} When a matrix has not two dimensions or its sizes do not fit the others, a view leaves its data, the strides of C reach an
 * element twice, or C shares an element with A or B.
 * @example
 * ```ts
 * import { gemm } from '@paratune/blas';
 * import ndarray from 'ndarray';
 * import assert from 'node:assert/strict';
 *
 * const A = ndarray(new Float64Array([1, 2, 3, 4, 5, 6]), [2, 3]);
 * const C = ndarray(new Float64Array(4), [2, 2]);
 * gemm(C, A, A.transpose(1, 0)); // A A^T
 * assert.deepEqual([...C.data], [14, 32, 32, 77]);
 *
 * // Twice the product with the rows of A in reverse, plus C.
 * gemm(C, A.step(-1, 1), A.transpose(1, 0), 2, 1);
 * assert.deepEqual([...C.data], [78, 186, 60, 141]);
 * ```
 */
export function gemm<Output extends ArrayView>(C: Output, A: ArrayView, B: ArrayView, alpha = 1, beta = 0): Output {
  const c = readView('C', C, { dimensions: 2, written: true });
  const { type } = c;
  const a = readView('A', A, { dimensions: 2, type });
  const b = readView('B', B, { dimensions: 2, type });
  checkDimension('A', 0, a.rows, c.rows, "'C' has rows");
  checkDimension('B', 0, b.rows, a.columns, "'A' has columns");
  checkDimension('B', 1, b.columns, c.columns, "'C' has columns");
  const routine = (type.precision === 'double' ? dgemm : sgemm) as typeof dgemm;
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
    a.offset,
    b.data as Float64Array,
    b.rowStride,
    b.columnStride,
    b.offset,
    beta,
    c.data as Float64Array,
    c.rowStride,
    c.columnStride,
    c.offset,
  );
  return C;
}
