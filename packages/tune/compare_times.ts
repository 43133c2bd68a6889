/** The times of one pair: the same work done by the incumbent and by the challenger, in seconds, one after the other, for each size of it. */
export interface PairOfTimes {
  readonly incumbent: readonly number[];
  readonly challenger: readonly number[];
}

/** What pairs of times say about a challenger. */
export interface Verdict {
  /** Whether it takes the incumbent's place, keeps to be timed, or is dropped. */
  readonly verdict: 'wins' | 'undecided' | 'loses';
  /** How many times as fast as the incumbent it is: the median over pairs. */
  readonly ratio: number;
  /** In a few words, for the log. */
  readonly why: string;
}

/** A gain below this is not worth a change, and no longer told from how code happens to lie in memory. */
const LEAST_GAIN = 0.005;

/** How much slower it may be at one of the sizes. */
const MOST_LOSS = 0.01;

/** After so many pairs it is looked at, and wins if it was faster in so many of them: the sign test at 2 %. */
const LOOKS: readonly (readonly [pairs: number, faster: number])[] = [
  [6, 6],
  [12, 10],
  [20, 15],
];

/** Pairs after which a challenger that was slower in all of them is dropped, or slower in all but one and by so much in the middle. */
const HOPELESS_PAIRS = 3;
const HOPELESS_RATIO = 0.98;

/** A gain that so many pairs could not show to be more than noise must be at least so much to be looked at further. */
const GAIN_WORTH_MORE_PAIRS = 1.01;

/** Pairs after which it is decided. */
const MOST_PAIRS = LOOKS.at(-1)![0];

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/**
 * Decides between two ways to do the same work on a machine whose speed varies: a challenger must win by more than the noise.
 *
 * Both are timed in turn, A B, B A, A B, so that a machine that grows slower or faster favours neither, and a pair counts as one number: the ratio
 * of the two times, of several sizes its geometric mean. After 6, 12 and 20 pairs the challenger wins if all of this holds:
 * - it was faster in at least 6, 10 or 15 of them (were both equally fast that would happen once in 50 times);
 * - the median of the ratios is at least 1.005;
 * - its least times are below the incumbent's least ones, which are those that other programs disturbed least;
 * - at no size is the median of its ratios below 0.99.
 *
 * It loses when it was slower in each of the first three pairs, or in all but one by 2 % in the middle, when at one of these looks the median is below
 * 1.005, or after 12 below 1.01 and still in doubt, and when all pairs are used up.
 *
 * @param pairs The times so far.
 * @example
 * ```ts
 * import { compareTimes } from '@paratune/tune';
 * import assert from 'node:assert/strict';
 *
 * const pair = (incumbent: number, challenger: number) => ({ incumbent: [incumbent], challenger: [challenger] });
 * const steady = Array.from({ length: 6 }, () => pair(1, 0.9));
 * assert.equal(compareTimes(steady).verdict, 'wins');
 * assert.equal(compareTimes(steady.slice(1)).verdict, 'undecided');
 * assert.equal(compareTimes([pair(1, 1.1), pair(1, 1.2), pair(1, 1.1)]).verdict, 'loses');
 * // Faster in the middle, but not in enough of the pairs.
 * assert.equal(compareTimes([...steady.slice(1), pair(0.9, 1)]).verdict, 'undecided');
 * ```
 */
export function compareTimes(pairs: readonly PairOfTimes[]): Verdict {
  const sizes = pairs[0]!.incumbent.map((_, size) => size);
  const ratioOf = ({ incumbent, challenger }: PairOfTimes, size: number) => incumbent[size]! / challenger[size]!;
  const ratios = pairs.map((pair) => geometricMean(sizes.map((size) => ratioOf(pair, size))));
  const ratio = median(ratios);
  const faster = ratios.filter((each) => each > 1).length;
  const percent = `${(Math.abs(ratio - 1) * 100).toFixed(1)} %`;
  const tally = `faster in ${faster} of ${pairs.length} pairs`;
  if (pairs.length >= HOPELESS_PAIRS && (faster === 0 || (faster === 1 && ratio < HOPELESS_RATIO))) {
    return { verdict: 'loses', ratio, why: `slower by ${percent}, ${tally}` };
  }
  const needed = LOOKS.find(([count]) => count === pairs.length)?.[1];
  if (needed === undefined) return { verdict: 'undecided', ratio, why: tally };
  if (ratio < 1 + LEAST_GAIN) {
    return { verdict: 'loses', ratio, why: `${ratio < 1 ? `slower by ${percent}` : 'no faster'}, ${tally}` };
  }
  const least = (who: keyof PairOfTimes, size: number) => Math.min(...pairs.map((pair) => pair[who][size]!));
  const leastRatio = geometricMean(sizes.map((size) => least('incumbent', size) / least('challenger', size)));
  const worst = Math.min(...sizes.map((size) => median(pairs.map((pair) => ratioOf(pair, size)))));
  if (faster >= needed && leastRatio > 1 && worst >= 1 - MOST_LOSS) {
    return { verdict: 'wins', ratio, why: `faster by ${percent}, ${tally}` };
  }
  const doubt =
    worst < 1 - MOST_LOSS ? `slower at one size by ${((1 - worst) * 100).toFixed(1)} %` : 'not by more than the noise';
  const last =
    pairs.length >= MOST_PAIRS ||
    worst < 1 - 2 * MOST_LOSS ||
    (pairs.length > LOOKS[0]![0] && ratio < GAIN_WORTH_MORE_PAIRS);
  return { verdict: last ? 'loses' : 'undecided', ratio, why: `faster by ${percent}, ${tally}, ${doubt}` };
}
