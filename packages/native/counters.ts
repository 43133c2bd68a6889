import { show } from './_check.ts';
import { lastErrno, libc } from './_libc.ts';
import { fs, getSystemErrorName } from './_node.ts';
import { attributeOf, countedEvents } from './_perf_event.ts';
import { SystemError } from './system_error.ts';
import { UnsupportedError } from './unsupported_error.ts';

/**
 * What {@linkcode counters} counts. Of the hardware: core cycles, instructions that were retired, page walks for loads, for stores
 * and for fetches of instructions (misses of all levels of the TLB, where a processor tells them apart). Of the kernel, and so on
 * every machine: page faults in all, those without and those with a disk read, and switches to another thread.
 */
export type CounterEvent = keyof typeof countedEvents;

/** What counters have counted. */
export interface CounterReading {
  /** Of each event, from `start` to `stop`; scaled up where the hardware counted it for a part of the time. */
  readonly counts: { readonly [Event in CounterEvent]?: number };
  /** The least part of the time that an event was counted for: 1 when nothing was scaled, 0 when one was never counted. */
  readonly coverage: number;
}

/** Counters of the calling thread. */
export interface Counters extends Disposable {
  /** Sets all to zero and lets them run. */
  start(): void;
  /** Stops them, and tells what they have counted. */
  stop(): CounterReading;
  /** Gives them back; doing it twice does nothing. */
  close(): void;
}

// From the kernel's include/uapi/linux/perf_event.h.
const PERF_EVENT_IOC_ENABLE = 0x2400;
const PERF_EVENT_IOC_DISABLE = 0x2401;
const PERF_EVENT_IOC_RESET = 0x2403;
const PERF_FLAG_FD_CLOEXEC = 8;
/** perf_event_open of x86-64: no C library has a function for it. */
const SYS_PERF_EVENT_OPEN = 298;
const [THIS_THREAD, ANY_CPU, NO_GROUP] = [0, -1, -1];

const permission = 'sysctl kernel.perf_event_paranoid=2 allows it; in a container its seccomp profile must, too';

/** Why the kernel refuses a counter, by the error's name: what is not there, and what is not allowed. */
const refusals: { readonly [code: string]: { reason: string; remedy?: string } } = {
  ENOENT: { reason: 'this processor, or its hypervisor, has no such counter' },
  EOPNOTSUPP: { reason: 'this processor, or its hypervisor, has no such counter' },
  ENODEV: { reason: 'this processor, or its hypervisor, has no such counter' },
  ENOSYS: { reason: 'this kernel has no perf_event_open' },
  EACCES: { reason: 'the kernel forbids it', remedy: permission },
  EPERM: { reason: 'the kernel forbids it', remedy: permission },
};

const EBADF = 9;

/** Bytes of a {@linkcode Raw} as the kernel writes it. */
const READING_BYTES = 24;

/** What a counter says: events, nanoseconds in which it was to count, and those in which it had hardware to count with. */
interface Raw {
  readonly count: number;
  readonly enabled: number;
  readonly running: number;
}

function open(event: CounterEvent): number {
  const feature = `the counter '${event}'`;
  const fd = libc('syscall', feature)(
    SYS_PERF_EVENT_OPEN,
    attributeOf(event),
    THIS_THREAD,
    ANY_CPU,
    NO_GROUP,
    PERF_FLAG_FD_CLOEXEC,
  );
  if (fd >= 0) return fd;
  const errno = lastErrno();
  const code = getSystemErrorName(-errno);
  const refusal = refusals[code];
  const error = new SystemError('perf_event_open', errno, `cannot count '${event}'`);
  if (refusal === undefined) throw error;
  const { reason, remedy } = refusal;
  throw new UnsupportedError(feature, `${reason} (${code})`, { ...(remedy ? { remedy } : {}), cause: error });
}

function control(fd: number, request: number): void {
  if (libc('ioctl', 'counters')(fd, request, 0) < 0) {
    throw new SystemError('ioctl', lastErrno(), 'cannot control a counter');
  }
}

