import { single } from './_element_type.ts';
import { type Gemv, makeGemv } from './_gemv.ts';

/** The type of {@linkcode sgemv}: the BLAS form, callable, with the strided form as its property `ndarray`. */
export interface Sgemv extends Gemv<Float32Array> {}

/**
 * Computes y = alpha op(A) x + beta y in single precision, where op(A) is A or its transpose.
 *
 * A drop-in replacement of `@stdlib/blas/base/sgemv`, at the speed of the memory: A is read once, by machine code generated at the
 * first call (see {@linkcode configure} and {@linkcode info}), in place. Nothing is done without rows or without columns; with
 * `beta = 0` y is not read, with `alpha = 0` neither are A and x; NaN and infinities propagate otherwise, also from a column whose
 * element of x is zero, as in today's reference BLAS (`@stdlib` passes over such columns). All arguments are checked before anything
 * is read or written, whatever the values of `alpha` and `beta`; a matrix without elements needs none. y must not share an element with
 * A or x, exactly: a row of a larger array is fine. A vector of negative stride begins at its end, as BLAS has it. The property
 * `ndarray` is the form with a stride for each dimension and an offset.
 *
 * `alpha` and `beta` are numbers, rounded to single precision first, as in Fortran and C. Backend `'js'` carries sums in double
 * precision and rounds what it stores.
 *
 * The order of sums depends on the kernel and on the layout of A, so last bits may differ between instruction sets; for one kernel,
 * shape and layout they are always the same, wherever the arrays lie and however many threads compute. Errors are within the standard
 * bound, gamma_N |A||x| with u = 2^-24 (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., sect. 3.5).
 *
 * @param order How A lies in memory.
 * @param trans What op(A) is.
 * @param M Rows of A as stored.
 * @param N Columns of A as stored.
 * @param alpha Factor of the product.
 * @param A M x N.
 * @param LDA Elements from one row (row-major) or column (column-major) of A to the next, at least its length and 1.
 * @param x N elements, or M when A is transposed.
 * @param strideX Elements from one element of x to the next, not zero.
 * @param beta Factor of y.
 * @param y M elements, or N when A is transposed; overwritten.
 * @param strideY Elements from one element of y to the next, not zero.
 * @returns y.
 * @throws {TypeError} When an order, transposition, number or array is none, or an array's buffer is detached or can be resized.
 * @throws {RangeError} When a size is negative, fractional or NaN, a stride zero, the leading dimension too small, an array too short, or y
 * shares an element with A or x.
 * @example
 * ```ts
 * import { sgemv } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * const A = new Float32Array([1, 2, 3, 4, 5, 6]); // 2 x 3, row by row
 * const x = new Float32Array([1, 1, 1]);
 * const y = new Float32Array([1, 1]);
 * sgemv('row-major', 'no-transpose', 2, 3, 1, A, 3, x, 1, 1, y, 1);
 * assert.deepEqual([...y], [7, 16]);
 *
 * // The sums of the columns, last first.
 * const sums = new Float32Array(3);
 * sgemv.ndarray('transpose', 2, 3, 1, A, 3, 1, 0, x, 1, 0, 0, sums, -1, 2);
 * assert.deepEqual([...sums], [9, 7, 5]);
 * ```
 */
export const sgemv: Sgemv = makeGemv(single);
