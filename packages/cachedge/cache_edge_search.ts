import * as v from 'valibot';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const count = v.pipe(whole, v.minValue(1));
const rate = v.pipe(v.number(), v.finite(), v.gtValue(0));

/**
 * What a search over CacheEdge measured and chose: the schema, and the one definition of {@linkcode CacheEdgeSearch}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { cacheEdgeSearchSchema } from '@paratune/cachedge';
 *
 * assert.ok('cacheEdge' in cacheEdgeSearchSchema.entries);
 * ```
 */
export const cacheEdgeSearchSchema = v.strictObject({
  version: v.literal(1),
  /** When it began. */
  time: v.pipe(v.string(), v.isoTimestamp()),
  /** The dimension of the matrices. */
  n: count,
  /** The kernel that multiplied, such as `dgemm_avx512_24x8`. */
  kernel: v.string(),
  /** The edge chosen, in bytes; 0 when blocking for the level 1 cache only was best. */
  cacheEdge: whole,
  /** What was tried: each edge, the block of A that it stands for, and the rate in each repetition. */
  candidates: v.pipe(
    v.array(v.strictObject({ cacheEdge: whole, mc: count, kc: count, mflops: v.pipe(v.array(rate), v.minLength(1)) })),
    v.minLength(1),
  ),
});

/** What a search over CacheEdge measured and chose. */
export type CacheEdgeSearch = v.InferOutput<typeof cacheEdgeSearchSchema>;
