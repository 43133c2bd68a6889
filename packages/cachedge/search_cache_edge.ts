import { configure, dgemm, info } from '@paratune/blas';
import { allocate, free, timestampCounter, timestampFrequency } from '@paratune/native';
import { checkWhole } from './_check.ts';
import { tuningHere } from './_tuning_here.ts';
import type { CacheEdgeSearch } from './cache_edge_search.ts';
import { cacheEdges } from './cache_edges.ts';
import { chooseCacheEdge } from './choose_cache_edge.ts';
import { edgeBlocking } from './edge_blocking.ts';

/** How far a search is. */
export interface SearchProgress {
  /** Turns through all edges that are done, and that there are. */
  done: number;
  total: number;
}

/** What a search tries. */
export interface SearchOptions {
  /** Dimension of the matrices; 2500 when absent, as in the paper. */
  n?: number | undefined;
  /** Times that each edge is timed; 20 when absent, as in the paper. */
  repetitions?: number | undefined;
  /** The edges, in bytes, 0 being blocking for the level 1 cache only; those of {@linkcode cacheEdges} when absent. */
  edges?: readonly number[] | undefined;
  /** Called after each turn through all edges. */
  onProgress?: ((progress: SearchProgress) => void) | undefined;
}

/** Three matrices of this dimension are 48 GB; the address space of a typed array ends before. */
const MOST_DIMENSION = 20_000;

/** Operations that are timed at once, some milliseconds: beside them the clock is nothing. */
const LEAST_OPERATIONS = 2e8;

/** An edge and the configuration that it comes to. */
interface Entrant {
  readonly cacheEdge: number;
  readonly mc: number;
  readonly kc: number;
  readonly mflops: number[];
}

/**
 * Finds the CacheEdge of this machine: the rate of an n x n dgemm, one thread, for each edge, and the edge that
 * {@linkcode chooseCacheEdge} picks.
 *
 * Each repetition goes through all edges, once up and once down in turn, so that a machine that grows slower or faster
 * favours none. Edges whose block would hold all rows of A are left out, since they are what 0 is. The kernel is the one that
 * `@paratune/blas` uses here by itself, tuned or not; it is configured in this thread, and left with its tuning `'auto'` and all threads.
 *
 * @param options what to try
 * @throws {TypeError} {RangeError} when an option is not what it must be
 * @throws {UnsupportedError} (of `@paratune/native`) where there is no machine code, whose blocks have no sizes to choose
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { searchCacheEdge } from '@paratune/cachedge';
 *
 * const { cacheEdge, candidates } = searchCacheEdge({ n: 200, repetitions: 2, edges: [0, 65536, 262144] });
 * assert.ok(candidates.some((candidate) => candidate.cacheEdge === cacheEdge));
 * ```
 */
export function searchCacheEdge(options: SearchOptions = {}): CacheEdgeSearch {
  const { n = 2500, repetitions = 20, edges = cacheEdges(), onProgress } = options;
  checkWhole(n, 'n', 1, MOST_DIMENSION);
  checkWhole(repetitions, 'repetitions', 1, 10_000);
  if (!Array.isArray(edges)) throw new TypeError(`'edges' must be an array of bytes, got ${String(edges)}`);
  for (const [index, edge] of edges.entries()) checkWhole(edge, `edges[${index}]`, 0, 2 ** 40);
  if (edges.length === 0) throw new RangeError("'edges' must name at least one edge, got none");
  const time = new Date().toISOString();
  try {
    const tuning = tuningHere();
    configure({ threads: 1 });
    const { kernel } = info();
    const { mu } = tuning.dgemm;
    const entrants = [...new Set(edges)].flatMap((cacheEdge): Entrant[] => {
      const blocking = edgeBlocking(cacheEdge, { rows: n, mu, kc: tuning.dgemm.kc });
      return cacheEdge > 0 && blocking.mc >= n ? [] : [{ cacheEdge, ...blocking, mflops: [] }];
    });
    if (entrants.length === 0) throw new RangeError(`'edges' must have one below the ${n} rows of A, got ${edges}`);
    const multiply = multiplication(n);
    const turn = (order: readonly Entrant[], measured: (entrant: Entrant, mflops: number) => void) => {
      for (const entrant of order) {
        const { mc, kc } = entrant;
        configure({ tuning: { ...tuning, dgemm: { ...tuning.dgemm, mc, kc } } });
        measured(entrant, multiply());
      }
    };
    // The largest block first, whose buffers serve the others too.
    turn(
      [...entrants].sort((a, b) => b.mc * b.kc - a.mc * a.kc),
      () => {},
    );
    for (let repetition = 0; repetition < repetitions; repetition++) {
      turn(repetition % 2 === 0 ? entrants : [...entrants].reverse(), ({ mflops }, rate) => mflops.push(rate));
      onProgress?.({ done: repetition + 1, total: repetitions });
    }
    multiply.free();
    return { version: 1, time, n, kernel, cacheEdge: chooseCacheEdge(entrants), candidates: entrants };
  } finally {
    configure({ tuning: 'auto', threads: 'all' });
  }
}

/** A function that multiplies, with whatever tuning is set, and returns the rate in Mflops. */
function multiplication(n: number): (() => number) & { free(): void } {
  const [a, b, c] = [0.5, -0.25, 0].map((value) => allocate(Float64Array, n * n).fill(value)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const operations = 2 * n ** 3;
  const calls = Math.ceil(LEAST_OPERATIONS / operations);
  const frequency = timestampFrequency();
  const multiply = () => {
    // The time-stamp counter: in a guest of user-mode Linux every other clock is a system call.
    const start = timestampCounter();
    for (let call = 0; call < calls; call++) {
      dgemm('column-major', 'no-transpose', 'no-transpose', n, n, n, 1, a, n, b, n, 0, c, n);
    }
    return (calls * operations * frequency) / (timestampCounter() - start) / 1e6;
  };
  return Object.assign(multiply, {
    free() {
      for (const matrix of [a, b, c]) free(matrix);
    },
  });
}
