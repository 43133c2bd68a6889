import { checkedTimeout, checkKeys, checkWhole } from './_check.ts';
import { attachFile, createFile, headerBytes, pathOf, type ShmFile } from './_shm_file.ts';
import { CommunicationError } from './communication_error.ts';

/** How long {@linkcode SharedRegion} and `Channel` wait for the other side. */
export interface WaitOptions {
  /**
   * Milliseconds within which the other side must come; and, where it is in another kernel or another namespace of processes, give a
   * sign of life. 5000 when absent.
   */
  timeoutMs?: number | undefined;
}

/** What a {@linkcode SharedRegion} is made with. */
export interface CreateRegionOptions extends WaitOptions {
  /** Its size, from 1 to 2^30. */
  bytes: number;
}

/** What is asked of a {@linkcode SharedRegion} that is there. */
export interface AttachRegionOptions extends WaitOptions {
  /** The size that it must have; any when absent. */
  bytes?: number | undefined;
}

const largest = 2 ** 30;

/**
 * Memory under a name, which processes of this machine share: a file in `/dev/shm`, which only this user can open. One side creates it,
 * any number attach; when the one that created it closes it, the name is free, and the memory stays until all have closed it.
 *
 * A guest of user-mode Linux (`@paratune/guest`) that was started with `sharedMemory: region.path` attaches by the name `/dev/mmapper`.
 *
 * What a crash has left is recovered by whoever creates a region of that name next: what is there is removed if the process (or thread)
 * that made it has ended, and refused (`role-taken`) if it lives. Whoever attaches is refused (`peer-lost`) what a crash has left.
 *
 * Linux on x86-64 only.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { SharedRegion } from '@paratune/shm-bench';
 *
 * const mine = await SharedRegion.create(`example-${process.pid}`, { bytes: 4096 });
 * const theirs = await SharedRegion.attach(mine.name, { bytes: 4096 }); // in another process
 * try {
 *   mine.data.set([1, 2, 3]);
 *   assert.deepEqual([...theirs.data.subarray(0, 4)], [1, 2, 3, 0]);
 *   theirs.checkOwner();
 * } finally {
 *   theirs.close();
 *   mine.close();
 * }
 * ```
 */
export class SharedRegion {
  readonly name: string;
  /** The file, for a guest that is to share it. */
  readonly path: string;
  /** The memory itself: zeros at first. Its buffer has other memory in front; it is not to be used after `close()`. */
  readonly data: Uint8Array<ArrayBuffer>;
  readonly #file: ShmFile;
  readonly #timeoutMs: number;
  #closed = false;

  private constructor(name: string, file: ShmFile, timeoutMs: number) {
    const { buffer, byteOffset } = file.region.words;
    this.name = name;
    this.path = file.path;
    this.data = new Uint8Array(buffer as ArrayBuffer, byteOffset + headerBytes, file.bytes);
    this.#file = file;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Makes a region.
   *
   * @param name of 1 to 64 letters, digits, `-` and `_`
   * @param options its size
   * @throws {TypeError} {RangeError} when an argument is not what it must be
   * @throws {CommunicationError} `role-taken` when a live process has a region of that name, `mismatch` or `region-too-small` when the file of that name is none of this version
   * @throws {SystemError} {UnsupportedError} (of `@paratune/native`) when there is no memory, or another platform
   */
  static async create(name: string, options: CreateRegionOptions): Promise<SharedRegion> {
    const path = pathOf(name, { guests: false });
    checkKeys(options, 'options', ['bytes', 'timeoutMs']);
    checkWhole(options.bytes, 'bytes', 1, largest);
    const timeoutMs = checkedTimeout(options.timeoutMs);
    const file = await createFile(path, options.bytes, 'region', () => {}, timeoutMs);
    return new SharedRegion(name, file, timeoutMs);
  }

  /**
   * Attaches to a region, once it is there.
   *
   * @param name the one it was made with, or `/dev/mmapper` in a guest
   * @param options the size that it must have, and how long it is waited for
   * @throws {TypeError} {RangeError} when an argument is not what it must be
   * @throws {CommunicationError} `no-peer` when there was none in time, `peer-lost` when there was one left by a process that has ended, `mismatch` or `region-too-small` when it is not of that size, kind or version
   */
  static async attach(name: string, options: AttachRegionOptions = {}): Promise<SharedRegion> {
    const path = pathOf(name, { guests: true });
    checkKeys(options, 'options', ['bytes', 'timeoutMs']);
    const { bytes } = options;
    if (bytes !== undefined) checkWhole(bytes, 'bytes', 1, largest);
    const timeoutMs = checkedTimeout(options.timeoutMs);
    const file = await attachFile(path, 'region', timeoutMs);
    if (bytes !== undefined && file.bytes !== bytes) {
      const found = file.bytes;
      file.close();
      throw new CommunicationError('mismatch', `'bytes' must be that of the region, ${found}, got ${bytes}`);
    }
    return new SharedRegion(name, file, timeoutMs);
  }

  /**
   * Looks whether the side that made the region is there.
   *
   * @throws {CommunicationError} `closed` when this side or that one has closed it, `peer-lost` when that one has ended without
   */
  checkOwner(): void {
    if (this.#closed) throw new CommunicationError('closed', `this side has closed region '${this.name}'`);
    const { owner } = this.#file;
    if (owner.hasLeft) throw new CommunicationError('closed', `the side that made region '${this.name}' has closed it`);
    if (owner.isLost(this.#timeoutMs)) {
      throw new CommunicationError('peer-lost', `the side that made region '${this.name}' has ended`);
    }
  }

  /** Ends this side's use of the region, the second time without effect. The side that made it removes its name. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
  }
}
