import { double } from './_element_type.ts';
import { type Ger, makeGer } from './_ger.ts';

/** The type of {@linkcode dger}: the BLAS form, callable, with the strided form as its property `ndarray`. */
export interface Dger extends Ger<Float64Array> {}

/**
 * Computes the rank-one update A = alpha x y^T + A in double precision.
 *
 * A drop-in replacement of `@stdlib/blas/base/dger`, at the speed of the memory: A is read and written once, by machine code generated
 * at the first call (see {@linkcode configure} and {@linkcode info}), in place. With `alpha = 0` nothing is read or written; a column of a
 * column-major A whose element of y is zero, and a row of a row-major A whose element of x is, is left alone whatever the other vector
 * holds, as in the reference BLAS and in `@stdlib`; NaN and infinities propagate otherwise. All arguments are checked before anything is
 * read or written, whatever the value of `alpha`; a matrix without elements needs none. A must not share an element with x or y, exactly: a
 * row of the same array is fine. A vector of negative stride begins at its end, as BLAS has it. The property `ndarray` is the form
 * with a stride for each dimension and an offset.
 *
 * @param order How A lies in memory.
 * @param M Rows of A.
 * @param N Columns of A.
 * @param alpha Factor of the product.
 * @param x M elements.
 * @param strideX Elements from one element of x to the next, not zero.
 * @param y N elements.
 * @param strideY Elements from one element of y to the next, not zero.
 * @param A M x N, overwritten.
 * @param LDA Elements from one row (row-major) or column (column-major) of A to the next, at least its length and 1.
 * @returns A.
 * @throws {TypeError} When an order, number or array is none, or an array's buffer is detached or can be resized.
 * @throws {RangeError} When a size is negative, fractional or NaN, a stride zero, the leading dimension too small, an array too short, or A
 * shares an element with x or y.
 * @example
 * ```ts
 * import { dger } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * const A = new Float64Array([1, 2, 3, 4, 5, 6]); // 2 x 3, row by row
 * const x = new Float64Array([1, 10]);
 * const y = new Float64Array([1, 2, 3]);
 * dger('row-major', 2, 3, 1, x, 1, y, 1, A, 3);
 * assert.deepEqual([...A], [2, 4, 6, 14, 25, 36]);
 *
 * // Only the first column, with the last element of y: strides of any sign, from an offset.
 * dger.ndarray(2, 1, -1, x, 1, 0, y, -1, 2, A, 3, 1, 0);
 * assert.deepEqual([...A], [-1, 4, 6, -16, 25, 36]);
 * ```
 */
export const dger: Dger = makeGer(double);
