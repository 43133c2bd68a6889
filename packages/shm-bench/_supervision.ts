import { now } from '@paratune/native';
import { layout, type Region, type Role } from './_region.ts';
import { CommunicationError } from './communication_error.ts';

const never = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread. */
export function sleep(milliseconds: number): void {
  Atomics.wait(never, 0, 0, milliseconds);
}

/** How long the other side is waited for. */
export interface Patience {
  /** Until it comes. */
  joinMs: number;
  /** Until it counts as lost, when it gives no sign of life. */
  peerMs: number;
}

/** How many times as long both may live without anything going on. */
const stalledFactor = 6;

const milliseconds = () => now() / 1e6;

/**
 * One side's eye on the other: whoever waits comes by here again and again, and gets an error in a bounded time when there is
 * nothing more to wait for.
 */
export class Supervision {
  readonly #region: Region;
  readonly #role: Role;
  readonly #patience: Patience;
  readonly #parent = process.ppid;
  #beat = -1;
  #beatAt = 0;
  #progress: unknown;
  #progressAt = 0;

  constructor(region: Region, role: Role, patience: Patience) {
    this.#region = region;
    this.#role = role;
    this.#patience = patience;
  }

  /** Takes this side's role and waits for the other side. */
  join(): void {
    this.#region.join(this.#role);
    const begin = milliseconds();
    while (this.#region.load(layout.sides[1 - this.#role]! + layout.joined) === 0) {
      this.#checkAborted();
      if (milliseconds() - begin > this.#patience.joinMs) {
        throw new CommunicationError('no-peer', `the other side did not come within ${this.#patience.joinMs / 1000} s`);
      }
      sleep(1);
    }
    this.#progressAt = this.#beatAt = milliseconds();
  }

  /** Says that this side lives and looks at the other. `progress` is anything that changes when something has gone on. */
  look(progress: unknown): void {
    this.#checkAborted();
    this.#region.add(layout.sides[this.#role] + layout.beat, 1);
    const time = milliseconds();
    const beat = this.#region.load(layout.sides[1 - this.#role]! + layout.beat);
    if (progress !== this.#progress) {
      this.#progress = progress;
      this.#progressAt = this.#beatAt = time;
    }
    if (beat !== this.#beat) {
      this.#beat = beat;
      this.#beatAt = time;
    }
    const { peerMs } = this.#patience;
    if (time - this.#beatAt > peerMs) throw lost(`the other side has given no sign of life for ${peerMs / 1000} s`);
    const limit = peerMs * stalledFactor;
    if (time - this.#progressAt > limit) {
      throw new CommunicationError('stalled', `both sides live, and nothing has gone on for ${limit / 1000} s`);
    }
  }

  /** Whoever started the sides says that one has ended, or has ended itself. */
  #checkAborted(): void {
    if (this.#region.load(layout.aborted) !== 0) throw lost('the other side has ended');
    if (process.ppid !== this.#parent) throw lost('the program that started both sides has ended');
  }
}

/** The error for a side that is no more. */
export function lost(message: string): CommunicationError {
  return new CommunicationError('peer-lost', message);
}
