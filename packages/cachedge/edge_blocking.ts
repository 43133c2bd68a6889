/** Sizes of the packed block of A, in elements. */
export interface EdgeBlocking {
  /** Its rows. */
  mc: number;
  /** Its depth. */
  kc: number;
}

const DOUBLE_BYTES = 8;

/**
 * The packed block of A that a CacheEdge stands for, in double precision.
 *
 * An edge of 0 blocks for the level 1 cache only: the block of A is all its rows, and nothing keeps it in the level 2 cache.
 * An edge of E bytes is a block of at most E bytes: as many rows of depth `kc` as fit, in whole register blocks of `mu`; where
 * not one of those fits, one that is shallower.
 *
 * @param cacheEdge bytes, or 0
 * @param kernel rows of A in all, rows of the register block, and the depth that the level 1 cache asks for
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { edgeBlocking } from '@paratune/cachedge';
 *
 * const kernel = { rows: 2500, mu: 24, kc: 384 };
 * assert.deepEqual(edgeBlocking(0, kernel), { mc: 2520, kc: 384 });
 * assert.deepEqual(edgeBlocking(2 ** 19, kernel), { mc: 168, kc: 384 }); // 504 KiB
 * assert.deepEqual(edgeBlocking(2 ** 14, kernel), { mc: 24, kc: 85 }); // 15.9 KiB
 * ```
 */
export function edgeBlocking(
  cacheEdge: number,
  { rows, mu, kc }: { rows: number; mu: number; kc: number },
): EdgeBlocking {
  const blockBytes = mu * DOUBLE_BYTES;
  if (cacheEdge === 0) return { mc: Math.ceil(rows / mu) * mu, kc };
  const blocks = Math.floor(cacheEdge / (kc * blockBytes));
  return blocks > 0 ? { mc: blocks * mu, kc } : { mc: mu, kc: Math.max(1, Math.floor(cacheEdge / blockBytes)) };
}
