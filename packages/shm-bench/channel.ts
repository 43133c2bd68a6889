import { now } from '@paratune/native';
import { checkedTimeout, checkKeys, checkWhole, show } from './_check.ts';
import { Occupant, occupantBytes } from './_occupant.ts';
import { pause } from './_pause.ts';
import { frameBytes, Ring, ringBytes } from './_ring.ts';
import { attachFile, createFile, headerBytes, pathOf, type ShmFile } from './_shm_file.ts';
import { CommunicationError } from './communication_error.ts';
import type { WaitOptions } from './shared_region.ts';

/** What a {@linkcode Channel} is made with, or must have. */
export interface ChannelOptions extends WaitOptions {
  /**
   * Bytes in each direction that are sent and not received yet, before `send` waits; with each message go 4, and up to 3 to whole words. A power
   * of two from 64 to 2^28; 65536 when absent, or what the channel has when attaching.
   */
  capacityBytes?: number | undefined;
}

/** How `send` and `receive` wait. */
export interface TransferOptions {
  /** Ends the wait, with its reason as the error. */
  signal?: AbortSignal | undefined;
}

/** How often the other side is looked for: a death is seen so much later at most, by a side that waits. */
const lookMs = 100;

/** What a channel has in its region, behind the header, in bytes. */
const capacityAt = headerBytes;
const endsAt = [capacityAt + occupantBytes, capacityAt + 2 * occupantBytes] as const;
const ringsAt = capacityAt + 3 * occupantBytes;

const bytesOf = (capacity: number) => ringsAt - headerBytes + 2 * ringBytes(capacity);

function checkCapacity(value: unknown): asserts value is number {
  checkWhole(value, 'capacityBytes', 64, 2 ** 28);
  if (!Number.isInteger(Math.log2(value))) throw new RangeError(`'capacityBytes' must be a power of two, got ${value}`);
}

/**
 * Messages both ways between two processes of this machine, or one and a guest of user-mode Linux: a ring in shared memory for each
 * direction. One side creates the channel, one attaches by its name (in a guest that was started with `sharedMemory: channel.path`
 * by the name `/dev/mmapper`). A message is any number of bytes that fits in, and arrives whole and in order.
 *
 * Nothing ever waits without end for a side that is not there:
 *
 * - a side that does not come within `timeoutMs` is `no-peer`;
 * - one that has ended without `close()` (an error, `kill -9`, a worker thread that ended) is `peer-lost`: within 0.2 s where both are processes of one
 *   kernel, else, where only signs of life can be had, `timeoutMs` and 0.2 s after the last. What it had sent is received first. A process that is
 *   only stopped, or computes, is not lost in the first case;
 * - one that has closed the channel is `closed` to whoever sends, and the end, `undefined`, to whoever receives.
 *
 * A channel with a lost side stays so. What a crash has left is recovered by whoever creates a channel of that name next; whoever
 * attaches is refused it.
 *
 * A wait looks a few dozen times in turns of the event loop, then sleeps between looks, 16 ms in the end: an idle wait takes some 1 % of a
 * CPU, and its first message comes so much later. (`Atomics.waitAsync` wakes only threads of one process.)
 *
 * Linux on x86-64 only.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { Channel } from '@paratune/shm-bench';
 *
 * const mine = await Channel.create(`example-channel-${process.pid}`);
 * const theirs = await Channel.attach(mine.name); // in another process
 * await mine.send(Buffer.from('how many?'));
 * assert.equal(Buffer.from((await theirs.receive())!).toString(), 'how many?');
 * await theirs.send(new Uint8Array(Float64Array.of(42).buffer));
 * theirs.close();
 * for await (const message of mine) assert.equal(new Float64Array(message.buffer)[0], 42);
 * await assert.rejects(mine.send(new Uint8Array(1)), { name: 'CommunicationError', kind: 'closed' });
 * mine.close();
 * ```
 */
