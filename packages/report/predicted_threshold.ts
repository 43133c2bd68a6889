import { bytesPerElement } from './_driver.ts';

/**
 * The dimension that memory predicts: the first n at which the driver's three n x n matrices of doubles and what its
 * process needs without them exceed the memory (Section 5.1 of the paper, which finds 3100 for 256 MB).
 *
 * @param memory.memoryBytes memory that programs of the environment can have: a guest's MemTotal, or the limit held to
 * @param memory.baselineBytes resident set size of the process before it allocates the matrices
 * @returns a positive integer; 1 when the baseline alone exceeds the memory
 * @throws {TypeError} when one is not a number
 * @throws {RangeError} when one is negative or not finite
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { predictedThreshold } from '@paratune/report';
 *
 * const n = predictedThreshold({ memoryBytes: 256 * 2 ** 20, baselineBytes: 37 * 2 ** 20 });
 * assert.equal(n, 3094);
 * assert.ok(3 * 8 * n ** 2 > 219 * 2 ** 20 && 3 * 8 * (n - 1) ** 2 <= 219 * 2 ** 20);
 * ```
 */
export function predictedThreshold(memory: { memoryBytes: number; baselineBytes: number }): number {
  for (const name of ['memoryBytes', 'baselineBytes'] as const) {
    const value = memory[name];
    if (typeof value !== 'number') throw new TypeError(`'${name}' must be a number, got ${typeof value}`);
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`'${name}' must be finite and at least 0, got ${value}`);
    }
  }
  return Math.floor(Math.sqrt(Math.max(0, memory.memoryBytes - memory.baselineBytes) / bytesPerElement)) + 1;
}
