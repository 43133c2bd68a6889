import { checkInteger, checkOptions, show } from './_check.ts';
import {
  foreign,
  HUGE_PAGE_BYTES,
  lastErrno,
  libc,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MAP_SHARED,
  PAGE_BYTES,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
} from './_libc.ts';
import { own } from './_mappings.ts';
import { fs, MAX_LENGTH } from './_node.ts';
import { SystemError } from './system_error.ts';

/** The kinds of array that {@linkcode allocate} makes. */
export type NativeArray =
  | Float64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint8ClampedArray<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>;

/** The constructor of one kind of {@linkcode NativeArray}, such as `Float64Array`. */
export interface NativeArrayConstructor<Kind extends NativeArray> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): Kind;
}

/** How {@linkcode allocate} lays memory out. */
export interface AllocateOptions {
  /** Alignment of the first element in bytes, a power of two. Default: a page (4096), or 2 MiB with `huge`. */
  readonly align?: number;
  /**
   * Ask for huge pages (2 MiB) where the system allows them; it may still give small ones. `false` refuses them, also where the
   * system would give them unasked. Default: what the system does.
   */
  readonly huge?: boolean;
  /**
   * Put the array flush against a page that faults on any access: in front of its first element (`'before'`), behind
   * its last (`'after'`). `'both'` has both pages, the array flush with the one behind, and with the one in front too
   * if its bytes fill whole pages. Behind, the array is only as aligned as its size allows.
   */
  readonly guard?: 'before' | 'after' | 'both';
  /**
   * Path of a file, or of a device that can be mapped, whose first bytes are the array's memory, shared with whoever
   * else maps it. A missing or too short file is created or extended, with its space reserved; a longer one is left as
   * long.
   */
  readonly sharedFile?: string;
}

const FEATURE = 'page-aligned memory';

const KINDS: ReadonlySet<unknown> = new Set([
  Float64Array,
  Float32Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
]);

// 1 TiB: far more than any use, and the sums of sizes below stay exact.
const MAXIMUM_ALIGN = 2 ** 40;

const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

interface Layout {
  readonly bytes: number;
  readonly align: number;
  readonly huge: boolean | undefined;
  /** Bytes of inaccessible pages in front of and behind the data. */
  readonly before: number;
  readonly after: number;
  readonly sharedFile: string | undefined;
}

function layoutOf(bytes: number, options: AllocateOptions): Layout {
  checkOptions('options', options, ['align', 'huge', 'guard', 'sharedFile']);
  const { align, huge, guard, sharedFile } = options;
  if (huge !== undefined && typeof huge !== 'boolean')
    throw new TypeError(`'huge' must be a boolean, got ${show(huge)}`);
  if (guard !== undefined && guard !== 'before' && guard !== 'after' && guard !== 'both') {
    throw new RangeError(`'guard' must be 'before', 'after' or 'both', got ${show(guard)}`);
  }
  if (sharedFile !== undefined && (typeof sharedFile !== 'string' || sharedFile === '' || sharedFile.includes('\0'))) {
    throw new TypeError(`'sharedFile' must be the path of a file, got ${show(sharedFile)}`);
  }
  if (sharedFile !== undefined && guard !== undefined) {
    throw new TypeError("'guard' and 'sharedFile' exclude each other: a file's memory begins at a page");
  }
  if (align !== undefined) {
    checkInteger('align', align, 1, MAXIMUM_ALIGN);
    if (!Number.isInteger(Math.log2(align))) throw new RangeError(`'align' must be a power of two, got ${align}`);
    if ((guard === 'after' || guard === 'both') && bytes % align !== 0) {
      throw new RangeError(
        `'align' must divide the ${bytes} bytes of an array that ends at a guard page, got ${align}`,
      );
    }
  }
  return {
    bytes,
    align: Math.max(align ?? (huge ? HUGE_PAGE_BYTES : PAGE_BYTES), PAGE_BYTES),
    huge,
    before: guard === 'before' || guard === 'both' ? PAGE_BYTES : 0,
    after: guard === 'after' || guard === 'both' ? PAGE_BYTES : 0,
    sharedFile,
  };
}

function map(address: number, bytes: number, protection: number, flags: number, fd = -1): number {
  const mapped = libc('mmap', FEATURE)(address, bytes, protection, flags, fd, 0);
  if (mapped === -1) throw new SystemError('mmap', lastErrno(), `cannot map ${bytes} bytes`);
  return mapped;
}

function unmap(address: number, bytes: number): void {
  if (bytes > 0) libc('munmap', FEATURE)(address, bytes);
}

