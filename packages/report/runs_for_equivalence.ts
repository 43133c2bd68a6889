import { checkPart } from './_check_values.ts';
import { equivalencePower, type PowerOptions } from './equivalence_power.ts';

/** Runs that are asked for at most. */
const mostRuns = 1000;

/**
 * How many values of each sample {@link equivalencePower} asks for.
 *
 * @param options how much values vary, and what the test asks
 * @param power the chance that is wanted; 0.8 when absent
 * @returns the least number that gives it; undefined when 1000 do not
 * @throws {RangeError} as {@link equivalencePower}
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { runsForEquivalence } from '@paratune/report';
 *
 * assert.equal(runsForEquivalence({ coefficientOfVariation: 0.02 }), 4);
 * ```
 */
export function runsForEquivalence(options: PowerOptions, power = 0.8): number | undefined {
  checkPart(power, 'power');
  for (let count = 2; count <= mostRuns; count++) if (equivalencePower(count, options) >= power) return count;
  return undefined;
}
