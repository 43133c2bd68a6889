import { show } from './_check.ts';
import { foreign } from './_libc.ts';
import { isAnyArrayBuffer, isTypedArray } from './_node.ts';

// The accessors of the prototypes read the internal slots. A property of a subclass may lie, or detach the memory when it is read.
const byteLength = (prototype: object) =>
  Object.getOwnPropertyDescriptor(prototype, 'byteLength')!.get as (this: unknown) => number;
const typedArrayBytes = byteLength(Object.getPrototypeOf(Uint8Array.prototype));
const dataViewBytes = byteLength(DataView.prototype);
const arrayBufferBytes = byteLength(ArrayBuffer.prototype);

function bytesOf(view: ArrayBufferView | ArrayBuffer): number {
  if (isTypedArray(view)) return typedArrayBytes.call(view);
  if (!ArrayBuffer.isView(view)) return arrayBufferBytes.call(view);
  try {
    return dataViewBytes.call(view);
  } catch {
    return 0; // It is detached, and no other view throws then.
  }
}

/**
 * The address of the first element of a typed array (of the first byte of an ArrayBuffer), as an exact number.
 *
 * User addresses on x86-64 are below 2^47, so every one is exact as a double. The address is good in every thread of
 * the process for as long as the buffer is reachable and neither detached nor resized; keep a reference to the array
 * while native code uses it. Buffers of ordinary arrays do not move.
 *
 * @param view a typed array or DataView, over an ArrayBuffer, a SharedArrayBuffer or WebAssembly memory; or an
 * ArrayBuffer.
 * @returns the address in bytes.
 * @throws {TypeError} if `view` is none of these.
 * @throws {RangeError} if it is empty or detached: it has no address then.
 * @throws {UnsupportedError} on another platform than Linux on x86-64.
 * @example
 * ```ts
 * import { addressOf, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const array = new Float64Array(100);
 *   assert.equal(addressOf(array.subarray(3)), addressOf(array) + 3 * 8);
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function addressOf(view: ArrayBufferView | ArrayBuffer): number {
  if (!ArrayBuffer.isView(view) && (!isAnyArrayBuffer(view) || view instanceof SharedArrayBuffer)) {
    throw new TypeError(`'view' must be a typed array, a DataView or an ArrayBuffer, got ${show(view)}`);
  }
  if (bytesOf(view) === 0) throw new RangeError("'view' must not be empty or detached: it has no address then");
  return Number(foreign('addresses of arrays').address(view));
}
