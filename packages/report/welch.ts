import jStat from 'jstat';
import { checkPart, checkValues } from './_check_values.ts';
import { mean, variance } from './_statistics.ts';

/** What Welch's t-test says of two means. */
export interface WelchTest {
  /** Mean of the one less that of the other. */
  difference: number;
  /** The confidence interval of the difference. */
  low: number;
  high: number;
  /** t: infinite where neither sample varies and the means differ. */
  statistic: number;
  /** Of Welch and Satterthwaite. */
  degreesOfFreedom: number;
  /** How probable so great a difference, to either side, is of equal means. */
  p: number;
  /** The same to one side: small where the one's mean is the greater, or the less. */
  pGreater: number;
  pLess: number;
}

/**
 * Welch's t-test: whether two means differ, of samples that need not vary alike. A great `p` does not say that they are the
 * same: ask {@link equivalence} for that.
 *
 * @param values at least two
 * @param others at least two
 * @param confidence that the interval is to have, between 0 and 1; 0.95 when absent
 * @throws {TypeError} {RangeError} when a sample holds fewer than two values or one that is not finite, or `confidence` is
 *   not between 0 and 1
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { welch } from '@paratune/report';
 *
 * const { difference, p } = welch([78, 77, 78, 79], [70, 72, 71, 70]);
 * assert.equal(difference, 7.25);
 * assert.ok(p < 0.001);
 * ```
 */
export function welch(values: readonly number[], others: readonly number[], confidence = 0.95): WelchTest {
  checkValues(values, 'values', 2);
  checkValues(others, 'others', 2);
  checkPart(confidence, 'confidence');
  const [own, other] = [values, others].map((sample) => variance(sample) / sample.length) as [number, number];
  const difference = mean(values) - mean(others);
  const error = Math.sqrt(own + other);
  const degreesOfFreedom =
    error === 0
      ? values.length + others.length - 2
      : (own + other) ** 2 / (own ** 2 / (values.length - 1) + other ** 2 / (others.length - 1));
  const statistic = difference === 0 ? 0 : difference / error;
  const below = part(statistic, degreesOfFreedom);
  const margin = error === 0 ? 0 : error * jStat.studentt.inv((1 + confidence) / 2, degreesOfFreedom);
  return {
    difference,
    low: difference - margin,
    high: difference + margin,
    statistic,
    degreesOfFreedom,
    p: Math.min(1, 2 * part(-Math.abs(statistic), degreesOfFreedom)),
    pGreater: part(-statistic, degreesOfFreedom),
    pLess: below,
  };
}

/** The part of the t distribution below a value. */
function part(value: number, degreesOfFreedom: number): number {
  if (value === 0) return 0.5;
  if (!Number.isFinite(value)) return value > 0 ? 1 : 0;
  return jStat.studentt.cdf(value, degreesOfFreedom);
}
