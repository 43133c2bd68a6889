import { checkPid, readProcess } from './_process.ts';

/** The memory of one process at one moment. */
export interface ProcessMemory {
  /** Memory in RAM now (VmRSS). */
  readonly residentBytes: number;
  /** The most that was in RAM since the program started (VmHWM). */
  readonly peakResidentBytes: number;
  /** Memory in the swap now (VmSwap), without shared memory. */
  readonly swapBytes: number;
  /** Page faults so far that were served without reading a disk. */
  readonly minorFaults: number;
  /** Page faults so far that had to read a disk. */
  readonly majorFaults: number;
}

/**
 * The memory of a process now: resident, at its peak, swapped out, and its page faults.
 *
 * The figures are the kernel's (/proc/PID/status and /proc/PID/stat). The faults count all threads, and not the
 * children. Since Linux 6.2 the resident sizes are sums of per-CPU counters, each a few pages behind, so they may be
 * off by some hundred kilobytes on a large machine. A kernel thread has no memory of its own: all sizes are 0.
 *
 * @param pid the process; this one by default.
 * @returns sizes in bytes, faults since the process started.
 * @throws {TypeError} if `pid` is neither a number nor `'self'`.
 * @throws {RangeError} if `pid` is not an integer from 1 on.
 * @throws {MemstatError} if the process has ended (`kind` is `'gone'`), may not be looked at, or the system is not
 * Linux.
 * @example
 * ```ts
 * import { MemstatError, processMemory } from '@paratune/memstat';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const { residentBytes, peakResidentBytes } = processMemory();
 *   assert.ok(residentBytes > 1024 * 1024);
 *   assert.ok(peakResidentBytes > 1024 * 1024);
 * } catch (error) {
 *   if (!(error instanceof MemstatError && error.kind === 'unsupported')) throw error;
 * }
 * ```
 */
export function processMemory(pid: number | 'self' = 'self'): ProcessMemory {
  if (pid !== 'self') checkPid(pid);
  return readProcess(pid).memory;
}
