import type { Guest } from '@paratune/guest';
import { runDriverAtOnce } from './_run_driver.ts';
import type { DriverResult } from './driver_result.ts';

/** What one run of the driver multiplies. */
export interface DriverOptions {
  /** The matrix dimension. */
  n: number;
  /** Factor of the product; 1 when absent. */
  alpha?: number | undefined;
  /** Factor of the old C; 1 when absent. */
  beta?: number | undefined;
  /** Where the random numbers start, from 0 to 2^32 - 1; 0 when absent. */
  seed?: number | undefined;
  /** The run is killed after so many milliseconds; by default thirty seconds and eight times what is expected. */
  timeoutMs?: number | undefined;
}

/** What came of one run: what it measured, or the reason why it died or was wrong. */
export type DriverRun = { status: 'measured'; result: DriverResult } | { status: 'failed'; reason: string };

/**
 * Runs the paper's driver once, in a process of its own in an environment: allocates A, B and C, fills them with random
 * numbers one after another, times one dgemm, reads the memory figures, checks entries of the result.
 *
 * @param guest a started environment
 * @param options what to multiply
 * @returns what was measured; or why there is nothing: out of memory, killed, timed out, a wrong result
 * @throws {TypeError} {RangeError} when an option is not what it must be
 * @throws {GuestError} when the environment itself dies
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { runDriver } from '@paratune/dgemm-driver';
 * import { start } from '@paratune/guest';
 *
 * const guest = await start({ kind: 'native' });
 * const run = await runDriver(guest, { n: 64 });
 * await guest.stop();
 * assert.ok(run.status === 'measured' && run.result.checkError <= 1);
 * ```
 */
export function runDriver(guest: Guest, options: DriverOptions): Promise<DriverRun> {
  return runDriverAtOnce(guest, options, undefined);
}
