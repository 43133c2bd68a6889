import { fromHereOn } from './_from_here_on.ts';
import type { MeasuredSummary, Summary } from './summarize.ts';

/**
 * The dimension at which a quantity leaves the course it should take: the first n from which on every median is off that
 * course by more than a part of it.
 *
 * @param summaries one environment's summaries of a count, or of bytes
 * @param course what the quantity should be at n, such as {@link fitSquare} gives it
 * @param side whether to look `below` the course (a resident set that stops growing) or `above` it (faults that climb)
 * @param fraction the part; 0.05 when absent
 * @returns undefined when it keeps its course to the end
 * @throws {RangeError} when `fraction` is negative or NaN
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { departureDimension } from '@paratune/report';
 *
 * const at = (n: number, median: number) => ({
 *   environment: 'uml-256', n, values: { count: 1, mean: median, minimum: median, maximum: median, median }, failures: [],
 * });
 * const residentBytes = [at(1000, 64e6), at(3000, 256e6), at(3200, 262e6), at(4000, 260e6)];
 * assert.equal(departureDimension(residentBytes, (n) => 40e6 + 24 * n ** 2, 'below'), 3200);
 * ```
 */
export function departureDimension(
  summaries: readonly Summary[],
  course: (n: number) => number,
  side: 'below' | 'above',
  fraction = 0.05,
): number | undefined {
  if (!(fraction >= 0)) throw new RangeError(`'fraction' must be at least 0, got ${fraction}`);
  const measured = summaries.filter((summary): summary is MeasuredSummary => summary.values !== undefined);
  const sign = side === 'above' ? 1 : -1;
  return fromHereOn(measured, ({ n, values }) => sign * (values.median - course(n)) > fraction * course(n));
}
