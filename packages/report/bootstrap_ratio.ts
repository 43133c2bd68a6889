import { checkPart, checkValues } from './_check_values.ts';
import { generator } from './_random.ts';
import { mean, median, quantile } from './_statistics.ts';

/** How {@link bootstrapRatio} is made. */
export interface BootstrapOptions {
  /** Of which the ratio is; `mean` when absent. */
  of?: 'mean' | 'median';
  /** How often samples are drawn; 2000 when absent. */
  resamples?: number;
  /** That the interval is to have; 0.95 when absent. */
  confidence?: number;
  /** Where the random numbers start: equal seeds give equal intervals. 1 when absent. */
  seed?: number;
}

/**
 * The ratio of two means (or medians) with its bootstrap interval: samples are drawn from the values again and again, and the
 * interval is where the middle of their ratios lies (percentiles). It supposes nothing of how the values are distributed.
 *
 * @param values at least one; the interval of one value each has no width, and says nothing
 * @param reference at least one, of a mean (median) other than zero
 * @param options how it is made
 * @throws {TypeError} {RangeError} when a sample is empty or holds a value that is not finite, `resamples` is not a whole
 *   number of at least 1, or `confidence` not between 0 and 1
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { bootstrapRatio } from '@paratune/report';
 *
 * const { ratio, low, high } = bootstrapRatio([20, 21, 19, 20], [10, 10.2, 9.8, 10]);
 * assert.equal(ratio, 2);
 * assert.ok(1.9 < low && low < 2 && 2 < high && high < 2.1);
 * ```
 */
export function bootstrapRatio(
  values: readonly number[],
  reference: readonly number[],
  { of = 'mean', resamples = 2000, confidence = 0.95, seed = 1 }: BootstrapOptions = {},
): { ratio: number; low: number; high: number } {
  checkValues(values, 'values');
  checkValues(reference, 'reference');
  checkPart(confidence, 'confidence');
  if (!(Number.isSafeInteger(resamples) && resamples >= 1)) {
    throw new RangeError(`'resamples' must be a whole number of at least 1, got ${resamples}`);
  }
  const middle = of === 'median' ? median : mean;
  const random = generator(seed);
  const draw = (sample: readonly number[]) => middle(sample.map(() => sample[Math.floor(random() * sample.length)]!));
  const ratios = Array.from({ length: resamples }, () => draw(values) / draw(reference)).sort((a, b) => a - b);
  return {
    ratio: middle(values) / middle(reference),
    low: quantile(ratios, (1 - confidence) / 2),
    high: quantile(ratios, (1 + confidence) / 2),
  };
}
