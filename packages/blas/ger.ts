import { type ArrayView, checkDimension, readView } from './_matrix_view.ts';
import { dger } from './dger.ts';
import { sger } from './sger.ts';

/**
 * Computes the rank-one update A = alpha x y^T + A for a matrix and vectors of the package `ndarray` or of `@stdlib/ndarray`.
 *
 * Views are taken as {@linkcode gemm} takes them, in place; {@linkcode dger} or {@linkcode sger} computes, as the elements are, so all they
 * promise holds. Vectors may not be broadcast (a stride of zero). A must not share an element with x or y.
 *
 * @param A M x N, overwritten.
 * @param x M elements.
 * @param y N elements.
 * @param alpha Factor of the product, 1 by default.
 * @returns A, the same object.
 * @throws {TypeError} When an array is no view over a Float64Array or Float32Array, not all have the same elements, A is read-only, `alpha`
 * is no number, or an array's buffer is detached or can be resized.
 * @throws {RangeError} When an array has another number of dimensions or its sizes do not fit the others, a view leaves its data, the stride of
 * a vector is zero, the strides of A reach an element twice, or A shares an element with x or y.
 * @example
 * ```ts
 * import { ger } from '@paratune/blas';
 * import ndarray from 'ndarray';
 * import assert from 'node:assert/strict';
 *
 * const A = ndarray(new Float32Array(6), [2, 3]);
 * const x = ndarray(new Float32Array([1, 2]));
 * const y = ndarray(new Float32Array([3, 4, 5]));
 * ger(A, x, y);
 * assert.deepEqual([...A.data], [3, 4, 5, 6, 8, 10]);
 *
 * // The vector y backwards, taken away from the same matrix.
 * ger(A, x, y.step(-1), -1);
 * assert.deepEqual([...A.data], [-2, 0, 2, -4, 0, 4]);
 * ```
 */
export function ger<Output extends ArrayView>(A: Output, x: ArrayView, y: ArrayView, alpha = 1): Output {
  const output = readView('A', A, { dimensions: 2, written: true });
  const { type } = output;
  const left = readView('x', x, { dimensions: 1, type });
  const right = readView('y', y, { dimensions: 1, type });
  checkDimension('x', 0, left.rows, output.rows, "'A' has rows");
  checkDimension('y', 0, right.rows, output.columns, "'A' has columns");
  const routine = (type.precision === 'double' ? dger : sger) as typeof dger;
  routine.ndarray(
    output.rows,
    output.columns,
    alpha,
    left.data as Float64Array,
    left.rowStride,
    left.offset,
    right.data as Float64Array,
    right.rowStride,
    right.offset,
    output.data as Float64Array,
    output.rowStride,
    output.columnStride,
    output.offset,
  );
  return A;
}
