import { checkSpec, guestKinds, show } from './_check.ts';
import type { GuestKind, GuestSpec } from './environment.ts';

/**
 * Reads the name of an environment: a kind, or a kind, a dash and a memory in mebibytes. The opposite of
 * {@linkcode environmentName}.
 *
 * @param name Such as `native`, `native-256` or `uml-756`; `uml` alone is a guest of the default memory.
 * @returns The environment as `start` takes it; add `swap` or `cpus` by spreading it.
 * @throws {TypeError} When `name` is not a string.
 * @throws {RangeError} When the kind is not known or the memory too small.
 *
 * @example
 * ```ts
 * import { parseEnvironment } from '@paratune/guest';
 * import assert from 'node:assert/strict';
 *
 * assert.deepEqual(parseEnvironment('uml-256'), { kind: 'uml', memory: '256M' });
 * assert.deepEqual({ ...parseEnvironment('native'), cpus: [0] }, { kind: 'native', cpus: [0] });
 * ```
 */
export function parseEnvironment(name: string): GuestSpec {
  if (typeof name !== 'string') throw new TypeError(`'name' must be a string such as 'uml-256', got ${show(name)}`);
  const match = /^(.+?)(?:-(\d+))?$/.exec(name);
  const kind = match?.[1] as GuestKind;
  if (!guestKinds.includes(kind)) {
    throw new RangeError(
      `'name' must be a kind (${guestKinds.join(', ')}), alone or with a memory in mebibytes such as 'uml-256', got ${show(name)}`,
    );
  }
  const { memoryBytes } = checkSpec(match?.[2] === undefined ? { kind } : { kind, memory: `${match[2]}M` });
  return memoryBytes === undefined ? { kind } : { kind, memory: `${memoryBytes / 1024 ** 2}M` };
}
