import { UnsupportedError } from '@paratune/native';
import { bufferOf, byteOffsetOf } from './_arguments.ts';
import type { Elements, ElementType } from './_element_type.ts';
import { type WasmMemoryObject, wasmEngine } from './_wasm_engine.ts';

/** Modules reach nothing but their memory: operands are copied there, piece by piece, and results back. */

const PAGE_BYTES = 65536;

/** What a memory may grow to: far more than pieces and packing buffers take, unless a tuning makes these very large. */
const MOST_PAGES = 16384;

/** What addresses are multiples of: lines of caches. */
const ALIGNMENT_BYTES = 64;

/** Shorter runs are copied faster one element at a time than by the engine's own copy, which takes a view of them. */
const LEAST_RUN = 32;

/** A part of an operand where a module finds it. */
export interface Staged {
  readonly address: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Elements as two loops walk them: `inner` of them next to each other in memory if that can be. */
interface Walk {
  readonly inner: number;
  readonly innerStride: number;
  readonly outer: number;
  readonly outerStride: number;
  /** Whether a column is what the inner loop walks. */
  readonly down: boolean;
}

function walkOf(rows: number, columns: number, rowStride: number, columnStride: number): Walk {
  const [row, column] = [Math.abs(rowStride), Math.abs(columnStride)];
  return columns === 1 || (rows !== 1 && (rowStride === 1 || (columnStride !== 1 && row <= column)))
    ? { inner: rows, innerStride: rowStride, outer: columns, outerStride: columnStride, down: true }
    : { inner: columns, innerStride: columnStride, outer: rows, outerStride: rowStride, down: false };
}

/** The array without what a subclass may say. */
function plainView(array: Elements, type: ElementType, offset: number, length: number): Elements {
  const place = byteOffsetOf(array) + type.bytes * offset;
  return type.bytes === 8
    ? new Float64Array(bufferOf(array), place, length)
    : new Float32Array(bufferOf(array), place, length);
}

/** The memory of a thread's modules. Nothing of a call stays in it that a later one needs. */
export class WasmMemory {
  readonly object: WasmMemoryObject;
  #views: { double: Float64Array; single: Float32Array };
  #used = 0;

  /**
   * @param shared Whether threads share it.
   * @throws {UnsupportedError} When there is no room for one.
   */
  constructor(shared: boolean) {
    const engine = wasmEngine();
    try {
      this.object = new engine.Memory({ initial: 1, maximum: MOST_PAGES, shared });
    } catch (cause) {
      throw new UnsupportedError('memory for WebAssembly', (cause as Error).message, { cause });
    }
    this.#views = this.#newViews();
  }

  #newViews() {
    const { buffer } = this.object;
    return { double: new Float64Array(buffer), single: new Float32Array(buffer) };
  }

  /** Gives all of it up. */
  clear(): void {
    this.#used = 0;
  }

  /** Sets so many bytes aside. @throws {RangeError} When the engine has no memory left. */
  allocate(bytes: number): number {
    const address = this.#used;
    this.#used += Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    const missing = this.#used - this.object.buffer.byteLength;
    if (missing > 0) {
      this.object.grow(Math.ceil(missing / PAGE_BYTES));
      this.#views = this.#newViews();
    }
    return address;
  }

  /** Says where a part of an operand is to be, its columns or rows one behind the other, as they are in its array. */
  place(address: number, rows: number, columns: number, rowStride: number, columnStride: number): Staged {
    const { inner, down } = walkOf(rows, columns, rowStride, columnStride);
    return { address, rowStride: down ? 1 : inner, columnStride: down ? inner : 1 };
  }

  /** Copies a part of an operand there. */
  copyIn(
    address: number,
    type: ElementType,
    array: Elements,
    offset: number,
    rows: number,
    columns: number,
    rowStride: number,
    columnStride: number,
  ): Staged {
    const { inner, innerStride, outer, outerStride, down } = walkOf(rows, columns, rowStride, columnStride);
    const view = this.#views[type.precision];
    let at = address / type.bytes;
    if (innerStride === 1 && outer > 1 && outerStride === inner) {
      view.set(plainView(array, type, offset, inner * outer), at);
    } else if (innerStride === 1 && inner >= LEAST_RUN) {
      for (let line = 0; line < outer; line++) {
        view.set(plainView(array, type, offset + line * outerStride, inner), at);
        at += inner;
      }
    } else {
      for (let line = 0; line < outer; line++) {
        let from = offset + line * outerStride;
        for (const end = at + inner; at < end; at++) {
          view[at] = array[from]!;
          from += innerStride;
        }
      }
    }
    return { address, rowStride: down ? 1 : inner, columnStride: down ? inner : 1 };
  }

  /** Copies it back. */
  copyOut(
    address: number,
    type: ElementType,
    array: Elements,
    offset: number,
    rows: number,
    columns: number,
    rowStride: number,
    columnStride: number,
  ): void {
    const { inner, innerStride, outer, outerStride } = walkOf(rows, columns, rowStride, columnStride);
    const view = this.#views[type.precision];
    let at = address / type.bytes;
    if (innerStride === 1 && inner >= LEAST_RUN) {
      const isWhole = outerStride === inner;
      const [runs, length] = isWhole ? [1, inner * outer] : [outer, inner];
      for (let run = 0; run < runs; run++) {
        plainView(array, type, offset + run * outerStride, length).set(view.subarray(at, at + length));
        at += length;
      }
    } else {
      for (let line = 0; line < outer; line++) {
        let to = offset + line * outerStride;
        for (const end = at + inner; at < end; at++) {
          array[to] = view[at]!;
          to += innerStride;
        }
      }
    }
  }
}
