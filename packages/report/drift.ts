import jStat from 'jstat';
import { checkValues } from './_check_values.ts';
import { fences, groupBy, median } from './_statistics.ts';

/** What happens along the repetitions of one measurement. */
export interface Drift {
  /** Kendall's rank correlation of the values with their order, from -1 (they only fall) to 1 (they only rise). */
  tau: number;
  /** How probable such a correlation is of values without a trend (the test of Mann and Kendall). */
  p: number;
  /** The trend: median of the slopes of all pairs (Theil and Sen), from one repetition to the next, in the unit of the values. */
  slope: number;
  /** Whether there is a trend: p is below 0.01, and along all repetitions it makes more than 1 % of the median. */
  drifts: boolean;
  /** How many repetitions at the beginning, at most half of all, lie beyond Tukey's fences of the second half. */
  warmUp: number;
}

/** Fewer values have too few orders to tell a trend by. */
const fewest = 8;

/**
 * Looks for drift and for warm-up along repeated measurements, which are to vary about one value from the first to the last.
 *
 * @param values in the order in which they were measured, each finite
 * @returns undefined of fewer than eight values: too few to tell
 * @throws {TypeError} {RangeError} when it is not an array of finite numbers
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { drift } from '@paratune/report';
 *
 * assert.equal(drift([60, 78, 77, 78, 79, 77, 78, 78, 77, 79])?.warmUp, 1);
 * assert.equal(drift([78, 77, 76, 75, 74, 73, 72, 71])?.drifts, true);
 * ```
 */
export function drift(values: readonly number[]): Drift | undefined {
  checkValues(values, 'values', 0);
  const count = values.length;
  if (count < fewest) return undefined;
  let balance = 0;
  const slopes: number[] = [];
  for (const [i, earlier] of values.entries()) {
    for (let j = i + 1; j < count; j++) {
      balance += Math.sign(values[j]! - earlier);
      slopes.push((values[j]! - earlier) / (j - i));
    }
  }
  const groups = [...groupBy(values, (value) => value).values()].map(({ length }) => length);
  const pairs = (count * (count - 1)) / 2;
  const equal = groups.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  const weigh = (size: number) => size * (size - 1) * (2 * size + 5);
  const spread = (weigh(count) - groups.reduce((sum, size) => sum + weigh(size), 0)) / 18;
  const slope = median(slopes);
  const p = spread === 0 ? 1 : 2 * jStat.normal.cdf(-Math.abs(balance) / Math.sqrt(spread), 0, 1);
  return {
    tau: equal === pairs ? 0 : balance / Math.sqrt(pairs * (pairs - equal)),
    p,
    slope,
    drifts: p < 0.01 && Math.abs(slope * (count - 1)) > 0.01 * Math.abs(median(values)),
    warmUp: countWarmUp(values),
  };
}

function countWarmUp(values: readonly number[]): number {
  const half = Math.floor(values.length / 2);
  const { below, above } = fences(values.slice(half));
  const settled = values.slice(0, half).findIndex((value) => below <= value && value <= above);
  return settled === -1 ? half : settled;
}
