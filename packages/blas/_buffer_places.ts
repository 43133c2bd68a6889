import { bufferOf, byteOffsetOf } from './_arguments.ts';
import type { Elements } from './_element_type.ts';

/**
 * JavaScript has no addresses. Buffers get places of their own on one imagined line of bytes, so that arrays of one buffer compare
 * as they lie and those of different buffers never meet. (Two SharedArrayBuffers over the same memory are two buffers here.)
 */
const places = new WeakMap<ArrayBufferLike, number>();
let nextPlace = 0;

/** The place of an array's first element on that line. */
export function placeOf(array: Elements): number {
  const buffer = bufferOf(array);
  let place = places.get(buffer);
  if (place === undefined) {
    place = nextPlace;
    // As the engine has it: a subclass of ArrayBuffer may say something else.
    nextPlace += new Uint8Array(buffer).byteLength;
    places.set(buffer, place);
  }
  return place + byteOffsetOf(array);
}
