import { parseCounters, parseKilobytes, readProc } from './_proc.ts';
import { MemstatError } from './memstat_error.ts';

/** The memory and swap of the whole system at one moment. */
export interface SystemMemory {
  /** RAM that the kernel manages (MemTotal): what the machine has, less what the kernel took at boot. */
  readonly totalBytes: number;
  /** RAM that programs could still have without swapping (MemAvailable). */
  readonly availableBytes: number;
  /** Size of all swap in use as such; 0 without swap. */
  readonly swapTotalBytes: number;
  /** Swap that is taken, as `free` shows it. */
  readonly swapUsedBytes: number;
  /** Pages of 4 KiB read from swap since boot (pswpin). */
  readonly pagesSwappedIn: number;
  /** Pages of 4 KiB written to swap since boot (pswpout). */
  readonly pagesSwappedOut: number;
}

/**
 * The memory and swap of the whole system now.
 *
 * The figures are the kernel's (/proc/meminfo and /proc/vmstat). They know nothing of control groups: inside one that
 * is held to less memory, they still tell of the machine. A kernel without swap, or with it switched off, reports 0
 * for all of it.
 *
 * @returns sizes in bytes, pages since boot.
 * @throws {MemstatError} if the system is not Linux or hides these files.
 * @example
 * ```ts
 * import { MemstatError, systemMemory } from '@paratune/memstat';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const { totalBytes, availableBytes, swapTotalBytes, swapUsedBytes } = systemMemory();
 *   assert.ok(availableBytes <= totalBytes);
 *   assert.ok(swapUsedBytes <= swapTotalBytes);
 * } catch (error) {
 *   if (!(error instanceof MemstatError && error.kind === 'unsupported')) throw error;
 * }
 * ```
 */
export function systemMemory(): SystemMemory {
  const sizes = parseKilobytes(readProc('/proc/meminfo', 'the system'));
  const counters = parseCounters(readProc('/proc/vmstat', 'the system'));
  const totalBytes = sizes.get('MemTotal');
  if (totalBytes === undefined) {
    throw new MemstatError('malformed', '/proc/meminfo has no MemTotal', { path: '/proc/meminfo' });
  }
  const size = (name: string) => sizes.get(name) ?? 0;
  return {
    totalBytes,
    // Before Linux 3.14 there is no estimate of the kernel's own: what `free` summed then.
    availableBytes: sizes.get('MemAvailable') ?? size('MemFree') + size('Buffers') + size('Cached'),
    swapTotalBytes: size('SwapTotal'),
    swapUsedBytes: size('SwapTotal') - size('SwapFree'),
    pagesSwappedIn: counters.get('pswpin') ?? 0,
    pagesSwappedOut: counters.get('pswpout') ?? 0,
  };
}
