/** What the process has used since it started, as the operating system counts it (getrusage). */
export interface ResourceUsage {
  /** Processor time spent in the program, in seconds. */
  readonly userSeconds: number;
  /** Processor time that the kernel spent for the program, in seconds. */
  readonly systemSeconds: number;
  /** Page faults served without reading a disk. */
  readonly minorFaults: number;
  /** Page faults that had to read a disk. */
  readonly majorFaults: number;
  /** The largest resident set so far, in bytes. */
  readonly peakResidentBytes: number;
}

/**
 * What this process, with all its threads, has used since it started.
 *
 * Linux hands `peakResidentBytes` on from a parent to the program its child becomes (ru_maxrss survives exec): in a
 * child of a large process it is the parent's. `processMemory` of `@paratune/memstat` gives the program's own peak.
 *
 * @returns processor time, page faults and the peak of the resident set.
 * @example
 * ```ts
 * import { resourceUsage } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * const { userSeconds, peakResidentBytes } = resourceUsage();
 * assert.ok(userSeconds > 0);
 * assert.ok(peakResidentBytes > 1024 * 1024);
 * ```
 */
export function resourceUsage(): ResourceUsage {
  const usage = process.resourceUsage();
  return {
    userSeconds: usage.userCPUTime / 1e6,
    systemSeconds: usage.systemCPUTime / 1e6,
    minorFaults: usage.minorPageFault,
    majorFaults: usage.majorPageFault,
    peakResidentBytes: usage.maxRSS * 1024,
  };
}
