import { mean } from './_statistics.ts';
import type { Summary } from './summarize.ts';

/**
 * The course a + b n^2 that medians take undisturbed, as the pages of the driver's matrices do, by least squares.
 *
 * @param summaries one environment's summaries of a count, or of bytes
 * @param below the fit takes the dimensions below this one, such as the predicted threshold
 * @returns the fitted quantity at n; undefined when fewer than three dimensions are there to fit
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fitSquare } from '@paratune/report';
 *
 * const at = (n: number, median: number) => ({
 *   environment: 'native', n, values: { count: 1, mean: median, minimum: median, maximum: median, median }, failures: [],
 * });
 * const course = fitSquare([at(1, 12), at(2, 18), at(3, 28), at(4, 1000)], 4);
 * assert.equal(course?.(10).toFixed(6), '210.000000');
 * ```
 */
export function fitSquare(summaries: readonly Summary[], below: number): ((n: number) => number) | undefined {
  const points = summaries.flatMap(({ n, values }) =>
    values && n < below ? [{ square: n ** 2, y: values.median }] : [],
  );
  if (new Set(points.map(({ square }) => square)).size < 3) return undefined;
  const meanSquare = mean(points.map(({ square }) => square));
  const meanY = mean(points.map(({ y }) => y));
  const covariance = mean(points.map(({ square, y }) => (square - meanSquare) * (y - meanY)));
  const slope = covariance / mean(points.map(({ square }) => (square - meanSquare) ** 2));
  return (n) => meanY + slope * (n ** 2 - meanSquare);
}
