import { checkPart, checkValues } from './_check_values.ts';
import { mean } from './_statistics.ts';
import { welch } from './welch.ts';

/** What {@link equivalence} is asked. */
export interface EquivalenceOptions {
  /** How much of the reference's mean the other may be off by: 0.05 when absent. */
  margin?: number;
  /** How much it may be off by at least, in the unit of the values; 0 when absent. For counts that are near nothing. */
  floor?: number;
  /** How often such a test may say that means are equivalent which are not; 0.05 when absent. */
  alpha?: number;
}

/** What two one-sided tests say of two means. */
export interface EquivalenceTest {
  /**
   * `equivalent`: the means are no further apart than the margin; `different`: they are further apart; `undecided`: there
   * are too few values, or they vary too much, to say either.
   */
  verdict: 'equivalent' | 'different' | 'undecided';
  /** Mean over the reference's mean, and the interval of it (of 1 - 2 alpha) that lies within the margins where they are equivalent. */
  ratio: number;
  low: number;
  high: number;
  /** The greater p of the two tests that the mean is above the lower margin and below the upper one. */
  p: number;
  /** The p of the test that the mean lies beyond one of the margins. */
  pDifferent: number;
  margin: number;
}

/**
 * Two one-sided tests of equivalence (TOST): whether the mean of a sample is within a margin of that of a reference. Each is
 * Welch's t-test against the reference times 1 - margin and 1 + margin, so that what is not known of the reference counts too
 * (Sasabuchi's test of a ratio of means, for samples that need not vary alike).
 *
 * A test that finds no difference is no evidence that there is none: this one is.
 *
 * @param values at least two
 * @param reference at least two
 * @param options the margin, and how sure it has to be
 * @throws {TypeError} {RangeError} when a sample holds fewer than two values or one that is not finite, `margin` or `alpha` is
 *   not between 0 and 1, or `floor` is negative
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { equivalence } from '@paratune/report';
 *
 * const native = [78.1, 77.9, 78.4, 77.8, 78.2];
 * assert.equal(equivalence([77.6, 77.9, 77.5, 78.0, 77.7], native).verdict, 'equivalent');
 * assert.equal(equivalence([70.1, 70.3, 69.9, 70.2, 70.0], native).verdict, 'different');
 * assert.equal(equivalence([60, 90], native).verdict, 'undecided');
 * ```
 */
export function equivalence(
  values: readonly number[],
  reference: readonly number[],
  { margin = 0.05, floor = 0, alpha = 0.05 }: EquivalenceOptions = {},
): EquivalenceTest {
  checkValues(values, 'values', 2);
  checkValues(reference, 'reference', 2);
  checkPart(margin, 'margin');
  checkPart(alpha, 'alpha');
  if (!(floor >= 0)) throw new RangeError(`'floor' must be at least 0, got ${floor}`);
  const centre = mean(reference);
  const [below, above] = [-1, 1].map((side) =>
    margin * Math.abs(centre) < floor
      ? reference.map((value) => value + side * floor)
      : reference.map((value) => value * (1 + side * Math.sign(centre) * margin)),
  ) as [number[], number[]];
  const [lower, upper] = [welch(values, below), welch(values, above)];
  const p = Math.max(lower.pGreater, upper.pLess);
  const pDifferent = Math.min(1, 2 * Math.min(lower.pLess, upper.pGreater));
  return {
    verdict: p <= alpha ? 'equivalent' : pDifferent <= alpha ? 'different' : 'undecided',
    ratio: mean(values) / centre,
    ...ratioInterval(values, reference, alpha),
    p,
    pDifferent,
    margin,
  };
}

/** The ratios that the one-sided tests do not rule out; unknown (NaN) for a reference about zero. */
function ratioInterval(
  values: readonly number[],
  reference: readonly number[],
  alpha: number,
): { low: number; high: number } {
  const ratio = mean(values) / mean(reference);
  if (!(mean(reference) > 0 && ratio > 0)) return { low: Number.NaN, high: Number.NaN };
  const ruledOut = (part: number, side: 'pGreater' | 'pLess') =>
    welch(
      values,
      reference.map((value) => value * part),
    )[side] <= alpha;
  const bound = (side: 'pGreater' | 'pLess', far: number) => {
    let [inside, outside] = [ratio, far];
    if (!ruledOut(outside, side)) return far;
    for (let step = 0; step < 40; step++) {
      const middle = (inside + outside) / 2;
      if (ruledOut(middle, side)) outside = middle;
      else inside = middle;
    }
    return inside;
  };
  return { low: bound('pGreater', 0), high: bound('pLess', 10 * ratio) };
}
