/**
 * A helper thread ended in the middle of its part of a computation, which leaves the result undefined.
 *
 * Nothing in this package ends a helper; a debugger or native code of the program could. The next call starts another in
 * its place. Thrown by any routine that computes with several threads.
 *
 * @example
 * ```ts
 * import { dgemm, ThreadError } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * const one = Float64Array.of(1);
 * try {
 *   dgemm('row-major', 'no-transpose', 'no-transpose', 1, 1, 1, 1, one, 1, one, 1, 0, new Float64Array(1), 1);
 * } catch (error) {
 *   assert.ok(error instanceof ThreadError);
 *   console.error(`${error.threads} threads were at work`);
 * }
 * ```
 */
export class ThreadError extends Error {
  override readonly name = 'ThreadError';

  constructor(
    /** How many threads the call had, the caller's among them. */
    readonly threads: number,
  ) {
    super(`one of the ${threads} threads of this call ended before its part was done; the result is undefined`);
  }
}
