import { createRequire } from './_node.ts';
import { UnsupportedError } from './unsupported_error.ts';

/** The parts of koffi used here; its own types would make every importer of ours load them. */
export interface Koffi {
  address(value: unknown): bigint;
  decode(address: number, prototype: unknown): (...values: unknown[]) => unknown;
  errno(): number;
  load(path: null): { func(name: string, result: string, parameters: string[]): (...values: unknown[]) => unknown };
  proto(result: string, parameters: string[]): unknown;
  view(address: number, bytes: number): ArrayBuffer;
}

// Addresses are plain numbers: user addresses on x86-64 are below 2^47, so every one is an exact double.
interface Signatures {
  mmap: (address: number, bytes: number, protection: number, flags: number, fd: number, offset: number) => number;
  munmap: (address: number, bytes: number) => number;
  mprotect: (address: number, bytes: number, protection: number) => number;
  madvise: (address: number, bytes: number, advice: number) => number;
  memcpy: (to: number, from: Uint8Array, bytes: number) => number;
  posix_fallocate: (fd: number, offset: number, bytes: number) => number;
  sched_setaffinity: (pid: number, bytes: number, mask: Uint8Array) => number;
  sched_getaffinity: (pid: number, bytes: number, mask: Uint8Array) => number;
  syscall: (number: number, attribute: Uint8Array, pid: number, cpu: number, group: number, flags: number) => number;
  ioctl: (fd: number, request: number, argument: number) => number;
  clock_gettime: (clock: number, timespec: BigInt64Array) => number;
  pthread_attr_init: (attributes: Uint8Array) => number;
  pthread_attr_setdetachstate: (attributes: Uint8Array, state: number) => number;
  pthread_attr_setstacksize: (attributes: Uint8Array, bytes: number) => number;
  pthread_attr_destroy: (attributes: Uint8Array) => number;
  pthread_create: (id: BigUint64Array, attributes: Uint8Array, code: number, argument: number) => number;
}

const prototypes: { readonly [Name in keyof Signatures]: readonly [result: string, parameters: string[]] } = {
  mmap: ['int64_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'int64_t']],
  munmap: ['int', ['uintptr_t', 'size_t']],
  mprotect: ['int', ['uintptr_t', 'size_t', 'int']],
  madvise: ['int', ['uintptr_t', 'size_t', 'int']],
  memcpy: ['uintptr_t', ['uintptr_t', 'void *', 'size_t']],
  posix_fallocate: ['int', ['int', 'int64_t', 'int64_t']],
  sched_setaffinity: ['int', ['int', 'size_t', 'void *']],
  sched_getaffinity: ['int', ['int', 'size_t', 'void *']],
  // Both take a varying number of arguments, and integers in the registers of any other function.
  syscall: ['int64_t', ['int64_t', 'void *', 'int64_t', 'int64_t', 'int64_t', 'uint64_t']],
  ioctl: ['int', ['int', 'uint64_t', 'uint64_t']],
  clock_gettime: ['int', ['int', 'void *']],
  pthread_attr_init: ['int', ['void *']],
  pthread_attr_setdetachstate: ['int', ['void *', 'int']],
  pthread_attr_setstacksize: ['int', ['void *', 'size_t']],
  pthread_attr_destroy: ['int', ['void *']],
  pthread_create: ['int', ['void *', 'void *', 'uintptr_t', 'uintptr_t']],
};

/** Loads koffi's native module without the JavaScript around it, which is not used here and takes as long to load. */
function loadKoffi(): Koffi {
  const require = createRequire(import.meta.url);
  try {
    return createRequire(require.resolve('koffi'))('@koromix/koffi-linux-x64');
  } catch {
    return require('koffi');
  }
}

let koffi: Koffi | undefined;
let library: ReturnType<Koffi['load']> | undefined;
const functions = new Map<keyof Signatures, unknown>();

/**
 * Loads the foreign-function interface at its first use, so that importing the package costs nothing and fails
 * nowhere.
 *
 * @param feature what needs it, for the error.
 * @throws {UnsupportedError} on anything but Linux on x86-64, or when koffi does not load.
 */
export function foreign(feature: string): Koffi {
  if (koffi !== undefined) return koffi;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new UnsupportedError(feature, 'only Linux on x86-64 is supported');
  }
  try {
    koffi = loadKoffi();
  } catch (cause) {
    throw new UnsupportedError(feature, 'the foreign-function interface koffi does not load', {
      remedy: 'reinstall with optional dependencies (npm install koffi)',
      cause,
    });
  }
  return koffi;
}

/** A function of the C library, bound at its first use; the same conditions as {@linkcode foreign}. */
export function libc<Name extends keyof Signatures>(name: Name, feature: string): Signatures[Name] {
  let bound = functions.get(name);
  if (bound === undefined) {
    // The process itself holds the C library's symbols, whichever C library it is (glibc, musl).
    library ??= foreign(feature).load(null);
    const [result, parameters] = prototypes[name];
    bound = library.func(name, result, parameters);
    functions.set(name, bound);
  }
  return bound as Signatures[Name];
}

/** The error number that the last call left. */
export function lastErrno(): number {
  return koffi!.errno();
}

/** The page size of x86-64; huge pages are 512 of these. */
export const PAGE_BYTES = 4096;

export const HUGE_PAGE_BYTES = 2 * 1024 * 1024;

// From the kernel's include/uapi/asm-generic/mman-common.h and mman.h.
export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
export const MAP_SHARED = 0x01;
export const MAP_PRIVATE = 0x02;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_NORESERVE = 0x4000;
export const MADV_HUGEPAGE = 14;
export const MADV_NOHUGEPAGE = 15;
