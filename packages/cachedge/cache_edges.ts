import { checkWhole } from './_check.ts';

/** Between which sizes edges are tried, both included. */
export interface CacheEdgeRange {
  /** Bytes of the smallest; 8 KiB when absent, a fraction of any level 1 cache. */
  from?: number | undefined;
  /** Bytes of the largest; 4 MiB when absent, past any level 2 cache of one core. */
  to?: number | undefined;
}

/**
 * The edges that a search tries: 0, which is blocking for the level 1 cache only, then the powers of two and the steps
 * halfway between them, rising.
 *
 * @param range between which sizes
 * @throws {TypeError} {RangeError} when an end is no whole number of bytes of at least 1, or they are the wrong way round
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { cacheEdges } from '@paratune/cachedge';
 *
 * assert.deepEqual(cacheEdges({ from: 16384, to: 65536 }), [0, 16384, 24576, 32768, 49152, 65536]);
 * ```
 */
export function cacheEdges({ from = 8192, to = 4 * 2 ** 20 }: CacheEdgeRange = {}): number[] {
  checkWhole(from, 'from', 1, 2 ** 40);
  checkWhole(to, 'to', from, 2 ** 40);
  const edges = [0];
  for (let power = 2 ** Math.floor(Math.log2(from)); power <= to; power *= 2) edges.push(power, (power * 3) / 2);
  return edges.filter((edge) => edge === 0 || (from <= edge && edge <= to && Number.isInteger(edge)));
}
