/** Arrays that are none, lie, or have lost their memory: what `_spoiled_calls.ts` makes calls of. */

import { runInNewContext } from 'node:vm';
import type { Elements } from './_element_type.ts';
import { bufferOf, lengthOf, WebAssembly } from './_test_memory.ts';
import type { ElementsConstructor } from './_test_routines.ts';

// The types of ES2023 have no resizable buffers.
type Options = { maxByteLength: number };
const Resizable = ArrayBuffer as unknown as new (
  bytes: number,
  options: Options,
) => ArrayBuffer & { resize(bytes: number): void };
const Growable = SharedArrayBuffer as unknown as new (bytes: number, options: Options) => SharedArrayBuffer;

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
