import { checkValues } from './_check_values.ts';
import { mean, variance } from './_statistics.ts';
import { mannWhitney } from './mann_whitney.ts';

/**
 * How great a difference is, beside how sure it is: in standard deviations (Hedges' g, which is Cohen's d corrected for small
 * samples), and as the part of pairs in which the one is the greater less that in which the other is (Cliff's delta).
 *
 * @param values at least two
 * @param others at least two
 * @returns `hedges` is infinite where neither sample varies and the means differ; `cliff` is from -1 to 1
 * @throws {TypeError} {RangeError} when a sample holds fewer than two values or one that is not finite
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { effectSize } from '@paratune/report';
 *
 * const { hedges, cliff } = effectSize([5, 6, 7], [1, 2, 3]);
 * assert.equal(hedges.toFixed(1), '3.2');
 * assert.equal(cliff, 1);
 * ```
 */
export function effectSize(values: readonly number[], others: readonly number[]): { hedges: number; cliff: number } {
  checkValues(values, 'values', 2);
  checkValues(others, 'others', 2);
  const freedom = values.length + others.length - 2;
  const pooled = ((values.length - 1) * variance(values) + (others.length - 1) * variance(others)) / freedom;
  const difference = mean(values) - mean(others);
  const cohen = difference === 0 ? 0 : difference / Math.sqrt(pooled);
  return {
    hedges: cohen * (1 - 3 / (4 * freedom - 1)),
    cliff: (2 * mannWhitney(values, others).statistic) / (values.length * others.length) - 1,
  };
}
