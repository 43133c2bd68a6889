import { fromHereOn } from './_from_here_on.ts';
import type { Summary } from './summarize.ts';

/**
 * The dimension at which a rate falls: the first n from which on every mean is below a part of the plateau. A dimension at
 * which every run died counts as fallen; a single slow dimension in the midst of fast ones does not.
 *
 * @param summaries one environment's summaries of a rate
 * @param plateau the undisturbed rate, as {@link plateauRate} gives it
 * @param fraction the part of it; 0.8 when absent
 * @returns undefined when the rate holds to the end
 * @throws {RangeError} when `plateau` is not positive, or `fraction` not between 0 and 1
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fallDimension } from '@paratune/report';
 *
 * const at = (n: number, mean: number) => ({
 *   environment: 'native', n, values: { count: 1, mean, minimum: mean, maximum: mean, median: mean }, failures: [],
 * });
 * assert.equal(fallDimension([at(900, 3000), at(3000, 4000), at(3100, 3100), at(3200, 90)], 4000), 3100);
 * assert.equal(fallDimension([at(3000, 4000), at(4000, 3900)], 4000), undefined);
 * ```
 */
export function fallDimension(summaries: readonly Summary[], plateau: number, fraction = 0.8): number | undefined {
  if (!(plateau > 0)) throw new RangeError(`'plateau' must be positive, got ${plateau}`);
  if (!(fraction > 0 && fraction < 1)) throw new RangeError(`'fraction' must be between 0 and 1, got ${fraction}`);
  return fromHereOn(summaries, ({ values }) => values === undefined || values.mean < fraction * plateau);
}
