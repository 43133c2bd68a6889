import { checkValues } from './_check_values.ts';
import { fences, quantile, variance } from './_statistics.ts';
import { type MeanInterval, meanInterval } from './mean_interval.ts';

/** Repeated measurements in numbers. */
export interface SampleDescription extends MeanInterval {
  /** 0 of one value. */
  standardDeviation: number;
  minimum: number;
  lowerQuartile: number;
  median: number;
  upperQuartile: number;
  maximum: number;
  /** Values beyond 1.5 times the distance of the quartiles from them (Tukey's fences). They count in all the rest. */
  outliers: { index: number; value: number }[];
}

/**
 * Describes repeated measurements: mean with its 95 % confidence interval, median, quartiles, range, and which of them lie
 * far off. Nothing is left out: an outlier is named, and counts.
 *
 * @param values at least one, finite
 * @throws {TypeError} {RangeError} when it is not an array of finite numbers, or empty
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { describeSample } from '@paratune/report';
 *
 * const { median, outliers } = describeSample([10, 11, 10, 12, 11, 40]);
 * assert.equal(median, 11);
 * assert.deepEqual(outliers, [{ index: 5, value: 40 }]);
 * ```
 */
export function describeSample(values: readonly number[]): SampleDescription {
  checkValues(values, 'values');
  const [lowerQuartile, median, upperQuartile] = [0.25, 0.5, 0.75].map((q) => quantile(values, q)) as [
    number,
    number,
    number,
  ];
  const { below, above } = fences(values);
  return {
    ...meanInterval(values),
    standardDeviation: values.length === 1 ? 0 : Math.sqrt(variance(values)),
    minimum: Math.min(...values),
    lowerQuartile,
    median,
    upperQuartile,
    maximum: Math.max(...values),
    outliers: values.flatMap((value, index) => (value < below || value > above ? [{ index, value }] : [])),
  };
}
