import { checkSpec, nameOf } from './_check.ts';
import type { GuestSpec } from './environment.ts';

/**
 * Names an environment by its kind and its memory in mebibytes, as records and figures do.
 *
 * @param spec The environment as `start` takes it.
 * @returns `native`, `native-256`, `uml-756` and the like.
 * @throws {TypeError} When a property has the wrong type or is not known.
 * @throws {RangeError} When the kind is not known, or a size or a CPU is out of range.
 *
 * @example
 * ```ts
 * import { environmentName } from '@paratune/guest';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(environmentName({ kind: 'native' }), 'native');
 * assert.equal(environmentName({ kind: 'uml', memory: '756M' }), 'uml-756');
 * ```
 */
export function environmentName(spec: GuestSpec): string {
  return nameOf(checkSpec(spec));
}