export class Channel implements AsyncIterable<Uint8Array<ArrayBuffer>> {
  readonly name: string;
  /** The file, for a guest that is to share it. */
  readonly path: string;
  /** Bytes of each direction. */
  readonly capacityBytes: number;
  readonly #file: ShmFile;
  readonly #timeoutMs: number;
  readonly #self: Occupant;
  readonly #peer: Occupant;
  readonly #outgoing: Ring;
  readonly #incoming: Ring;
  readonly #openedAt = now();
  /** The transfers that go before the next one, of each direction. */
  #sent: Promise<unknown> = Promise.resolve();
  #received: Promise<unknown> = Promise.resolve();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #lost: string | undefined;
  #closed = false;

  private constructor(name: string, file: ShmFile, end: 0 | 1, timeoutMs: number) {
    const { region, path } = file;
    const capacity = region.load(capacityAt);
    const rings = [0, 1].map((index) => new Ring(region, ringsAt + index * ringBytes(capacity), capacity));
    this.name = name;
    this.path = path;
    this.capacityBytes = capacity;
    this.#file = file;
    this.#timeoutMs = timeoutMs;
    this.#self = new Occupant(region, endsAt[end]);
    this.#peer = new Occupant(region, endsAt[1 - end]!);
    this.#outgoing = rings[end]!;
    this.#incoming = rings[1 - end]!;
  }

  /**
   * Makes a channel. The other side may attach later; what is sent until then waits for it.
   *
   * @param name of 1 to 64 letters, digits, `-` and `_`
   * @param options its capacity, and how long the other side is waited for
   * @throws {TypeError} {RangeError} when an argument is not what it must be
   * @throws {CommunicationError} `role-taken` when a live process has a channel or region of that name, `mismatch` or `region-too-small` when the file of that name is none of this version
   * @throws {SystemError} {UnsupportedError} (of `@paratune/native`) when there is no memory, or another platform
   */
  static async create(name: string, options: ChannelOptions = {}): Promise<Channel> {
    const path = pathOf(name, { guests: false });
    checkKeys(options, 'options', ['capacityBytes', 'timeoutMs']);
    const { capacityBytes = 65536 } = options;
    checkCapacity(capacityBytes);
    const timeoutMs = checkedTimeout(options.timeoutMs);
    const file = await createFile(
      path,
      bytesOf(capacityBytes),
      'channel',
      (region) => region.store(capacityAt, capacityBytes),
      timeoutMs,
    );
    const channel = new Channel(name, file, 0, timeoutMs);
    channel.#self.take();
    return channel;
  }