/** Puts the first `bytes` of a file over the reserved addresses. */
function mapFile(path: string, address: number, bytes: number): void {
  const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644);
  try {
    if (fs.fstatSync(fd).isFile()) extend(path, fd, bytes);
    map(address, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Reserves a file's space, since writing through a mapping to a full disk would end the process by a signal. */
function extend(path: string, fd: number, bytes: number): void {
  const { EINTR, EINVAL, EOPNOTSUPP } = { EINTR: 4, EINVAL: 22, EOPNOTSUPP: 95 };
  let errno: number;
  do errno = libc('posix_fallocate', FEATURE)(fd, 0, bytes);
  while (errno === EINTR);
  if (errno === EINVAL || errno === EOPNOTSUPP) {
    if (fs.fstatSync(fd).size < bytes) fs.ftruncateSync(fd, bytes);
  } else if (errno !== 0) {
    throw new SystemError('posix_fallocate', errno, `cannot reserve ${bytes} bytes in '${path}'`);
  }
}

/**
 * Allocates a typed array on pages of its own, filled with zeros, outside V8's heap.
 *
 * Nothing is resident until it is touched. The memory is shared by all threads through its address (`addressOf`),
 * though the array object itself cannot be transferred to another thread, and posting it copies it. It is given back
 * by `free`, or when the array and all other views of its buffer are collected.
 *
 * @param type the array's constructor, such as `Float64Array`.
 * @param length the number of elements, at least 1.
 * @param options alignment, huge pages, guard pages, or a file to share.
 * @returns the array; its buffer may be larger than the array where a guard page asks for it.
 * @throws {TypeError} if `type` is no typed array's constructor, an argument has the wrong type, an option is unknown,
 * or options exclude each other.
 * @throws {RangeError} if `length` or `align` is out of range; an array may have as many bytes as Node allows a Buffer
 * (4 GiB on Node 20).
 * @throws {SystemError} if there is no memory, or no space for the file; Node's own errors if the file cannot be
 * opened.
 * @throws {UnsupportedError} on another platform than Linux on x86-64.
 * @example
 * ```ts
 * import { addressOf, allocate, free, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const matrix = allocate(Float64Array, 500 * 500);
 *   assert.equal(addressOf(matrix) % 4096, 0);
 *   matrix.fill(1);
 *   free(matrix);
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function allocate<Kind extends NativeArray>(
  type: NativeArrayConstructor<Kind>,
  length: number,
  options: AllocateOptions = {},
): Kind {
  if (!KINDS.has(type)) {
    throw new TypeError(`'type' must be the constructor of a typed array, such as Float64Array, got ${show(type)}`);
  }
  checkInteger('length', length, 1, Math.floor(MAX_LENGTH / type.BYTES_PER_ELEMENT));
  const bytes = length * type.BYTES_PER_ELEMENT;
  const { align, huge, before, after, sharedFile } = layoutOf(bytes, options);

  const dataBytes = roundUp(bytes, PAGE_BYTES);
  const slack = align - PAGE_BYTES;
  const reserved = before + dataBytes + after + slack;
  const plain = reserved === dataBytes && sharedFile === undefined;
  const flags = MAP_PRIVATE | MAP_ANONYMOUS;
  const base = plain
    ? map(0, dataBytes, PROT_READ | PROT_WRITE, flags)
    : map(0, reserved, PROT_NONE, flags | MAP_NORESERVE);

  // Of the reservation, keep the aligned data and its guard pages.
  const dataAddress = roundUp(base + before, align);
  const address = dataAddress - before;
  const kept = before + dataBytes + after;
  unmap(base, address - base);
  unmap(address + kept, base + reserved - address - kept);
  try {
    if (sharedFile !== undefined) {
      mapFile(sharedFile, dataAddress, dataBytes);
    } else if (!plain && libc('mprotect', FEATURE)(dataAddress, dataBytes, PROT_READ | PROT_WRITE) !== 0) {
      throw new SystemError('mprotect', lastErrno(), `cannot map ${dataBytes} bytes`);
    }
    // A hint: a kernel without transparent huge pages refuses it, and the memory serves as well.
    if (huge !== undefined) libc('madvise', FEATURE)(dataAddress, dataBytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);

    const buffer = foreign(FEATURE).view(dataAddress, dataBytes);
    const array = new type(buffer, after > 0 ? dataBytes - bytes : 0, length);
    own(buffer, { address, bytes: kept, dataAddress, dataBytes });
    return array;
  } catch (error) {
    unmap(address, kept);
    throw error;
  }
}
