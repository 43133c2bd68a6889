import { plural } from '../_format.ts';
import { mean, variance } from '../_statistics.ts';
import { type EquivalenceOptions, type EquivalenceTest, equivalence } from '../equivalence.ts';
import { holm } from '../holm.ts';
import { runsForEquivalence } from '../runs_for_equivalence.ts';
import { type ClaimFigure, figure, type Verdict } from './_claim.ts';

/** A sample, what it is compared with, and what both are of. */
export interface Pair {
  /** What is compared, where that is not said by the environments: "dgemm NN". */
  what?: string;
  environment: string;
  reference: string;
  values: readonly number[];
  others: readonly number[];
}

/** What the tests of a claim's pairs say, corrected for how many there are. */
export interface Judged {
  pair: Pair;
  verdict: Verdict;
  test: EquivalenceTest | undefined;
}

const verdicts = { equivalent: 'holds', different: 'does not hold', undecided: 'not enough data' } as const;

/**
 * Tests each pair for equivalence. That all are is found by each test as it is; that one is not, by p values corrected for
 * how many could have said so by chance.
 */
export function testPairs(pairs: readonly Pair[], options: EquivalenceOptions = {}): Judged[] {
  const tested = pairs.map((pair) => ({
    pair,
    test: pair.values.length < 2 || pair.others.length < 2 ? undefined : equivalence(pair.values, pair.others, options),
  }));
  const corrected = holm(tested.map(({ test }) => test?.pDifferent ?? 1));
  return tested.map(({ pair, test }, index) => {
    if (!test) return { pair, test, verdict: 'not enough data' };
    const refuted = test.verdict === 'different' && corrected[index]! > (options.alpha ?? 0.05);
    return { pair, test, verdict: refuted ? 'not enough data' : verdicts[test.verdict] };
  });
}

/** A figure for each pair: the ratio with its interval, and how many values would have been enough. */
export function equivalenceFigures(pairs: readonly Pair[], options: EquivalenceOptions = {}): ClaimFigure[] {
  return testPairs(pairs, options).map(({ pair, test, verdict }) => {
    const { what, environment, reference, values, others } = pair;
    const subject = what === undefined ? '' : `${what}: `;
    const counts = `${values.length} and ${plural(others.length, 'value')}`;
    const ratio = mean(values) / mean(others);
    if (!test) {
      const text = `${subject}${percent(ratio)} of ${reference}; ${counts} are too few to tell`;
      return figure(verdict, [environment, reference], text, { ratio });
    }
    const range = Number.isNaN(test.low) ? '' : ` (${percent(test.low)} to ${percent(test.high)})`;
    const wanted = verdict === 'not enough data' ? enough(values, others, options) : '';
    return figure(
      verdict,
      [environment, reference],
      `${subject}${percent(ratio)} of ${reference}${range}, ${counts}${wanted}`,
      { ratio, low: test.low, high: test.high, p: test.p, pDifferent: test.pDifferent, margin: test.margin },
    );
  });
}

/** How many values would have been enough, of such spread. */
function enough(values: readonly number[], others: readonly number[], { margin }: EquivalenceOptions): string {
  const spreads = [values, others].map((sample) => Math.sqrt(variance(sample)) / Math.abs(mean(sample)));
  const coefficientOfVariation = Math.max(...spreads);
  if (!Number.isFinite(coefficientOfVariation)) return '';
  const runs = runsForEquivalence({ coefficientOfVariation, ...(margin === undefined ? {} : { margin }) });
  if (runs !== undefined && runs <= Math.min(values.length, others.length)) return '; too close to the margin to tell';
  return `; ${runs === undefined ? 'more than 1,000' : runs} of each would tell`;
}

/** "98.4 %". */
export function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
