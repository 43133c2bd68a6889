import { canonical } from './_canonical.ts';
import type { Record } from './record.ts';

/**
 * The canonical key of the observation a record belongs to: experiment, environment, factors (in any order), run and
 * repetition. All metrics of one run share a key, so a set of them says which planned observations a store already holds.
 * The status does not count: leave out the records (skipped, simulated) that should not stand for a measurement.
 *
 * @param record a record, or a planned one: only the five fields are read
 * @returns a string that is equal for equal observations and different for different ones
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { observationKey } from '@paratune/record';
 *
 * const planned = { experiment: 'dgemm-driver', environment: 'native', run: 0, repetition: 0 };
 * const done = new Set([observationKey({ ...planned, factors: { n: 100, order: 'row-major' } })]);
 * assert.ok(done.has(observationKey({ ...planned, factors: { order: 'row-major', n: 100 } })));
 * assert.ok(!done.has(observationKey({ ...planned, factors: { n: 200, order: 'row-major' } })));
 * ```
 */
export function observationKey(
  record: Pick<Record, 'experiment' | 'environment' | 'factors' | 'run' | 'repetition'>,
): string {
  const { experiment, environment, factors, run, repetition } = record;
  return canonical([experiment, environment, factors, run, repetition]);
}
