import { lastErrno, libc } from './_libc.ts';
import { SystemError } from './system_error.ts';

/** Bytes of a CPU mask: 8192 CPUs, the most that Linux can be configured for on x86-64 (NR_CPUS). */
const MASK_BYTES = 1024;

/**
 * The CPUs that the calling thread may run on, in ascending order.
 *
 * @throws {UnsupportedError} on another platform than Linux on x86-64.
 * @throws {SystemError} if the operating system refuses.
 * @example
 * ```ts
 * import { affinity, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   assert.ok(affinity().length >= 1);
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function affinity(): number[] {
  const mask = new Uint8Array(MASK_BYTES);
  if (libc('sched_getaffinity', 'CPU affinity')(0, mask.length, mask) < 0) {
    throw new SystemError('sched_getaffinity', lastErrno(), 'cannot read the CPU affinity');
  }
  const cpus: number[] = [];
  for (let index = 0; index < MASK_BYTES; index++) {
    const byte = mask[index]!;
    // Most are zero, and this runs once in each process, before any of it is compiled.
    for (let bit = 0; byte >> bit > 0; bit++) if (byte & (1 << bit)) cpus.push(index * 8 + bit);
  }
  return cpus;
}
