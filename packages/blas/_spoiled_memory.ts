/** Memory of every kind, and arrays that are none, lie, or have lost theirs: what `_spoiled_calls.ts` makes calls of. */

import { isTypedArray } from 'node:util/types';
import { runInNewContext } from 'node:vm';
import { allocate } from '@paratune/native';
import type { Elements } from './_element_type.ts';
import type { ElementsConstructor } from './_test_routines.ts';

/** Memory for operands, and what it holds before every call. */
export interface Arena {
  array: Elements;
  /** The bytes of the array, and those around it where its buffer has more. */
  bytes: Buffer;
  initial: Buffer;
}

const ARENA_LENGTH = 256;

function arenaOf(array: Elements): Arena {
  for (let i = 0; i < array.length; i++) array[i] = ((i * 7) % 17) - 8;
  const bytes = Buffer.from(array.buffer as ArrayBuffer, 0, Math.min(array.buffer.byteLength, 8192));
  return { array, bytes, initial: Buffer.from(bytes) };
}

// Node's types leave WebAssembly to those of browsers, and the types of ES2023 have no resizable buffers.
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Memory: new (limits: object) => { buffer: ArrayBuffer; grow(pages: number): number } };
};
type Options = { maxByteLength: number };
const Resizable = ArrayBuffer as unknown as new (
  bytes: number,
  options: Options,
) => ArrayBuffer & { resize(bytes: number): void };
const Growable = SharedArrayBuffer as unknown as new (bytes: number, options: Options) => SharedArrayBuffer;

/** Memory of every kind; `guarded` brings such that ends, or begins, or both, at a page that faults. */
export function arenasOf(ArrayType: ElementsConstructor, guarded: boolean): Arena[] {
  const width = ArrayType.BYTES_PER_ELEMENT;
  const bytes = width * ARENA_LENGTH;
  const arrays = [
    new ArrayType(ARENA_LENGTH),
    new ArrayType(new ArrayBuffer(bytes + 16 * width), 8 * width, ARENA_LENGTH),
    new ArrayType(new SharedArrayBuffer(bytes)),
    new ArrayType(new WebAssembly.Memory({ initial: 1 }).buffer, 1024, ARENA_LENGTH),
  ];
  for (const guard of guarded ? (['after', 'before', 'both'] as const) : []) {
    // Only whole pages are flush with both.
    const length = guard === 'both' ? 4096 / width : ARENA_LENGTH;
    arrays.push(width === 8 ? allocate(Float64Array, length, { guard }) : allocate(Float32Array, length, { guard }));
  }
  return arrays.map(arenaOf);
}

/** What code of the caller throws here. Only the getters of views may come to be called. */
export class CallersError extends Error {}

export function throwCallersError(): never {
  throw new CallersError('code of the caller was run');
}

/** Takes an array's memory away. */
export function detach(array: Elements): void {
  if (lengthOf(array) > 0) structuredClone(bufferOf(array), { transfer: [bufferOf(array) as ArrayBuffer] });
}

/** Arrays that no routine may take, and things that look like arrays. */
export function badArraysOf(ArrayType: ElementsConstructor): unknown[] {
  const width = ArrayType.BYTES_PER_ELEMENT;
  const detached = new ArrayType(99);
  detach(detached);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  const grown = new ArrayType(memory.buffer, 0, 99);
  memory.grow(1);
  const shrunk = new Resizable(99 * width, { maxByteLength: 999 * width });
  const views = [new ArrayType(shrunk), new ArrayType(shrunk, 0, 99), new ArrayType(shrunk, 2 * width)];
  shrunk.resize(width);
  const growing = new ArrayType(new Growable(99 * width, { maxByteLength: 999 * width }));
  const unused = new ArrayType(new Resizable(99 * width, { maxByteLength: 99 * width }), 0, 99);
  const OtherType = width === 8 ? Float32Array : Float64Array;
  return [
    ...[detached, grown, ...views, growing, unused, new OtherType(200), new BigInt64Array(200), new ArrayType(0)],
    ...[new Uint8Array(999), Buffer.alloc(999), new DataView(new ArrayBuffer(999)), new SharedArrayBuffer(999)],
    ...[Array.from({ length: 200 }, () => 1), { length: 200, 0: 1 }, new Proxy(new ArrayType(200), {})],
    ...[Object.create(new ArrayType(200)), Object.create(ArrayType.prototype)],
    { __proto__: ArrayType.prototype, length: 200, buffer: new ArrayBuffer(8), [Symbol.toStringTag]: ArrayType.name },
  ];
}

/** Makers of arrays that are right, though they are of another realm, or their properties lie: what the engine knows of them counts. */
export function oddArraysOf(ArrayType: ElementsConstructor): ((length: number) => Elements)[] {
  const Base = ArrayType as unknown as Float64ArrayConstructor;
  class Longer extends Base {
    override get length() {
      return 2 ** 31;
    }
    override get byteLength() {
      detach(this as unknown as Elements);
      return 2 ** 34;
    }
    override get byteOffset() {
      return 0;
    }
    static get [Symbol.species]() {
      return throwCallersError();
    }
  }
  class LyingBuffer extends ArrayBuffer {
    override get byteLength() {
      return Number.NaN;
    }
    override slice(): never {
      return throwCallersError();
    }
  }
  const Foreign = runInNewContext(ArrayType.name) as ElementsConstructor;
  const lies = ['length', 'buffer', 'byteLength', 'byteOffset', 'constructor', 'BYTES_PER_ELEMENT', Symbol.toStringTag];
  return [
    (length) => new Longer(length) as unknown as Elements,
    (length) => new ArrayType(new LyingBuffer(length * ArrayType.BYTES_PER_ELEMENT)),
    (length) => new Foreign(length),
    (length) => {
      const array = new ArrayType(length);
      for (const name of lies) Object.defineProperty(array, name, { get: throwCallersError });
      return array;
    },
    (length) => Object.setPrototypeOf(new ArrayType(length), null) as Elements,
    (length) => Object.preventExtensions(new ArrayType(length)),
  ];
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
