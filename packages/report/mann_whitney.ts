import jStat from 'jstat';
import { checkValues } from './_check_values.ts';
import { groupBy } from './_statistics.ts';

/** What the test of Mann and Whitney says of two samples. */
export interface MannWhitneyTest {
  /** U: the pairs in which the one's value is the greater, and half of those in which both are equal. */
  statistic: number;
  /** How probable so uneven a U, to either side, is of samples from one distribution. */
  p: number;
  /** By counting all orders; or by the normal distribution, where values are equal or the samples large. */
  method: 'exact' | 'normal';
}

/** As in R's `wilcox.test`: counting orders takes long beyond. */
const largestExact = 50;

/**
 * The test of Mann and Whitney (Wilcoxon's rank sum): whether values of one sample tend to be greater than those of the
 * other, whatever their distribution.
 *
 * @param values at least one
 * @param others at least one
 * @throws {TypeError} {RangeError} when a sample is empty or holds a value that is not finite
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mannWhitney } from '@paratune/report';
 *
 * const { statistic, p, method } = mannWhitney([1, 2, 3], [4, 5, 6]);
 * assert.deepEqual([statistic, method], [0, 'exact']);
 * assert.equal(p.toFixed(2), '0.10'); // 2 of 20 orders
 * ```
 */
export function mannWhitney(values: readonly number[], others: readonly number[]): MannWhitneyTest {
  checkValues(values, 'values');
  checkValues(others, 'others');
  let statistic = 0;
  for (const value of values) {
    for (const other of others) statistic += value > other ? 1 : value === other ? 0.5 : 0;
  }
  const all = [...values, ...others];
  const tied = new Set(all).size < all.length;
  const pairs = values.length * others.length;
  const least = Math.min(statistic, pairs - statistic);
  if (!tied && values.length < largestExact && others.length < largestExact) {
    const counts = ordersByStatistic(values.length, others.length);
    const orders = counts.reduce((sum, count) => sum + count, 0);
    const tail = counts.slice(0, least + 1).reduce((sum, count) => sum + count, 0);
    return { statistic, p: Math.min(1, (2 * tail) / orders), method: 'exact' };
  }
  const ties = [...groupBy(all, (value) => value).values()].reduce((sum, { length }) => sum + length ** 3 - length, 0);
  const spread = (pairs / 12) * (all.length + 1 - ties / (all.length * (all.length - 1)));
  // All values are equal: there is nothing to tell them apart.
  if (!(spread > 0)) return { statistic, p: 1, method: 'normal' };
  // Half a pair less: U goes in steps.
  const z = Math.max(0, pairs / 2 - least - 0.5) / Math.sqrt(spread);
  return { statistic, p: Math.min(1, 2 * jStat.normal.cdf(-z, 0, 1)), method: 'normal' };
}

/** In how many orders of m and n values U is 0, 1, 2 and so on: each is an order of one value fewer. */
function ordersByStatistic(m: number, n: number): number[] {
  // Of i values of the one and j of the other: the greatest is of the one (and above all j) or of the other.
  let rows: number[][] = Array.from({ length: n + 1 }, () => [1]);
  for (let i = 1; i <= m; i++) {
    const next: number[][] = [[1]];
    for (let j = 1; j <= n; j++) {
      const counts = new Array<number>(i * j + 1).fill(0);
      for (const [u, count] of rows[j]!.entries()) counts[u + j]! += count;
      for (const [u, count] of next[j - 1]!.entries()) counts[u]! += count;
      next.push(counts);
    }
    rows = next;
  }
  return rows[n]!;
}
