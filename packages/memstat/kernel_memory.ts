import { closeSync, constants, openSync, readSync } from 'node:fs';
import { parseBootLog, parseIomem } from './_kernel_image.ts';
import { readProc } from './_proc.ts';
import { MemstatError } from './memstat_error.ts';

/** What the kernel's own image takes of the memory. */
export interface KernelMemory {
  /** Its instructions. */
  readonly codeBytes: number;
  /** Its data that change: initialized ones, and those that begin as zeros (bss). */
  readonly dataBytes: number;
  /** Its data that do not change. */
  readonly readOnlyDataBytes: number;
  /** Where that was read: the boot log's line on memory, or /proc/iomem. */
  readonly source: 'boot log' | '/proc/iomem';
}

/** The most that a record of the kernel's log takes. */
const RECORD_BYTES = 8192;

/** The kernel's log as far as it is kept; empty where this user may not read it. */
function readBootLog(): string {
  let file: number;
  try {
    file = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return '';
  }
  const records: string[] = [];
  const buffer = Buffer.alloc(RECORD_BYTES);
  try {
    for (;;) {
      const bytes = readSync(file, buffer);
      if (bytes === 0) break;
      records.push(buffer.toString('utf8', 0, bytes));
    }
  } catch {
    // EAGAIN: that was all. EPIPE: records were overwritten while they were read, and the first ones are gone.
  } finally {
    closeSync(file);
  }
  return records.join('');
}

/**
 * The memory that the running kernel's image takes: code and data, as Figure 9 of the paper (Section 5) compares them between
 * native, Dom0 and DomU kernels. Modules, page tables and what the kernel allocates are not in it.
 *
 * It is read from the boot log where that is still kept, else from /proc/iomem; both take root on most systems.
 *
 * @returns sizes in bytes, and where they were read.
 * @throws {MemstatError} of kind `'denied'` if this user may read neither, `'unsupported'` if the system is not Linux.
 * @example
 * ```ts
 * import { kernelMemory, MemstatError } from '@paratune/memstat';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const { codeBytes, dataBytes } = kernelMemory();
 *   assert.ok(codeBytes > 2 ** 20 && dataBytes > 2 ** 16);
 * } catch (error) {
 *   if (!(error instanceof MemstatError)) throw error;
 * }
 * ```
 */
export function kernelMemory(): KernelMemory {
  const path = '/proc/iomem';
  const regions = readProc(path, 'the kernel');
  const found = parseBootLog(readBootLog()) ?? parseIomem(regions);
  if (found !== undefined) return found;
  throw new MemstatError('denied', 'the kernel: its boot log and the addresses in /proc/iomem are shown to root only', {
    path,
  });
}
