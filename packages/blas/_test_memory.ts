/** Memory of every kind for the operands of tests, and what the engine knows of arrays. */

import { isTypedArray } from 'node:util/types';
import { allocate } from '@paratune/native';
import type { Elements } from './_element_type.ts';
import type { ElementsConstructor } from './_test_routines.ts';

/** Memory for operands, and what it holds before a call. */
export interface Arena {
  array: Elements;
  /** The bytes of the array, and those around it where its buffer has more. */
  bytes: Buffer;
  initial: Buffer;
}

const PAGE_BYTES = 4096;

function arenaOf(array: Elements): Arena {
  for (let i = 0; i < array.length; i++) array[i] = ((i * 7) % 17) - 8;
  const end = array.byteOffset + array.byteLength + PAGE_BYTES;
  const bytes = Buffer.from(array.buffer as ArrayBuffer, 0, Math.min(array.buffer.byteLength, end));
  return { array, bytes, initial: Buffer.from(bytes) };
}

// Node's types leave WebAssembly to those of browsers.
export const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Memory: new (limits: object) => { buffer: ArrayBuffer; grow(pages: number): number } };
};

/** Memory of every kind for so many small integers; `guarded` brings such that ends, or begins, or both, at a page that faults. */
export function arenasOf(ArrayType: ElementsConstructor, guarded: boolean, length = 256): Arena[] {
  const width = ArrayType.BYTES_PER_ELEMENT;
  const bytes = width * length;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((1024 + bytes) / 65536) });
  const arrays = [
    new ArrayType(length),
    new ArrayType(new ArrayBuffer(bytes + 16 * width), 8 * width, length),
    new ArrayType(new SharedArrayBuffer(bytes)),
    new ArrayType(memory.buffer, 1024, length),
  ];
  for (const guard of guarded ? (['after', 'before', 'both'] as const) : []) {
    // Only whole pages are flush with both.
    const most = guard === 'both' ? (Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES) / width : length;
    arrays.push(width === 8 ? allocate(Float64Array, most, { guard }) : allocate(Float32Array, most, { guard }));
  }
  return arrays.map(arenaOf);
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getterOf = (name: PropertyKey) => Object.getOwnPropertyDescriptor(typedArray, name)!.get!;

/** The properties of an array as the engine has them. */
export const bufferOf = (array: unknown): ArrayBufferLike | undefined =>
  isTypedArray(array) ? (getterOf('buffer').call(array) as ArrayBufferLike) : undefined;
export const byteOffsetOf = (array: unknown): number => getterOf('byteOffset').call(array) as number;
export const lengthOf = (array: unknown): number => getterOf('length').call(array) as number;

/** A plain copy of an array of either precision; undefined for anything else. */
export function copyOf(value: unknown): Elements | undefined {
  const tag = getterOf(Symbol.toStringTag).call(value) as string | undefined;
  if (tag !== 'Float64Array' && tag !== 'Float32Array') return undefined;
  const ArrayType = tag === 'Float64Array' ? Float64Array : Float32Array;
  if (lengthOf(value) === 0) return new ArrayType(0);
  return new ArrayType(new ArrayType(bufferOf(value) as ArrayBuffer, byteOffsetOf(value), lengthOf(value)));
}
