import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { canonical } from './_canonical.ts';
import { check, namedValues, scalar } from './_check.ts';

const count = v.pipe(v.number(), v.safeInteger('must be an integer'), v.minValue(0, 'must be at least 0'));

/**
 * The schema of an {@link Identity}, and the one definition of it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { identitySchema } from '@paratune/record';
 *
 * assert.ok('machine' in identitySchema.entries);
 * ```
 */
export const identitySchema = v.strictObject({
  id: v.string(),
  /** The commit of the checkout the code runs from; null when it runs from an installed package. */
  commit: v.nullable(v.string()),
  /** Whether tracked files differ from that commit. */
  dirty: v.boolean(),
  packages: v.pipe(namedValues, v.record(v.string(), v.string())),
  node: v.string(),
  machine: v.strictObject({ processor: v.string(), cpus: count, memoryBytes: count, architecture: v.string() }),
  kernel: v.string(),
  environment: v.pipe(namedValues, v.objectWithRest({ kind: v.string() }, scalar)),
});

/**
 * Which code ran on which machine, in which environment. The `id` is a hash of all the rest, so equal identities have
 * equal ids wherever they were taken.
 */
export type Identity = v.InferOutput<typeof identitySchema>;

/** An environment's kind and what is known of it, such as its kernel and memory: strings, numbers and booleans. */
export type EnvironmentFacts = Identity['environment'];

/**
 * The id of an identity: 64 bits of the SHA-256 of its other fields.
 *
 * @param identity the identity; an `id` it already has does not count
 * @returns 16 hexadecimal digits
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { identify, identityId } from '@paratune/record';
 *
 * const identity = identify({ kind: 'native' });
 * assert.equal(identityId(identity), identity.id);
 * assert.notEqual(identityId({ ...identity, kernel: 'another' }), identity.id);
 * ```
 */
export function identityId(identity: Omit<Identity, 'id'>): string {
  const { id: _, ...rest } = identity as Identity;
  return createHash('sha256').update(canonical(rest)).digest('hex').slice(0, 16);
}

/**
 * Asserts that a value is an {@link Identity} whose `id` is the hash of the rest.
 *
 * @param value anything
 * @param argument the name that the error calls the value by
 * @throws {TypeError} when a field is missing, unknown or of the wrong type
 * @throws {RangeError} when a field's value is out of range, or the `id` is not that of the other fields
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkIdentity, identify } from '@paratune/record';
 *
 * checkIdentity(identify({ kind: 'native' }));
 * assert.throws(() => checkIdentity({ ...identify({ kind: 'native' }), node: 'v1' }), RangeError);
 * ```
 */
export function checkIdentity(value: unknown, argument = 'identity'): asserts value is Identity {
  check(identitySchema, value, argument);
  const id = identityId(value);
  if (value.id !== id) {
    throw new RangeError(
      `'${argument}.id' must be ${id}, the hash of the other fields, got ${JSON.stringify(value.id)}`,
    );
  }
}