/**
 * Counters of what the calling thread does, of the hardware and of the kernel (perf_event_open).
 *
 * They count in user mode only, which is what a user may count, and the same whoever asks: what the kernel does for the thread
 * is left out. A processor has few counters; with more events than those each is counted for a part of the time and
 * scaled up, which `coverage` tells. Virtual machines mostly have the kernel's events alone.
 *
 * @param events what to count, each once.
 * @returns the counters, at rest; `close` them, or keep them with `using`.
 * @throws {TypeError} if `events` is not an array of names of events.
 * @throws {RangeError} if it is empty, or names one twice.
 * @throws {UnsupportedError} if an event cannot be counted here: no such counter, a kernel or a policy that forbids it, another platform
 *   than Linux on x86-64. None is left open then.
 * @throws {SystemError} if the operating system refuses for another reason, such as too many open files; or, of a method, after `close`.
 * @example
 * ```ts
 * import { counters, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const faults = counters(['pageFaults']);
 *   faults.start();
 *   new Float64Array(2 ** 20).fill(1);
 *   const { counts, coverage } = faults.stop();
 *   faults.close();
 *   assert.ok(counts.pageFaults! > 0);
 *   assert.equal(coverage, 1);
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function counters(events: readonly CounterEvent[]): Counters {
  if (!Array.isArray(events)) throw new TypeError(`'events' must be an array, got ${show(events)}`);
  if (events.length === 0) throw new RangeError("'events' must name at least one event, got none");
  for (const [index, event] of events.entries()) {
    if (typeof event !== 'string' || !Object.hasOwn(countedEvents, event)) {
      const known = Object.keys(countedEvents).join(', ');
      throw new TypeError(`'events[${index}]' must be one of ${known}, got ${show(event)}`);
    }
    if (events.indexOf(event) !== index) throw new RangeError(`'events' must be distinct, got ${show(event)} twice`);
  }
  const opened: { event: CounterEvent; fd: number; before: Raw }[] = [];
  const close = () => {
    for (const { fd } of opened.splice(0)) fs.closeSync(fd);
  };
  try {
    for (const event of events) opened.push({ event, fd: open(event), before: { count: 0, enabled: 0, running: 0 } });
  } catch (error) {
    close();
    throw error;
  }
  /** Those that are open; closed ones have numbers that may be other files' by now. */
  const all = () => {
    if (opened.length === 0) throw new SystemError('ioctl', EBADF, 'the counters are closed');
    return opened;
  };
  return {
    start() {
      for (const one of all()) {
        control(one.fd, PERF_EVENT_IOC_DISABLE);
        control(one.fd, PERF_EVENT_IOC_RESET);
        one.before = read(one.fd);
      }
      for (const { fd } of all()) control(fd, PERF_EVENT_IOC_ENABLE);
    },
    stop() {
      for (const { fd } of all()) control(fd, PERF_EVENT_IOC_DISABLE);
      const readings = all().map(({ event, fd, before }) => ({ event, ...since(before, read(fd)) }));
      return {
        counts: Object.fromEntries(readings.map(({ event, count }) => [event, count])),
        coverage: Math.min(...readings.map(({ coverage }) => coverage)),
      };
    },
    close,
    [Symbol.dispose]: close,
  };
}

function read(fd: number): Raw {
  const reading = new BigUint64Array(READING_BYTES / BigUint64Array.BYTES_PER_ELEMENT);
  fs.readSync(fd, new Uint8Array(reading.buffer), 0, READING_BYTES, null);
  const [count, enabled, running] = Array.from(reading, Number) as [number, number, number];
  return { count, enabled, running };
}

/** What was counted between two readings; a reset sets the count to zero and leaves the times. */
function since(before: Raw, now: Raw): { count: number; coverage: number } {
  const [enabled, running] = [now.enabled - before.enabled, now.running - before.running];
  // Started and stopped in one clock tick, an event was counted all the time.
  if (enabled === running) return { count: now.count, coverage: 1 };
  if (running === 0) return { count: 0, coverage: 0 };
  return { count: Math.round((now.count * enabled) / running), coverage: running / enabled };
}
