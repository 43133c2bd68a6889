import { inspect } from 'node:util';
import { parseKilobytes, parseStat, readProc, type Stat } from './_proc.ts';
import { MemstatError } from './memstat_error.ts';

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

/** Throws unless `pid` is the number of a process or 'self'. */
export function checkPid(pid: unknown): asserts pid is number | 'self' {
  if (pid === 'self') return;
  if (typeof pid !== 'number') throw new TypeError(`'pid' must be a number or 'self', got ${inspect(pid)}`);
  if (!Number.isInteger(pid) || pid < 1 || pid > 2 ** 31 - 1) {
    throw new RangeError(`'pid' must be an integer from 1 to 2147483647, got ${pid}`);
  }
}

/** The memory of a process together with what tells it from another of the same number. */
export function readProcess(pid: number | 'self'): { memory: ProcessMemory; stat: Stat } {
  const subject = `process ${pid}`;
  const statPath = `/proc/${pid}/stat`;
  const stat = parseStat(readProc(statPath, subject), statPath);
  if (stat.state === 'Z' || stat.state === 'X') {
    throw new MemstatError('gone', `${subject} has ended, and its memory is gone`, { path: statPath });
  }
  const values = parseKilobytes(readProc(`/proc/${pid}/status`, subject));
  // A kernel thread has no memory of its own, hence none of these lines.
  const bytes = (name: string) => values.get(name) ?? 0;
  const { minorFaults, majorFaults } = stat;
  return {
    memory: {
      residentBytes: bytes('VmRSS'),
      peakResidentBytes: bytes('VmHWM'),
      swapBytes: bytes('VmSwap'),
      minorFaults,
      majorFaults,
    },
    stat,
  };
}

/**
 * The memory of a process now: resident, at its peak, swapped out, and its page faults.
 *
 * The figures are the kernel's (/proc/PID/status and /proc/PID/stat). The faults count all threads, and not the children. Since Linux 6.2 the resident sizes are sums
 * of per-CPU counters, each a few pages behind, so they may be off by some hundred kilobytes on a large machine. A kernel thread
 * has no memory of its own: all sizes are 0.
 *
 * @param pid the process; this one by default.
 * @returns sizes in bytes, faults since the process started.
 * @throws {TypeError} if `pid` is neither a number nor `'self'`.
 * @throws {RangeError} if `pid` is not an integer from 1 on.
 * @throws {MemstatError} if the process has ended (`kind` is `'gone'`), may not be looked at, or the system is not Linux.
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
  checkPid(pid);
  return readProcess(pid).memory;
}
