import { median } from './_statistics.ts';
import type { Summary } from './summarize.ts';

/** From this dimension on the paper finds the rate stable (Section 5.1: below, the run is too short to time). */
const plateauFrom = 700;

/**
 * The rate at which an environment works undisturbed: the median of the mean rates from n = 700 up to the threshold.
 *
 * @param summaries one environment's summaries of a rate
 * @param threshold the predicted dimension; all dimensions count when there is none
 * @returns in the unit of the summaries; undefined when nothing was measured there
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { plateauRate } from '@paratune/report';
 *
 * const at = (n: number, mean: number) => ({
 *   environment: 'native', n, values: { count: 1, mean, minimum: mean, maximum: mean, median: mean }, failures: [],
 * });
 * const summaries = [at(100, 1000), at(700, 4000), at(1000, 4200), at(3000, 4100), at(3500, 50)];
 * assert.equal(plateauRate(summaries, 3094), 4100);
 * ```
 */
export function plateauRate(summaries: readonly Summary[], threshold = Number.POSITIVE_INFINITY): number | undefined {
  const means = summaries.flatMap(({ n, values }) =>
    values && n >= plateauFrom && n < threshold ? [values.mean] : [],
  );
  return means.length === 0 ? undefined : median(means);
}
