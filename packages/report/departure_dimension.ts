import { fromHereOn } from './_from_here_on.ts';
import { mean } from './_statistics.ts';
import type { MeasuredSummary, Summary } from './summarize.ts';

/**
 * The dimension at which a quantity leaves the course of n^2 that the matrices take: the first n from which on every
 * median differs by more than a part from a + b n^2, fitted by least squares to the undisturbed dimensions.
 *
 * @param summaries one environment's summaries of a count, or of bytes
 * @param course.fitBelow the fit takes the dimensions below this one
 * @param course.side whether to look `below` the course (a resident set that stops growing) or `above` it (faults that climb)
 * @param course.fraction the part; 0.05 when absent
 * @returns undefined when it keeps its course to the end, or fewer than three dimensions are there to fit
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { departureDimension } from '@paratune/report';
 *
 * const at = (n: number, median: number) => ({
 *   environment: 'uml-256', n, values: { count: 1, mean: median, minimum: median, maximum: median, median }, failures: [],
 * });
 * const residentMB = [at(1000, 63), at(2000, 132), at(3000, 246), at(3200, 250), at(4000, 248)];
 * assert.equal(departureDimension(residentMB, { fitBelow: 3100, side: 'below' }), 3200);
 * ```
 */
export function departureDimension(
  summaries: readonly Summary[],
  { fitBelow, side, fraction = 0.05 }: { fitBelow: number; side: 'below' | 'above'; fraction?: number },
): number | undefined {
  const measured = summaries.filter((summary): summary is MeasuredSummary => summary.values !== undefined);
  const quiet = measured.filter(({ n }) => n < fitBelow);
  if (quiet.length < 3) return undefined;
  const course = fitSquare(quiet.map(({ n, values }) => [n, values.median]));
  const sign = side === 'above' ? 1 : -1;
  return fromHereOn(measured, ({ n, values }) => sign * (values.median - course(n)) > fraction * course(n));
}

/** Least squares of y = a + b n^2. */
function fitSquare(points: [n: number, y: number][]): (n: number) => number {
  const squares = points.map(([n]) => n ** 2);
  const meanSquare = mean(squares);
  const meanY = mean(points.map(([, y]) => y));
  const covariance = mean(points.map(([n, y]) => (n ** 2 - meanSquare) * (y - meanY)));
  const variance = mean(squares.map((square) => (square - meanSquare) ** 2));
  const slope = variance === 0 ? 0 : covariance / variance;
  return (n) => meanY + slope * (n ** 2 - meanSquare);
}
