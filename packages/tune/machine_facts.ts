import type { Tuning } from '@paratune/blas';
import type { Machine } from '@paratune/probe';

/** What the search must know of a machine: where to begin, and what cannot fit. */
export interface MachineFacts {
  readonly caches: Tuning['caches'];
  /** Cycles from a multiply-add, or an addition where there is none, to the use of its result. */
  readonly latencyCycles: number;
}

/** What multiply-adds have taken for a decade, on processors of both makers. */
const LATENCY_CYCLES = 4;

/**
 * What a search takes from a machine that was probed; what the probe could not tell, and everything of one that was not probed, is what the library
 * takes for granted.
 *
 * @param known The caches that the library has for this machine, `defaultTuning().caches` of `@paratune/blas`.
 * @param machine What `probe` of `@paratune/probe` found.
 * @example
 * ```ts
 * import { machineFacts } from '@paratune/tune';
 * import assert from 'node:assert/strict';
 *
 * const caches = { l1DataBytes: 49152, l2Bytes: 2 ** 20, lastLevelBytes: 2 ** 25 };
 * assert.deepEqual(machineFacts(caches), { caches, latencyCycles: 4 });
 * ```
 */
export function machineFacts(known: Tuning['caches'], machine?: Machine): MachineFacts {
  if (machine === undefined) return { caches: known, latencyCycles: LATENCY_CYCLES };
  const { l1DataBytes, l2Bytes, lastLevelBytes, fmaCycles, addCycles } = machine;
  const l2 = l2Bytes.value ?? known.l2Bytes;
  return {
    caches: {
      l1DataBytes: l1DataBytes.value ?? known.l1DataBytes,
      l2Bytes: l2,
      lastLevelBytes: Math.max(l2, lastLevelBytes.value ?? known.lastLevelBytes),
    },
    latencyCycles: fmaCycles.value ?? addCycles.value ?? LATENCY_CYCLES,
  };
}