  /**
   * Attaches to a channel, once it is there.
   *
   * @param name the one it was made with, or `/dev/mmapper` in a guest
   * @param options the capacity that it must have, and how long it is waited for
   * @throws {TypeError} {RangeError} when an argument is not what it must be
   * @throws {CommunicationError} `no-peer` when there was none in time, `peer-lost` when there was one left by a process that has ended, `role-taken` when another has attached already, `mismatch` or `region-too-small` when it is not of that capacity, kind or version
   */
  static async attach(name: string, options: ChannelOptions = {}): Promise<Channel> {
    const path = pathOf(name, { guests: true });
    checkKeys(options, 'options', ['capacityBytes', 'timeoutMs']);
    const { capacityBytes } = options;
    if (capacityBytes !== undefined) checkCapacity(capacityBytes);
    const timeoutMs = checkedTimeout(options.timeoutMs);
    const file = await attachFile(path, 'channel', timeoutMs);
    try {
      const found = file.region.load(capacityAt);
      if (file.bytes !== bytesOf(found)) {
        throw new CommunicationError('mismatch', `${path} has ${file.bytes} bytes, not those of capacity ${found}`);
      }
      if (capacityBytes !== undefined && capacityBytes !== found) {
        const message = `'capacityBytes' must be that of the channel, ${found}, got ${capacityBytes}`;
        throw new CommunicationError('mismatch', message);
      }
      const channel = new Channel(name, file, 1, timeoutMs);
      if (channel.#self.take()) return channel;
      throw new CommunicationError('role-taken', `another side has attached to channel '${name}' already`);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Bytes that a message may have. */
  get maximumMessageBytes(): number {
    return this.capacityBytes - frameBytes;
  }

  /**
   * Sends a message. While there is no room for it, it waits until the other side has received enough.
   *
   * @param message its bytes, which must stay as they are until the promise is kept
   * @param options what may end the wait
   * @throws {TypeError} when it is no `Uint8Array`
   * @throws {RangeError} when it has more than `maximumMessageBytes`
   * @throws {CommunicationError} `no-peer`, `peer-lost`, `closed`; `mismatch` when the shared memory was spoiled
   */
  async send(message: Uint8Array, options: TransferOptions = {}): Promise<void> {
    if (!(message instanceof Uint8Array)) throw new TypeError(`'message' must be a Uint8Array, got ${show(message)}`);
    if (message.length > this.maximumMessageBytes) {
      const most = this.maximumMessageBytes;
      throw new RangeError(`'message' must have ${most} bytes at most in this channel, got ${message.length}`);
    }
    checkKeys(options, 'options', ['signal']);
    const sent = this.#sent.then(() => this.#send(message, options.signal));
    this.#sent = sent.catch(() => {});
    await sent;
  }

  /**
   * Receives the next message, and waits for it as long as the other side is there.
   *
   * @param options what may end the wait
   * @returns its bytes, a copy; or `undefined` when the other side has closed the channel and there is nothing more
   * @throws {CommunicationError} `no-peer`, `peer-lost`, `closed` (by this side); `mismatch` when the shared memory was spoiled
   */
  async receive(options: TransferOptions = {}): Promise<Uint8Array<ArrayBuffer> | undefined> {
    checkKeys(options, 'options', ['signal']);
    const received = this.#received.then(() => this.#receive(options.signal));
    this.#received = received.catch(() => {});
    return await received;
  }

  /** Receives until the other side closes the channel. @throws {CommunicationError} as `receive` */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
    for (let message = await this.receive(); message !== undefined; message = await this.receive()) yield message;
  }

  /** Ends this side, the second time without effect. What it has sent can still be received; what it waits for fails as `closed`. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#self.leave();
    this.#file.close();
  }

  async #send(message: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    for (let round = 0; ; round++) {
      this.#checkOpen(signal);
      const end = this.#ended();
      if (end !== undefined) throw end;
      if (this.#outgoing.write(message)) return;
      await pause(round);
    }
  }

  async #receive(signal: AbortSignal | undefined): Promise<Uint8Array<ArrayBuffer> | undefined> {
    for (let round = 0; ; round++) {
      this.#checkOpen(signal);
      // Asked first: what the other side sent before its end is there once the end is seen.
      const end = this.#ended();
      const message = this.#incoming.read();
      if (message !== undefined) return message;
      if (end?.kind === 'closed') return undefined;
      if (end !== undefined) throw end;
      await pause(round);
    }
  }

  #checkOpen(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#closed) throw new CommunicationError('closed', `this side has closed channel '${this.name}'`);
  }

  /** Why nothing more can come from the other side. */
  #ended(): CommunicationError | undefined {
    if (this.#lost !== undefined) return new CommunicationError('peer-lost', this.#lost);
    if (this.#peer.hasLeft) {
      return new CommunicationError('closed', `the other side has closed channel '${this.name}'`);
    }
    const time = now();
    if (time - this.#lookedAt < 1e6 * lookMs) return undefined;
    this.#lookedAt = time;
    const seconds = this.#timeoutMs / 1000;
    if (!this.#peer.isPresent) {
      // The side that attached may be quicker than the one that made it, which is then looked at as the region's.
      if (this.#file.owner.isLost(this.#timeoutMs)) this.#lost = 'the other side has ended before it was ready';
      else if (time - this.#openedAt <= 1e6 * this.#timeoutMs) return undefined;
      else return new CommunicationError('no-peer', `the other side did not come within ${seconds} s`);
    } else if (this.#peer.isLost(this.#timeoutMs)) {
      this.#lost = this.#peer.isNear
        ? `the other side, process ${this.#peer.pid}, has ended without closing channel '${this.name}'`
        : `the other side of channel '${this.name}' has given no sign of life for ${seconds} s`;
    }
    return this.#lost === undefined ? undefined : new CommunicationError('peer-lost', this.#lost);
  }
}
