import { median } from './_median.ts';

/** An edge, 0 or bytes, and the rate of a multiplication with it in each repetition. */
export interface Candidate {
  readonly cacheEdge: number;
  readonly mflops: readonly number[];
}

/** Rates of one code in two measurements on a quiet machine differ by about this much. */
const TIE = 0.005;

/**
 * The selection rule. The rate of an edge is the median of its repetitions, which a few disturbed ones do not move. Edges
 * within 0.5 % of the highest rate are equal to it: of them blocking for the level 1 cache only wins (0), since it was there before, and
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
 *   { cacheEdge: 524_288, mflops: [80_100, 80_000, 80_000] },
 * ]);
 * assert.equal(chosen, 262_144);
 * ```
 */
export function chooseCacheEdge(candidates: readonly Candidate[]): number {
  const rated = candidates.map(({ cacheEdge, mflops }) => ({ cacheEdge, rate: median(mflops) }));
  const best = Math.max(...rated.map(({ rate }) => rate));
  return Math.min(...rated.filter(({ rate }) => rate >= best * (1 - TIE)).map(({ cacheEdge }) => cacheEdge));
}
