import { defaultTuning } from '@paratune/blas';

/** What the search must know of a machine: where to begin, and what cannot fit. `paratune-probe` measures it. */
export interface MachineFacts {
  readonly l1DataBytes: number;
  readonly l2Bytes: number;
  readonly lastLevelBytes: number;
  /** Cycles from a multiply-add, or an addition where there is none, to the use of its result. */
  readonly latencyCycles: number;
}

/**
 * What is taken for granted of a machine that was not probed: caches as the library knows them, and the latency that
 * multiply-adds have had for a decade (4 cycles, on processors of both makers).
 *
 * @example
 * ```ts
 * import { defaultMachineFacts } from '@paratune/tune';
 * import { info } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * if (info().backend === 'x64') assert.ok(defaultMachineFacts().l1DataBytes >= 16384);
 * ```
 */
export function defaultMachineFacts(): MachineFacts {
  return { ...defaultTuning().caches, latencyCycles: 4 };
}
