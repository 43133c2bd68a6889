import jStat from 'jstat';
import { mean, variance } from './_statistics.ts';

/** A mean and how well it is known. */
export interface MeanInterval {
  /** How many values it is of. */
  count: number;
  mean: number;
  /** Where the interval begins and ends; both are the mean when there is one value only, which says nothing of its error. */
  low: number;
  high: number;
}

/**
 * The mean of repeated measurements with its confidence interval, by Student's t distribution: what the error bars of the
 * paper's Figures 2 to 7 are.
 *
 * @param values at least one
 * @param confidence the part of such intervals that hold the true mean, between 0 and 1; the paper's 95 % when absent
 * @throws {RangeError} when there is no value, or `confidence` is not between 0 and 1
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { meanInterval } from '@paratune/report';
 *
 * const { mean, low, high } = meanInterval([9, 10, 11]);
 * assert.equal(mean, 10);
 * assert.equal((high - low).toFixed(3), '4.968'); // 2 * 4.303 * 1 / sqrt(3)
 * ```
 */
export function meanInterval(values: readonly number[], confidence = 0.95): MeanInterval {
  const count = values.length;
  if (count === 0) throw new RangeError(`'values' must hold at least one value`);
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`'confidence' must be between 0 and 1, got ${confidence}`);
  }
  const centre = mean(values);
  if (count === 1) return { count, mean: centre, low: centre, high: centre };
  const margin = jStat.studentt.inv((1 + confidence) / 2, count - 1) * Math.sqrt(variance(values) / count);
  return { count, mean: centre, low: centre - margin, high: centre + margin };
}
