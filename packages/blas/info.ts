import { activeBackend } from './_backend.ts';

/** What every backend tells of itself. */
interface CommonInfo {
  /** Name of the kernel: routine, instruction set or language, register block; such as `'dgemm_avx512_24x8'`. */
  kernel: string;
  /** Rows of the register block, in elements. */
  mu: number;
  /** Columns of the register block, in elements. */
  nu: number;
  /** Steps of k in one turn of the innermost loop. */
  ku: number;
  /** Threads that a call uses when it is large enough to gain by them. */
  threads: number;
}

/** Machine code is in use. */
export interface X64Info extends CommonInfo {
  backend: 'x64';
  /** The instruction set of the kernel. */
  isa: 'avx512' | 'avx2' | 'sse2' | 'scalar';
  /** Rows of a packed block of A, in elements. */
  mc: number;
  /** Depth of the packed blocks, in elements. */
  kc: number;
  /** Columns of a packed block of B, in elements. */
  nc: number;
  /** Bytes of address space held for packing in this thread; memory is taken as far as matrices need it. */
  packingBytes: number;
  /** The processor's own name. */
  processor: string;
}

/** JavaScript is in use. */
export interface JsInfo extends CommonInfo {
  backend: 'js';
  /** Why machine code is not: what is missing, or that JavaScript was asked for. */
  reason: string;
}

/** What computes: told apart by `backend`. */
export type Info = X64Info | JsInfo;

/**
 * Tells what the routines of this package compute with, in this thread.
 *
 * The first call identifies the processor and generates the kernel, as the first computation does.
 *
 * @returns The backend, the kernel and its parameters.
 * @throws {UnsupportedError} (of `@paratune/native`) Never with backend `'auto'`, which falls back to JavaScript.
 * @example
 * ```ts
 * import { info } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * const used = info();
 * assert.match(used.kernel, /^dgemm_(avx512|avx2|sse2|js)_\d+x\d+$/);
 * if (used.backend === 'js') console.log(`no machine code: ${used.reason}`);
 * ```
 */
export function info(): Info {
  return { ...activeBackend().info };
}
