import { show } from './_check.ts';
import { release } from './_mappings.ts';

/**
 * Gives the memory of an array from `allocate` back to the operating system at once.
 *
 * Using the array afterwards is a mistake but never touches memory that belongs to someone else. On Node 22 and later
 * every view of its buffer is detached: its length is 0. Node 20 cannot detach it; there the addresses are held by
 * empty pages until the buffer is collected, so reads give 0 and writes are lost. Native code is not so protected:
 * none may still use the address.
 *
 * An array that is never freed is given back when it, and every other view of its buffer, is collected, except in a
 * worker thread that ends before that: its memory stays mapped until the process ends.
 *
 * @param array the array, or any view of its buffer.
 * @throws {TypeError} if it is not memory from `allocate`, or has been freed before.
 * @throws {SystemError} if the operating system refuses.
 * @example
 * ```ts
 * import { allocate, free, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const array = allocate(Float64Array, 1000);
 *   free(array);
 *   assert.throws(() => free(array), TypeError);
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function free(array: ArrayBufferView): void {
  if (!ArrayBuffer.isView(array) || !release(array.buffer)) {
    throw new TypeError(`'array' must be an array from allocate that has not been freed, got ${show(array)}`);
  }
}
