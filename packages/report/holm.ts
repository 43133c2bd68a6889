/**
 * Corrects p values for how many tests were made (Holm's step-down method): a corrected one is below 0.05 so that the chance
 * of even one false alarm among all stays below that.
 *
 * @param ps the p values of all tests that were made, from 0 to 1
 * @returns the corrected ones, in the same order, each at least what it was and at most 1
 * @throws {RangeError} when one is not from 0 to 1
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { holm } from '@paratune/report';
 *
 * assert.deepEqual(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
 * ```
 */
export function holm(ps: readonly number[]): number[] {
  ps.forEach((p, index) => {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`'ps[${index}]' must be from 0 to 1, got ${p}`);
  });
  const corrected = new Array<number>(ps.length);
  let least = 0;
  for (const [rank, [p, index]] of ps
    .map((p, index) => [p, index] as const)
    .sort(([a], [b]) => a - b)
    .entries()) {
    least = Math.min(1, Math.max(least, (ps.length - rank) * p));
    corrected[index] = least;
  }
  return corrected;
}
