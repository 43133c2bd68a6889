/** Kernels in WebAssembly, called as those in JavaScript are: operands are copied into a module's memory and back. */

import type { Elements } from './_gemm_cases_test.ts';
import { generate, type KernelSpec, type WasmKernel } from './generate.ts';
import type { WasmMemory } from './wasm_memory.ts';

/** As much of WebAssembly's interface as is used: Node's types leave it to those of browsers. */
interface Engine {
  Memory: new (limits: {
    initial: number | bigint;
    maximum?: number | bigint;
    shared?: boolean;
    address?: 'i64';
    index?: 'i64';
  }) => {
    buffer: ArrayBuffer;
  };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, (...values: number[]) => void> };
  validate(bytes: Uint8Array): boolean;
}
export const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

const PAGE_BYTES = 65536;
const PAGES = 80;
const zeros = Buffer.alloc(PAGES * PAGE_BYTES);

/** Whether the engine takes the module that a specification comes to. */
export function isUsable(spec: KernelSpec, memory?: Partial<WasmMemory>): boolean {
  return engine.validate(moduleOf(spec, memory).bytes);
}

/** The module of a specification. */
export function moduleOf(spec: KernelSpec, memory?: Partial<WasmMemory>): WasmKernel {
  // The compiler cannot follow that a target makes kernels of its own kind whatever the routine.
  return generate(spec as never, { target: 'wasm', memory }) as WasmKernel;
}

/** A module's function, with places for arrays in its memory. */
export class Instance {
  readonly call: (...values: number[]) => void;
  readonly #buffer: ArrayBuffer;
  #used = 0;

  constructor(spec: KernelSpec, { shared = false, addressBits = 32 }: Partial<WasmMemory> = {}) {
    const { bytes, abi } = moduleOf(spec, { shared, addressBits });
    const pages = addressBits === 64 ? BigInt(PAGES) : PAGES;
    const memory = new engine.Memory({
      initial: pages,
      ...(shared ? { maximum: pages, shared } : {}),
      ...(addressBits === 64 ? { address: 'i64', index: 'i64' } : {}),
    });
    this.#buffer = memory.buffer;
    const { exports } = new engine.Instance(new engine.Module(bytes), { env: { memory } });
    this.call = exports[abi.name]!;
  }

  /** Sets aside memory for so many bytes. */
  allocate(bytes: number): number {
    const address = this.#used;
    this.#used += Math.ceil(bytes / 64) * 64;
    return address;
  }

  /** Copies an array there; every array has a place of its own, which the first call with it gives. */
  copyIn(address: number, array: Elements): void {
    this.#view(address, array).set(array);
  }

  copyOut(address: number, array: Elements): void {
    array.set(this.#view(address, array));
  }

  #view(address: number, { length, BYTES_PER_ELEMENT }: Elements): Elements {
    const Type = BYTES_PER_ELEMENT === 8 ? Float64Array : Float32Array;
    return new Type(this.#buffer, address, length);
  }

  /** Whether memory beyond what was set aside is as it was. */
  get restIsUntouched(): boolean {
    const rest = Buffer.from(this.#buffer, this.#used);
    return rest.equals(zeros.subarray(0, rest.length));
  }
}
