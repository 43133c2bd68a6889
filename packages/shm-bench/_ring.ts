import type { Region } from './_region.ts';
import { CommunicationError } from './communication_error.ts';

/** What reader and writer change is 128 bytes apart: two cache lines, which prefetchers of neighbours take for one. */
const at = { read: 0, written: 128, data: 256 } as const;

/** Of the length, in front of each message. */
export const frameBytes = 4;

/** Bytes of shared memory that a ring of that capacity takes. */
export function ringBytes(capacity: number): number {
  return at.data + capacity;
}

/**
 * Messages in the order in which they were written, by one writer and one reader, who never wait for each other: a ring in
 * shared memory, of which each side moves its own end only. The ends count bytes modulo 2^32, which a capacity that is a power of two divides.
 */
export class Ring {
  readonly #region: Region;
  readonly #at: number;
  readonly #capacity: number;
  readonly #bytes: Uint8Array;
  readonly #lengths: Int32Array;

  constructor(region: Region, offset: number, capacity: number) {
    const { buffer, byteOffset } = region.words;
    this.#region = region;
    this.#at = offset;
    this.#capacity = capacity;
    this.#bytes = new Uint8Array(buffer, byteOffset + offset + at.data, capacity);
    this.#lengths = new Int32Array(buffer, byteOffset + offset + at.data, capacity / 4);
  }

  /** Writes a message, unless there is no room for it. */
  write(message: Uint8Array): boolean {
    const written = this.#region.load(this.#at + at.written);
    const needed = frameBytes + roundUp(message.length);
    if (this.#used(written) + needed > this.#capacity) return false;
    this.#lengths[this.#place(written) / 4] = message.length;
    const begin = this.#place(written + frameBytes);
    const first = Math.min(message.length, this.#capacity - begin);
    this.#bytes.set(message.subarray(0, first), begin);
    this.#bytes.set(message.subarray(first), 0);
    // Behind the message: whoever sees this sees it too.
    this.#region.store(this.#at + at.written, (written + needed) | 0);
    return true;
  }

  /** Takes the next message, if there is one. */
  read(): Uint8Array<ArrayBuffer> | undefined {
    const read = this.#region.load(this.#at + at.read);
    const used = this.#used();
    if (used === 0) return undefined;
    const length = this.#lengths[this.#place(read) / 4]!;
    const taken = frameBytes + roundUp(length);
    if (length < 0 || taken > used) {
      throw new CommunicationError(
        'mismatch',
        `a message of ${length} bytes cannot be among ${used} bytes: they are spoiled`,
      );
    }
    const message = new Uint8Array(length);
    const begin = this.#place(read + frameBytes);
    const first = Math.min(length, this.#capacity - begin);
    message.set(this.#bytes.subarray(begin, begin + first));
    message.set(this.#bytes.subarray(0, length - first), first);
    this.#region.store(this.#at + at.read, (read + taken) | 0);
    return message;
  }

  #used(written = this.#region.load(this.#at + at.written)): number {
    const used = (written - this.#region.load(this.#at + at.read)) >>> 0;
    if (used <= this.#capacity) return used;
    throw new CommunicationError('mismatch', `${used} bytes cannot be in a ring of ${this.#capacity}: it is spoiled`);
  }

  #place(position: number): number {
    return (position >>> 0) % this.#capacity;
  }
}

/** Lengths lie at whole words. */
function roundUp(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}
