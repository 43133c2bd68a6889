import type { X64InstructionSet } from '@paratune/codegen';
import { environment, homeFolder } from './_node.ts';
import { fingerprint } from './fingerprint.ts';

/** The user's folder for what can be made again (XDG Base Directory Specification 0.8, which has relative paths ignored). */
function cacheFolder(): string {
  const cache = environment('XDG_CACHE_HOME');
  return cache?.startsWith('/') ? cache : `${homeFolder()}/.cache`;
}

/**
 * Where the tuning of this machine for an instruction set is kept, for this user: where {@linkcode saveTuning} writes it, and
 * where the library looks for it at its first use.
 *
 * @param isa The instruction set.
 * @returns A path in `$XDG_CACHE_HOME/paratune/tunings`, or `~/.cache/paratune/tunings`; there need be no such file.
 * @throws {UnsupportedError} (of `@paratune/native`) On a platform without an x64 backend.
 * @example
 * ```ts
 * import { info, tuningPath } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * if (info().backend === 'x64') assert.match(tuningPath('avx2'), /\/paratune\/tunings\/.*_avx2\.json$/);
 * ```
 */
export function tuningPath(isa: X64InstructionSet): string {
  return `${cacheFolder()}/paratune/tunings/${fingerprint()}_${isa}.json`;
}
