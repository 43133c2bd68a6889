/** What memory a WebAssembly module is for, which it imports as `env.memory`. */
export interface WasmMemory {
  /** Addresses of 32 bits reach 4 GiB, those of 64 any memory; engines check these at every access, which takes time. */
  readonly addressBits: 32 | 64;
  /** Whether threads share it. */
  readonly shared: boolean;
}

/**
 * The memory that modules are for unless they are told otherwise: addresses of 32 bits, not shared.
 *
 * @example
 * ```ts
 * import { defaultWasmMemory } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.deepEqual(defaultWasmMemory, { addressBits: 32, shared: false });
 * ```
 */
export const defaultWasmMemory: WasmMemory = { addressBits: 32, shared: false };
