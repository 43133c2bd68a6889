import type { Record as Observation } from '@paratune/record';
import type { CacheEdgeSearch } from './cache_edge_search.ts';

/** The experiment's name in every record of this package. */
export const experiment = 'cachedge';

/** What the records of a search need beside it. */
export interface CacheEdgeContext {
  /** The environment's name. */
  environment: string;
  /** Which run of the search in this environment. */
  run: number;
  /** Id of the identity of code and machine. */
  identity: string;
}

/**
 * The records of a search: the rate of each edge in each repetition. Figure 3 is made of those whose `cacheEdge` is 0, Figure 4
 * of all.
 *
 * @param search what was measured
 * @param context where
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { cacheEdgeRecords, experiment } from '@paratune/cachedge';
 *
 * const search = {
 *   version: 1 as const,
 *   time: '2026-01-31T12:00:00.000Z',
 *   n: 500,
 *   kernel: 'dgemm_avx512_24x8',
 *   cacheEdge: 0,
 *   candidates: [{ cacheEdge: 0, mc: 504, kc: 384, mflops: [70_000, 71_000] }],
 * };
 * const [, second] = cacheEdgeRecords(search, { environment: 'native', run: 0, identity: '0123456789abcdef' });
 * assert.equal(second?.experiment, experiment);
 * assert.deepEqual(second.factors, { n: 500, cacheEdge: 0 });
 * assert.ok(second.status === 'measured' && second.repetition === 1 && second.value === 71_000);
 * ```
 */
export function cacheEdgeRecords(search: CacheEdgeSearch, context: CacheEdgeContext): Observation[] {
  return search.candidates.flatMap(({ cacheEdge, mflops }) =>
    mflops.map((value, repetition) => ({
      ...common(search, context),
      factors: { n: search.n, cacheEdge },
      metric: 'mflops',
      unit: 'Mflops',
      repetition,
      value,
    })),
  );
}

/**
 * The records of selections, each from timings of its own: the edge that each chose. Figure 5 and Table 4 are made of them.
 *
 * @param searches one for each selection
 * @param context where; `run` is the number of the first selection
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { searchCacheEdge, selectionRecords } from '@paratune/cachedge';
 *
 * const search = () => searchCacheEdge({ n: 100, repetitions: 1, edges: [0, 32768] });
 * const context = { environment: 'native', run: 0, identity: '0123456789abcdef' };
 * const records = selectionRecords([search(), search()], context);
 * assert.deepEqual(records.map(({ run, metric }) => [run, metric]), [[0, 'cacheEdgeBytes'], [1, 'cacheEdgeBytes']]);
 * ```
 */
export function selectionRecords(searches: readonly CacheEdgeSearch[], context: CacheEdgeContext): Observation[] {
  return searches.map((search, selection) => ({
    ...common(search, context),
    factors: { n: search.n },
    metric: 'cacheEdgeBytes',
    unit: 'bytes',
    run: context.run + selection,
    repetition: 0,
    value: search.cacheEdge,
  }));
}

function common({ time }: CacheEdgeSearch, { environment, run, identity }: CacheEdgeContext) {
  return { version: 1 as const, experiment, environment, run, time, identity, status: 'measured' as const };
}
