import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { now } from '@paratune/native';
import type { Region } from './_region.ts';

/** Bytes of shared memory that an occupant takes: of two cache lines, which nobody else writes to. */
export const occupantBytes = 128;

const field = { state: 0, domain: 4, pid: 8, thread: 12, start: 16, beat: 20 } as const;

const state = { absent: 0, present: 1, closed: 2, coming: 3 } as const;

/** How often a sign of life is given, for those who cannot look at this process. */
const beatMs = 200;

/** Signs of life are given for these; one timer does for all, and keeps no process running. */
const beating = new Set<Occupant>();
let beats: NodeJS.Timeout | undefined;

function setBeating(occupant: Occupant, on: boolean): void {
  if (on) beating.add(occupant);
  else beating.delete(occupant);
  if (beating.size === 0) {
    clearInterval(beats);
    beats = undefined;
  } else {
    beats ??= setInterval(() => {
      for (const each of beating) each.beat();
    }, beatMs).unref();
  }
}

/** A thread of a process, as all who share its kernel and its process numbers can find it. */
interface Self {
  domain: number;
  pid: number;
  thread: number;
  start: number;
}

/** The time a thread began, in the kernel's ticks; nothing when there is none, or it is dead and only not yet buried. */
function startOf(pid: number, thread: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
    // The name, in parentheses, may have anything in it; behind it come field 3, the state, and field 22, the time (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]) | 0;
  } catch {
    return undefined;
  }
}

let self: Self | undefined;

/** This thread. */
function whoAmI(): Self {
  if (self === undefined) {
    const [pid, , thread] = readlinkSync('/proc/thread-self').split('/').map(Number) as [number, number, number];
    const place = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1') + readlinkSync('/proc/self/ns/pid');
    const domain = createHash('sha256').update(place).digest().readInt32LE();
    self = { domain, pid, thread, start: startOf(pid, thread) ?? 0 };
  }
  return self;
}

/** What this thread is called, which no other ever is. */
export function ownName(): string {
  const { domain, pid, thread, start } = whoAmI();
  return [domain >>> 0, pid, thread, start >>> 0].join('-');
}

/** Whether the thread of that name is no more; false where that cannot be said. */
export function isGone(name: string): boolean {
  const [domain, pid, thread, start] = name.split('-').map(Number);
  if (domain !== whoAmI().domain >>> 0 || start === undefined) return false;
  return startOf(pid!, thread!) !== (start | 0);
}

/** Who has a place in shared memory: a thread that others can see the end of. */
export class Occupant {
  readonly #region: Region;
  readonly #at: number;
  #beat: number | undefined;
  #beatAt = 0;
  #beats = 0;

  constructor(region: Region, at: number) {
    this.#region = region;
    this.#at = at;
  }

  get pid(): number {
    return this.#region.load(this.#at + field.pid);
  }

  get isPresent(): boolean {
    return this.#region.load(this.#at + field.state) === state.present;
  }

  /** Whether it has left of its own accord. */
  get hasLeft(): boolean {
    return this.#region.load(this.#at + field.state) === state.closed;
  }

  /** Takes the place for this thread; false when another has, or has had it. */
  take(): boolean {
    const word = (this.#at + field.state) / 4;
    if (Atomics.compareExchange(this.#region.words, word, state.absent, state.coming) !== state.absent) return false;
    const { domain, pid, thread, start } = whoAmI();
    this.#region.store(this.#at + field.domain, domain);
    this.#region.store(this.#at + field.pid, pid);
    this.#region.store(this.#at + field.thread, thread);
    this.#region.store(this.#at + field.start, start);
    this.#region.store(this.#at + field.state, state.present);
    setBeating(this, true);
    return true;
  }

  /** Leaves the place for good. */
  leave(): void {
    setBeating(this, false);
    this.#region.store(this.#at + field.state, state.closed);
  }

  beat(): void {
    this.#region.add(this.#at + field.beat, 1);
  }

  /** Whether it can be looked up here, or only gives signs of life: it is in another kernel, or another namespace of processes. */
  get isNear(): boolean {
    return this.#region.load(this.#at + field.domain) === whoAmI().domain;
  }

  /** Whether a present occupant is no more: at once when it is near, else when no sign of life was seen for so long since this was first asked. */
  isLost(silenceMs: number): boolean {
    if (!this.isPresent) return false;
    if (this.isNear) {
      const thread = this.#region.load(this.#at + field.thread);
      return startOf(this.pid, thread) !== this.#region.load(this.#at + field.start);
    }
    const beat = this.#region.load(this.#at + field.beat);
    const time = now() / 1e6;
    if (beat !== this.#beat) {
      if (this.#beat !== undefined) this.#beats++;
      this.#beat = beat;
      this.#beatAt = time;
    }
    return time - this.#beatAt > silenceMs;
  }

  /** Whether a sign of life has come between two times that {@linkcode isLost} was asked. */
  get hasBeaten(): boolean {
    return this.#beats > 0;
  }
}
