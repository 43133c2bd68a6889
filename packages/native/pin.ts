import { checkInteger, show } from './_check.ts';
import { lastErrno, libc } from './_libc.ts';
import { affinity } from './affinity.ts';
import { SystemError } from './system_error.ts';

const FEATURE = 'CPU pinning';
const EINVAL = 22;

function setAffinity(cpus: Iterable<number>): number {
  const mask = new Uint8Array(1024);
  for (const cpu of cpus) mask[cpu >> 3]! |= 1 << (cpu & 7);
  return libc('sched_setaffinity', FEATURE)(0, mask.length, mask) === 0 ? 0 : lastErrno();
}

/**
 * Keeps the calling thread on the given CPU or CPUs.
 *
 * Only this thread is pinned, and the threads it starts from then on (worker threads among them); Node's helper
 * threads, which are already running, stay free. Child processes inherit it.
 *
 * @param cpus a CPU's number as the operating system counts them from 0, or several.
 * @returns the CPUs that the thread could run on before; give them to `pin` to undo it.
 * @throws {TypeError} if `cpus` is neither a number nor an array of numbers.
 * @throws {RangeError} if it is empty, or names a CPU that this process cannot run on; nothing is changed then.
 * @throws {UnsupportedError} on another platform than Linux on x86-64.
 * @throws {SystemError} if the operating system refuses.
 * @example
 * ```ts
 * import { affinity, pin, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const before = pin(affinity()[0]!);
 *   assert.equal(affinity().length, 1);
 *   pin(before);
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function pin(cpus: number | readonly number[]): number[] {
  if (typeof cpus !== 'number' && !Array.isArray(cpus)) {
    throw new TypeError(`'cpus' must be a number or an array of numbers, got ${show(cpus)}`);
  }
  const wanted = new Set<number>(typeof cpus === 'number' ? [cpus] : cpus);
  if (wanted.size === 0) throw new RangeError("'cpus' must name at least one CPU, got none");
  for (const cpu of wanted) checkInteger('cpus', cpu, 0, 8191);

  const before = affinity();
  const errno = setAffinity(wanted);
  if (errno !== 0 && errno !== EINVAL) {
    throw new SystemError('sched_setaffinity', errno, `cannot pin this thread to CPUs ${[...wanted]}`);
  }
  // The kernel silently leaves out CPUs that are offline, missing or outside the control group.
  const missing = errno === EINVAL ? [...wanted] : [...wanted].filter((cpu) => !affinity().includes(cpu));
  if (missing.length > 0) {
    setAffinity(before);
    throw new RangeError(`'cpus' must name CPUs that this process can run on, got ${missing.join(', ')}`);
  }
  return before;
}
