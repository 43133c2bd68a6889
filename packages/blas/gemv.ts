import { checkExtent } from './_arguments.ts';
import { type ArrayView, checkDimension, readView } from './_matrix_view.ts';
import { dgemm } from './dgemm.ts';
import { dgemv } from './dgemv.ts';
import { sgemm } from './sgemm.ts';
import { sgemv } from './sgemv.ts';

/**
 * Computes y = alpha A x + beta y for a matrix and vectors of the package `ndarray` or of `@stdlib/ndarray`.
 *
 * Views are taken as {@linkcode gemm} takes them, in place; {@linkcode dgemv} or {@linkcode sgemv} computes, as the elements are, so all they
 * promise holds. For the product with the transpose of A, pass the transposed view. A matrix without columns makes y = beta y, as in
 * `gemm`. A may be broadcast (a stride of zero), vectors not. y must not share an element with A or x.
 *
 * @param y M elements, overwritten.
 * @param A M x N.
 * @param x N elements.
 * @param alpha Factor of the product, 1 by default.
 * @param beta Factor of y, 0 by default; y is not read then.
 * @returns y, the same object.
 * @throws {TypeError} When an array is no view over a Float64Array or Float32Array, not all have the same elements, y is read-only, a factor
 * is no number, or an array's buffer is detached or can be resized.
 * @throws {RangeError} When an array has another number of dimensions or its sizes do not fit the others, a view leaves its data, the stride of
 * a vector is zero, or y shares an element with A or x.
 * @example
 * ```ts
 * import { gemv } from '@paratune/blas';
 * import ndarray from 'ndarray';
 * import assert from 'node:assert/strict';
 *
 * const A = ndarray(new Float64Array([1, 2, 3, 4, 5, 6]), [2, 3]);
 * const y = ndarray(new Float64Array(2));
 * gemv(y, A, ndarray(new Float64Array([1, 1, 1])));
 * assert.deepEqual([...y.data], [6, 15]);
 *
 * // With a row of A: y = A a - y.
 * gemv(ndarray(y.data), A, A.pick(0, null), 1, -1);
 * assert.deepEqual([...y.data], [8, 17]);
 * ```
 */
export function gemv<Output extends ArrayView>(y: Output, A: ArrayView, x: ArrayView, alpha = 1, beta = 0): Output {
  const output = readView('y', y, { dimensions: 1, written: true });
  const { type } = output;
  const a = readView('A', A, { dimensions: 2, type });
  const input = readView('x', x, { dimensions: 1, type });
  checkDimension('A', 0, a.rows, output.rows, "'y' has elements");
  checkDimension('x', 0, input.rows, a.columns, "'A' has columns");
  const double = type.precision === 'double';
  if (a.columns === 0) {
    // BLAS does nothing here, and y = A x would leave what y held before; a product over no columns is zero.
    checkExtent('y', output.data, output.rows, 1, output.rowStride, 0, output.offset);
    const routine = (double ? dgemm : sgemm) as typeof dgemm;
    const data = output.data as Float64Array;
    const { rows, rowStride, offset } = output;
    const none = a.data as Float64Array;
    routine.ndarray(
      'no-transpose',
      'no-transpose',
      rows,
      1,
      0,
      alpha,
      none,
      1,
      1,
      0,
      none,
      1,
      1,
      0,
      beta,
      data,
      rowStride,
      1,
      offset,
    );
    return y;
  }
  const routine = (double ? dgemv : sgemv) as typeof dgemv;
  routine.ndarray(
    'no-transpose',
    a.rows,
    a.columns,
    alpha,
    a.data as Float64Array,
    a.rowStride,
    a.columnStride,
    a.offset,
    input.data as Float64Array,
    input.rowStride,
    input.offset,
    beta,
    output.data as Float64Array,
    output.rowStride,
    output.offset,
  );
  return y;
}
