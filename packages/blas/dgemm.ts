import { double } from './_element_type.ts';
import { type Gemm, makeGemm } from './_gemm.ts';

export type { Order, TransposeOperation } from './_gemm.ts';

/** The type of {@linkcode dgemm}: the BLAS form, callable, with the strided form as its property `ndarray`. */
export interface Dgemm extends Gemm<Float64Array> {}

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
export const dgemm: Dgemm = makeGemm(double);
