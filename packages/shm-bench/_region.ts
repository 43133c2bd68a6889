import { existsSync, statSync } from 'node:fs';
import { allocate, free, SystemError } from '@paratune/native';
import { CommunicationError } from './communication_error.ts';

/** Which of the two sides: 0 begins. */
export type Role = 0 | 1;

/** 'shmb' */
const MAGIC = 0x73686d62;

/** Of the layout below; both sides must have the same. */
const VERSION = 1;

/**
 * Where everything lies in a region, in bytes. What different sides write is 128 bytes apart: two cache lines, which the
 * hardware's prefetchers of neighbours take for one.
 */
export const layout = {
  magic: 0,
  version: 4,
  bytes: 8,
  messageBytes: 12,
  aborted: 128,
  port: 256,
  /** Of each role: a word that says whether it is taken, and one that the side counts up as a sign of life. */
  sides: [384, 512],
  joined: 0,
  beat: 4,
  /** Raw's variable. */
  flag: 640,
  /** Of each role, the bakery algorithm's words: choosing (32 bits), number (64 bits). */
  tickets: [768, 896],
  choosing: 0,
  number: 8,
  /** What the lock is around: the integer, who is inside (for the stress test only), the message. */
  counter: 1024,
  owner: 1152,
  message: 1280,
} as const;

/** Bytes of a region for messages of that size. */
export function regionBytes(messageBytes: number): number {
  return layout.message + messageBytes;
}

/** The 32-bit words of a region of this machine's, shared by file, by device or by threads. */
export class Region {
  readonly words: Int32Array;
  readonly #free: () => void;

  constructor(words: Int32Array, free: () => void = () => {}) {
    this.words = words;
    this.#free = free;
  }

  load(offset: number): number {
    return Atomics.load(this.words, offset / 4);
  }

  store(offset: number, value: number): void {
    Atomics.store(this.words, offset / 4, value);
  }

  add(offset: number, value: number): void {
    Atomics.add(this.words, offset / 4, value);
  }

  /** Makes it a region of the current version, all else zero. */
  initialize(messageBytes: number): this {
    this.words.fill(0);
    this.store(layout.version, VERSION);
    this.store(layout.bytes, this.words.byteLength);
    this.store(layout.messageBytes, messageBytes);
    this.store(layout.magic, MAGIC);
    return this;
  }

  /** @throws {CommunicationError} when it is not what this side expects. */
  check(messageBytes: number): this {
    const needed = regionBytes(messageBytes);
    if (this.words.byteLength < needed) throw tooSmall(this.words.byteLength, needed);
    const [magic, version, bytes, message] = [layout.magic, layout.version, layout.bytes, layout.messageBytes].map(
      (at) => this.load(at),
    ) as [number, number, number, number];
    const wrong =
      magic !== MAGIC
        ? 'the region was not initialized'
        : version !== VERSION
          ? `the other side has version ${version} of the layout, this one ${VERSION}`
          : message !== messageBytes
            ? `the other side has messages of ${message} bytes, this one of ${messageBytes}`
            : bytes < needed
              ? `the other side has a region of ${bytes} bytes, this one needs ${needed}`
              : undefined;
    if (wrong !== undefined) throw new CommunicationError('mismatch', wrong);
    return this;
  }

  /** Takes a role. @throws {CommunicationError} when another has it. */
  join(role: Role): void {
    if (Atomics.compareExchange(this.words, (layout.sides[role] + layout.joined) / 4, 0, 1) !== 0) {
      throw new CommunicationError('role-taken', `another side has role ${role} already; one must have 0, one 1`);
    }
  }

  free(): void {
    this.#free();
  }
}

function tooSmall(bytes: number, needed: number): CommunicationError {
  return new CommunicationError('region-too-small', `the region has ${bytes} bytes, it must have ${needed} at least`);
}

/** Maps a file that is there already, or a device. @throws {CommunicationError} when it is too small, or is not there. */
export function openRegion(path: string, messageBytes: number): Region {
  const needed = regionBytes(messageBytes);
  if (!existsSync(path)) throw new CommunicationError('mismatch', `there is no region ${path}`);
  const status = statSync(path);
  // To map more than there is would make the file longer, or be a fault at first touch.
  if (status.isFile() && status.size < needed) throw tooSmall(status.size, needed);
  try {
    return mapRegion(path, needed).check(messageBytes);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new CommunicationError('region-too-small', `${path} cannot be mapped with ${needed} bytes: ${error.message}`);
  }
}

/** Maps a file, which is made so long if it is shorter. */
export function mapRegion(path: string, bytes: number): Region {
  const words = allocate(Int32Array, Math.ceil(bytes / 4096) * 1024, { sharedFile: path });
  return new Region(words, () => free(words));
}
