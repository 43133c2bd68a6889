import type { ChildProcess } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { Stat } from './_proc.ts';
import { checkPid, readProcess } from './_process.ts';
import { MemstatError } from './memstat_error.ts';
import type { ProcessMemory } from './process_memory.ts';
import { type SystemMemory, systemMemory } from './system_memory.ts';

/** The memory of a process, and of the system around it, at one moment of a series. */
export interface MemorySample {
  /** Time since the first sample. */
  readonly milliseconds: number;
  readonly process: ProcessMemory;
  readonly system: SystemMemory;
}

/** The largest figures of a series. */
export interface MemoryPeaks {
  /** The most the process had in RAM, also between samples: the kernel keeps it. */
  readonly residentBytes: number;
  /** The most the process had in swap at any sample. */
  readonly swapBytes: number;
  /** Page faults of the process from its start to the last sample. */
  readonly minorFaults: number;
  readonly majorFaults: number;
  /** The most swap in use in the whole system at any sample. */
  readonly systemSwapBytes: number;
  /** Pages that the whole system swapped from the first sample to the last. */
  readonly pagesSwappedIn: number;
  readonly pagesSwappedOut: number;
}

/** What {@linkcode sample} saw; plain data that survives JSON. */
export interface MemorySeries {
  readonly pid: number;
  /** The program's name, cut by the kernel to 15 bytes. */
  readonly name: string;
  /** Time of the first sample, in ISO 8601. */
  readonly started: string;
  readonly intervalMilliseconds: number;
  /** Why the series ends: the process did, or the caller aborted it. */
  readonly ended: 'exit' | 'aborted';
  /** At least one. */
  readonly samples: readonly MemorySample[];
  readonly peaks: MemoryPeaks;
}

/** How {@linkcode sample} goes about it. */
export interface SampleOptions {
  /** Time from one sample to the next, an integer from 1 on. Default: 100. */
  readonly intervalMilliseconds?: number;
  /** Ends the series early, which is no error: the promise is fulfilled with what there is. */
  readonly signal?: AbortSignal;
  /** Called with each sample as it is taken. */
  readonly onSample?: (sample: MemorySample) => void;
}

function checkOptions(options: SampleOptions) {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`'options' must be an object, got ${inspect(options)}`);
  }
  const { intervalMilliseconds = 100, signal, onSample, ...unknown } = options;
  const [surplus] = Object.keys(unknown);
  if (surplus !== undefined) {
    throw new TypeError(`'options' has no '${surplus}'; it may have 'intervalMilliseconds', 'signal', 'onSample'`);
  }
  if (typeof intervalMilliseconds !== 'number') {
    throw new TypeError(`'intervalMilliseconds' must be a number, got ${inspect(intervalMilliseconds)}`);
  }
  if (!Number.isInteger(intervalMilliseconds) || intervalMilliseconds < 1 || intervalMilliseconds > 2 ** 31 - 1) {
    throw new RangeError(
      `'intervalMilliseconds' must be an integer from 1 to ${2 ** 31 - 1}, got ${intervalMilliseconds}`,
    );
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`'signal' must be an AbortSignal, got ${inspect(signal)}`);
  }
  if (onSample !== undefined && typeof onSample !== 'function') {
    throw new TypeError(`'onSample' must be a function, got ${inspect(onSample)}`);
  }
  return { intervalMilliseconds, signal, onSample };
}

function pidOf(target: unknown): number {
  if (typeof target === 'object' && target !== null && 'pid' in target && 'exitCode' in target) {
    if (target.pid === undefined) throw new MemstatError('gone', 'the child process could not be started');
    target = target.pid;
  }
  checkPid(target);
  return target;
}

/** The process's memory, or undefined once it has ended; a later process of the same number is not taken for it. */
function readAgain(pid: number, first: Stat): ProcessMemory | undefined {
  try {
    const { memory, stat } = readProcess(pid);
    return stat.startTime === first.startTime ? memory : undefined;
  } catch (error) {
    if (error instanceof MemstatError && error.kind === 'gone') return undefined;
    throw error;
  }
}

