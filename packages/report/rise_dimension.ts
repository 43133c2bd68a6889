import { fromHereOn } from './_from_here_on.ts';
import type { MeasuredSummary, Summary } from './summarize.ts';

/**
 * The dimension at which a count rises: the first n from which on every median exceeds that of the quietest dimension by
 * more than `above`. Medians, and from there on, so that one run with cold caches is not taken for the onset.
 *
 * @param summaries one environment's summaries of a count, or of bytes
 * @param above in the unit of the summaries
 * @returns undefined when it is quiet at the end
 * @throws {RangeError} when `above` is negative or NaN
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { riseDimension } from '@paratune/report';
 *
 * const at = (n: number, median: number) => ({
 *   environment: 'uml-256', n, values: { count: 1, mean: median, minimum: median, maximum: median, median }, failures: [],
 * });
 * assert.equal(riseDimension([at(100, 900), at(200, 3), at(3100, 9000), at(3200, 20_000)], 256), 3100);
 * ```
 */
export function riseDimension(summaries: readonly Summary[], above: number): number | undefined {
  if (!(above >= 0)) throw new RangeError(`'above' must be at least 0, got ${above}`);
  const measured = summaries.filter((summary): summary is MeasuredSummary => summary.values !== undefined);
  const quiet = Math.min(...measured.map(({ values }) => values.median));
  return fromHereOn(measured, ({ values }) => values.median > quiet + above);
}
