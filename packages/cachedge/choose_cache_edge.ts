/** An edge, 0 or bytes, and the rate of a multiplication with it in each repetition. */
export interface Candidate {
  readonly cacheEdge: number;
  readonly mflops: readonly number[];
}

/** The highest of a few rates of one code differs by about this much from one time to another. */
const TIE = 0.01;

/**
 * The selection rule. The rate of an edge is the highest of its repetitions: what disturbs a machine that others use as well makes
 * a multiplication slower and never faster, and may last for longer than half of them. Edges within 1 % of the highest rate are equal to it: of them blocking for the level 1 cache only wins (0), since it was there before, and
 * otherwise the smallest edge, since it leaves most of the cache to others.
 *
 * @param candidates the edges, at least one, with at least one rate each
 * @returns the edge chosen
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { chooseCacheEdge } from '@paratune/cachedge';
 *
 * const chosen = chooseCacheEdge([
 *   { cacheEdge: 0, mflops: [60_100, 60_000, 59_900] },
 *   { cacheEdge: 262_144, mflops: [79_900, 40_000, 79_800] },
 *   { cacheEdge: 524_288, mflops: [80_100, 60_000, 50_000] },
 * ]);
 * assert.equal(chosen, 262_144);
 * ```
 */
export function chooseCacheEdge(candidates: readonly Candidate[]): number {
  const rated = candidates.map(({ cacheEdge, mflops }) => ({ cacheEdge, rate: Math.max(...mflops) }));
  const best = Math.max(...rated.map(({ rate }) => rate));
  return Math.min(...rated.filter(({ rate }) => rate >= best * (1 - TIE)).map(({ cacheEdge }) => cacheEdge));
}