function peaksOf(samples: readonly MemorySample[]): MemoryPeaks {
  const most = (figure: (sample: MemorySample) => number) =>
    samples.reduce((peak, one) => Math.max(peak, figure(one)), 0);
  const [first, last] = [samples[0]!, samples.at(-1)!];
  return {
    // The kernel's own peak starts anew when the process executes another program.
    residentBytes: most(({ process }) => Math.max(process.peakResidentBytes, process.residentBytes)),
    swapBytes: most(({ process }) => process.swapBytes),
    minorFaults: last.process.minorFaults,
    majorFaults: last.process.majorFaults,
    systemSwapBytes: most(({ system }) => system.swapUsedBytes),
    pagesSwappedIn: last.system.pagesSwappedIn - first.system.pagesSwappedIn,
    pagesSwappedOut: last.system.pagesSwappedOut - first.system.pagesSwappedOut,
  };
}

/**
 * Samples the memory of a running process, and of the system, at an interval until the process ends.
 *
 * The first sample is taken before the function returns, so that a child just started is not missed. What happens
 * after the last sample, at most an interval before the end, is not seen. Samples that fall due while this process is
 * busy are left out.
 *
 * @param target the process: its number, or a child process of Node's.
 * @param options the interval in milliseconds, a signal to end early, a function called with each sample.
 * @returns the series with its peaks.
 * @throws {TypeError} if an argument has the wrong type, or an option is unknown.
 * @throws {RangeError} if the number of the process or the interval is out of range.
 * @throws {MemstatError} if the process had ended before the first sample (`kind` is `'gone'`), may not be looked at,
 * or the system is not Linux.
 * @example
 * ```ts
 * import { MemstatError, sample } from '@paratune/memstat';
 * import assert from 'node:assert/strict';
 * import { spawn } from 'node:child_process';
 *
 * try {
 *   const child = spawn('sleep', ['0.1']);
 *   const { samples, peaks, ended } = await sample(child, { intervalMilliseconds: 20 });
 *   assert.ok(samples.length >= 1);
 *   assert.ok(peaks.residentBytes > 0);
 *   assert.equal(ended, 'exit');
 * } catch (error) {
 *   if (!(error instanceof MemstatError && error.kind === 'unsupported')) throw error;
 * }
 * ```
 */
export async function sample(target: number | ChildProcess, options: SampleOptions = {}): Promise<MemorySeries> {
  const pid = pidOf(target);
  const { intervalMilliseconds, signal, onSample } = checkOptions(options);
  const { memory: firstMemory, stat } = readProcess(pid);
  const started = new Date().toISOString();
  const startedAt = performance.now();
  const samples: MemorySample[] = [];
  const take = (memory: ProcessMemory) => {
    const taken = { milliseconds: performance.now() - startedAt, process: memory, system: systemMemory() };
    samples.push(taken);
    onSample?.(taken);
  };
  take(firstMemory);

  const over = new AbortController();
  const stop = () => over.abort();
  const child = typeof target === 'number' ? undefined : target;
  child?.once('exit', stop);
  signal?.addEventListener('abort', stop);
  try {
    while (!signal?.aborted) {
      const elapsed = performance.now() - startedAt;
      const pause = intervalMilliseconds - (elapsed % intervalMilliseconds);
      await setTimeout(pause, undefined, { signal: over.signal }).catch(() => {}); // woken early is no error
      const memory = over.signal.aborted ? undefined : readAgain(pid, stat);
      if (memory === undefined) break;
      take(memory);
    }
  } finally {
    child?.off('exit', stop);
    signal?.removeEventListener('abort', stop);
  }
  const ended = signal?.aborted ? 'aborted' : 'exit';
  return { pid, name: stat.name, started, intervalMilliseconds, ended, samples, peaks: peaksOf(samples) };
}
