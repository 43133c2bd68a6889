import jStat from 'jstat';
import { checkPart } from './_check_values.ts';

/** What {@link equivalencePower} is of. */
export interface PowerOptions {
  /** Standard deviation of the values over their mean: of both samples. */
  coefficientOfVariation: number;
  /** The margin of the test; 0.05 when absent. */
  margin?: number;
  /** How often the test may say that means are equivalent which are not; 0.05 when absent. */
  alpha?: number;
}

/**
 * Whether there are enough runs: the chance that {@link equivalence} finds two means equivalent which are the same, of two
 * samples of `count` values. By the central t distribution shifted, which is a little below the exact chance.
 *
 * @param count values of each sample, at least 2
 * @param options how much values vary, and what the test asks
 * @returns from 0 to 1; below 0.8 is usually taken for too few
 * @throws {RangeError} when `count` is not a whole number of at least 2, the coefficient negative, or `margin` or `alpha` not
 *   between 0 and 1
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { equivalencePower } from '@paratune/report';
 *
 * assert.ok(equivalencePower(20, { coefficientOfVariation: 0.02 }) > 0.99);
 * assert.ok(equivalencePower(3, { coefficientOfVariation: 0.05 }) < 0.1);
 * ```
 */
export function equivalencePower(count: number, options: PowerOptions): number {
  const { coefficientOfVariation, margin = 0.05, alpha = 0.05 } = options;
  if (!(Number.isSafeInteger(count) && count >= 2)) {
    throw new RangeError(`'count' must be a whole number of at least 2, got ${count}`);
  }
  if (!(coefficientOfVariation >= 0)) {
    throw new RangeError(`'coefficientOfVariation' must be at least 0, got ${coefficientOfVariation}`);
  }
  checkPart(margin, 'margin');
  checkPart(alpha, 'alpha');
  if (coefficientOfVariation === 0) return 1;
  const freedom = 2 * count - 2;
  const reach = margin / (coefficientOfVariation * Math.sqrt(2 / count)) - jStat.studentt.inv(1 - alpha, freedom);
  return Math.max(0, 2 * jStat.studentt.cdf(reach, freedom) - 1);
}
