import { checkSpec, guestKinds, nameOf, show } from './_check.ts';
import { kindOf } from './_kinds.ts';
import type { GuestKind, GuestSpec } from './environment.ts';
import { parseEnvironment } from './parse_environment.ts';

/** Whether this machine can run an environment, and if not what to do about it. */
export type Availability = {
  /** Name of the environment, such as `native-256`. */
  name: string;
  /** Its kind. */
  kind: GuestKind;
} & (
  | { available: true }
  | {
      available: false;
      /** What this machine lacks, in a phrase. */
      missing: string;
      /** The command, or the step, that mends it. */
      remedy: string;
    }
);

/**
 * Says which environments this machine can run. Starts and fetches nothing: a guest whose kernel is not here yet is
 * available when the kernel can be fetched.
 *
 * @param environments Names or specifications; one of every kind when absent.
 * @returns One answer for each, in order; what several lacks need stands in one sentence.
 * @throws {TypeError} When an environment has the wrong type.
 * @throws {RangeError} When an environment is not known or out of range.
 *
 * @example
 * ```ts
 * import { available } from '@paratune/guest';
 * import assert from 'node:assert/strict';
 *
 * const [native, held] = await available(['native', 'native-256']);
 * assert.equal(native?.available, true);
 * if (held && !held.available) assert.ok(held.remedy.length > 0);
 * ```
 */
export async function available(
  environments: readonly (string | GuestSpec)[] = ['native', ...guestKinds.map((kind) => `${kind}-256`)],
): Promise<Availability[]> {
  if (!Array.isArray(environments)) {
    throw new TypeError(`'environments' must be an array of names or specifications, got ${show(environments)}`);
  }
  const checked = environments.map((one) => checkSpec(typeof one === 'string' ? parseEnvironment(one) : one));
  return Promise.all(
    checked.map(async (environment): Promise<Availability> => {
      const { kind } = environment;
      const lacks = await kindOf(environment).lacks(environment);
      const name = nameOf(environment);
      if (lacks.length === 0) return { name, kind, available: true };
      const missing = [...new Set(lacks.map((lack) => lack.missing))].join('; ');
      const remedy = [...new Set(lacks.map((lack) => lack.remedy))].join('; ');
      return { name, kind, available: false, missing, remedy };
    }),
  );
}
