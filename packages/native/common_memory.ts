import { checkInteger } from './_check.ts';
import { foreign, lastErrno, libc, MAP_ANONYMOUS, MAP_SHARED, PAGE_BYTES, PROT_READ, PROT_WRITE } from './_libc.ts';
import { fs } from './_node.ts';
import { SystemError } from './system_error.ts';
import { UnsupportedError } from './unsupported_error.ts';

const FEATURE = 'memory common to all threads';

// From the kernel's include/uapi/asm-generic/mman-common.h; before Linux 4.17 it is ignored, and the address a mere hint.
const MAP_FIXED_NOREPLACE = 0x100000;
const EEXIST = 17;

/** 'BLAS' far from where programs, heaps, libraries and sanitizers lie on x86-64 Linux. */
const FIRST_ADDRESS = 0x1b1a_5000_0000;
/** Address space of each key. */
const KEY_BYTES = 16 * 1024 * 1024;
const MAXIMUM_KEY = 255;
const MAXIMUM_BYTES = KEY_BYTES / 2;

const known = new Map<string, Int32Array<ArrayBuffer>>();

/** Whether the mapping at an address is one of ours: anonymous and shared, which the system shows as this device. */
function isCommon(address: number, bytes: number): boolean {
  const range = `${address.toString(16).padStart(8, '0')}-${(address + bytes).toString(16).padStart(8, '0')} `;
  const line = fs
    .readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(range));
  return line !== undefined && / rw-s .*\/dev\/zero/.test(line);
}

/**
 * Memory that is the same in every thread of this process, without any message between them: whichever thread asks first
 * makes it, filled with zero.
 *
 * Worker threads each have their own modules and objects; this is how they find one another. The memory lies at an
 * address that the key gives, and stays until the process ends. Use `Atomics` on it, or native code. Child processes do not
 * inherit it.
 *
 * @param key which memory: an integer from 0 to 255. Whoever uses the same key must mean the same by it.
 * @param bytes its size, from 1 to 8 MiB; the same wherever the key is used.
 * @returns the memory, whole pages, as 32-bit words.
 * @throws {TypeError} if an argument is not a number.
 * @throws {RangeError} if an argument is out of its range.
 * @throws {UnsupportedError} on another platform than Linux (4.17 and later) on x86-64, or when something else lies at the address.
 * @throws {SystemError} if there is no memory left.
 * @example
 * ```ts
 * import { commonMemory, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const words = commonMemory(255, 4096);
 *   const count = Atomics.add(words, 0, 1) + 1; // how many threads have come by here
 *   assert.ok(count >= 1);
 *   assert.equal(commonMemory(255, 4096)[0], count);
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function commonMemory(key: number, bytes: number): Int32Array<ArrayBuffer> {
  checkInteger('key', key, 0, MAXIMUM_KEY);
  checkInteger('bytes', bytes, 1, MAXIMUM_BYTES);
  const size = Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
  const name = `${key} ${size}`;
  let words = known.get(name);
  if (words === undefined) {
    const address = FIRST_ADDRESS + key * KEY_BYTES;
    const flags = MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    const mapped = libc('mmap', FEATURE)(address, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (mapped === -1) {
      if (lastErrno() !== EEXIST) throw new SystemError('mmap', lastErrno(), `cannot map ${size} bytes`);
      if (!isCommon(address, size)) {
        throw new UnsupportedError(FEATURE, `something else lies at 0x${address.toString(16)}`);
      }
    } else if (mapped !== address) {
      libc('munmap', FEATURE)(mapped, size);
      throw new UnsupportedError(FEATURE, 'it needs Linux 4.17 or later');
    }
    words = new Int32Array(foreign(FEATURE).view(address, size));
    known.set(name, words);
  }
  return words;
}
