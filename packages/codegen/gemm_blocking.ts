import { elementBytes } from './_vector_class.ts';
import type { GemmSpec } from './gemm_spec.ts';

/** Sizes of the data caches that one core sees, in bytes. */
export interface CacheSizes {
  /** Level 1 data cache. */
  l1DataBytes: number;
  /** Level 2 cache. */
  l2Bytes: number;
  /** Last-level cache, or the level 2 cache again where there is no other. */
  lastLevelBytes: number;
}

/** Block sizes of the loops around the micro-kernel, in elements. */
export interface GemmBlocking {
  /** Rows of a packed block of A: a multiple of mu. */
  mc: number;
  /** Depth of the packed blocks. */
  kc: number;
  /** Columns of a packed block of B: a multiple of nu. */
  nc: number;
}

/** The packing buffers count against small memories: together they stay below this. */
const MOST_PACKED_BYTES = 4 * 2 ** 20;

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function multiple(value: number, unit: number): number {
  return Math.max(unit, Math.floor(value / unit) * unit);
}

/**
 * Returns block sizes for a kernel from the sizes of the caches: where to start without any timing.
 *
 * The scheme is that of Low, Igual, Smith and Quintana-Orti, "Analytical Modeling Is Enough for High-Performance BLIS"
 * (ACM TOMS 43 (2016)): a micro-panel of B (kc x nu) rests in the level 1 cache while micro-panels of A stream past it,
 * the block of A (mc x kc) rests in the level 2 cache, the block of B (kc x nc) in the last level. The shares are measured:
 * three quarters of level 1, and three eighths of level 2, which leaves room for the next block of A, that is fetched while
 * one is used. A strided C, which takes long to visit, is visited less often: its blocks are deeper. Both buffers together take at
 * most 4 MB: with 8 MB products of 3200 x 3200 took 2 % longer (`bench:peers --only gemm --n 3200`), with less no less.
 *
 * @param spec The kernel.
 * @param caches Sizes of the caches in bytes.
 * @throws {RangeError} When a cache size is not a positive number.
 * @example
 * ```ts
 * import { gemmBlocking, gemmSpec } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const spec = gemmSpec({ isa: 'avx512' });
 * const { mc, kc, nc } = gemmBlocking(spec, { l1DataBytes: 32768, l2Bytes: 2 ** 20, lastLevelBytes: 2 ** 25 });
 * assert.ok(mc % spec.mu === 0 && nc % spec.nu === 0);
 * assert.ok((mc * kc + kc * nc) * 8 <= 4 * 2 ** 20);
 * ```
 */
export function gemmBlocking(spec: GemmSpec, caches: CacheSizes): GemmBlocking {
  for (const name of ['l1DataBytes', 'l2Bytes', 'lastLevelBytes'] as const) {
    const value = caches[name];
    if (!(Number.isFinite(value) && value > 0)) {
      throw new RangeError(`'${name}' must be a positive number of bytes, got ${String(value)}`);
    }
  }
  const bytes = elementBytes[spec.precision];
  const kc = clamp(
    multiple((caches.l1DataBytes * 3) / 4 / (spec.nu * bytes), 8),
    64,
    spec.layoutC === 'strided' ? 512 : 384,
  );
  const aBytes = Math.min((caches.l2Bytes * 3) / 8, MOST_PACKED_BYTES / 4);
  const mc = multiple(aBytes / (kc * bytes), spec.mu);
  const left = MOST_PACKED_BYTES - mc * kc * bytes;
  const bBytes = clamp(caches.lastLevelBytes / 2, caches.l2Bytes, left);
  const nc = multiple(bBytes / (kc * bytes), spec.nu);
  return { mc, kc, nc };
}
