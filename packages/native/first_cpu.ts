import { affinity } from './affinity.ts';
import { UnsupportedError } from './unsupported_error.ts';

/**
 * The first CPU that this process may use: for measurements that are to run on the same one, one after another.
 *
 * @returns Undefined where the system does not say which CPUs may be used.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { firstCpu } from '@paratune/native';
 *
 * const cpu = firstCpu();
 * assert.ok(cpu === undefined || cpu >= 0);
 * ```
 */
export function firstCpu(): number | undefined {
  try {
    return affinity()[0];
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  }
}
