import { saveTuning } from '@paratune/blas';
import { tuningHere } from './_tuning_here.ts';
import type { CacheEdgeSearch } from './cache_edge_search.ts';

/**
 * Makes the edge that a search chose a part of this machine's tuning, which `dgemm` of every program of this user then blocks by.
 *
 * It goes into the tuning that the library uses here by itself: the one that was saved (`paratune-tune`), or else its own.
 *
 * @param search made here, with the tuning as it still is
 * @param path where to; by default where programs pick it up by themselves
 * @returns the path
 * @throws {RangeError} when the search was made with a kernel of another register block
 * @throws {TuningError} (of `@paratune/blas`) when the file cannot be written
 * @throws {UnsupportedError} (of `@paratune/native`) where there is no machine code
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempSync, rmSync } from 'node:fs';
 * import { readTuning } from '@paratune/blas';
 * import { saveCacheEdge, searchCacheEdge } from '@paratune/cachedge';
 *
 * const folder = mkdtempSync('/tmp/cachedge-');
 * const search = searchCacheEdge({ n: 200, repetitions: 1, edges: [65536, 131072] });
 * const { cacheEdge, dgemm } = readTuning(saveCacheEdge(search, `${folder}/tuning.json`));
 * assert.equal(cacheEdge, search.cacheEdge);
 * assert.ok(dgemm.mc * dgemm.kc * 8 <= cacheEdge);
 * rmSync(folder, { recursive: true });
 * ```
 */
export function saveCacheEdge({ cacheEdge, candidates }: CacheEdgeSearch, path?: string): string {
  const tuning = tuningHere();
  const { mc, kc } = candidates.find((candidate) => candidate.cacheEdge === cacheEdge)!;
  return saveTuning({ ...tuning, time: new Date().toISOString(), cacheEdge, dgemm: { ...tuning.dgemm, mc, kc } }, path);
}
