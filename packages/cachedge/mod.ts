/**
 * CacheEdge, the third phase of ATLAS's tuning: how much of A to keep in the level 2 cache, found by timing.
 *
 * @module
 */
export { type CacheEdgeContext, cacheEdgeRecords, experiment, selectionRecords } from './cache_edge_records.ts';
export { type CacheEdgeSearch, cacheEdgeSearchSchema } from './cache_edge_search.ts';
export { type CacheEdgeRange, cacheEdges } from './cache_edges.ts';
export { type Candidate, chooseCacheEdge } from './choose_cache_edge.ts';
export { type EdgeBlocking, edgeBlocking } from './edge_blocking.ts';
export { saveCacheEdge } from './save_cache_edge.ts';
export { type SearchOptions, type SearchProgress, searchCacheEdge } from './search_cache_edge.ts';
