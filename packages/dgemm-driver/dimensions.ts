import { checkWhole } from './_check.ts';

/** Dimensions from one to another in equal steps, as the paper's `for Dimension 100 to 4000, step 100`. */
export interface DimensionRange {
  /** The first dimension, at least 1. */
  from: number;
  /** The last dimension, itself included where a step meets it; not below `from`. */
  to: number;
  /** The distance of two dimensions, at least 1. */
  step: number;
}

/**
 * The largest dimension: the entries of a matrix are numbered by 32 bits, and three such matrices take 96 GiB.
 */
export const maximumDimension: number = 2 ** 16 - 1;

/**
 * The matrix dimensions of a range.
 *
 * @param range first and last dimension and the step between
 * @returns the dimensions in rising order
 * @throws {TypeError} when `from`, `to` or `step` is not a number
 * @throws {RangeError} when one is not a whole number from 1 to {@linkcode maximumDimension}, or `from` is above `to`
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { dimensions, maximumDimension } from '@paratune/dgemm-driver';
 *
 * assert.deepEqual(dimensions({ from: 100, to: 400, step: 100 }), [100, 200, 300, 400]);
 * assert.throws(() => dimensions({ from: 400, to: 100, step: 100 }), RangeError);
 * assert.throws(() => dimensions({ from: 1, to: maximumDimension + 1, step: 1 }), RangeError);
 * ```
 */
export function dimensions({ from, to, step }: DimensionRange): number[] {
  checkWhole(from, 'from', 1, maximumDimension);
  checkWhole(to, 'to', 1, maximumDimension);
  checkWhole(step, 'step', 1);
  if (from > to) throw new RangeError(`'from' must not be above 'to', got ${from} and ${to}`);
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}
