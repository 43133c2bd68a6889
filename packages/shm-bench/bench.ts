import { checkChoice, checkKeys, checkWhole } from './_check.ts';
import { type Meeting, meet } from './_meeting.ts';
import { chosenCpus, runSides } from './_run_sides.ts';
import { quantileParts } from './_side_job.ts';
import {
  type Benchmark,
  type Between,
  benchmarks,
  betweens,
  type Implementation,
  implementations,
} from './benchmarks.ts';
import { CommunicationError } from './communication_error.ts';
import type { Measurement } from './measurement.ts';

/** What is measured, and how often. */
export interface MeasureOptions {
  benchmark: Benchmark;
  between: Between;
  /** Iterations of a run; 100,000 when absent, 5,000 for `tcp`. */
  iterations?: number | undefined;
  /** Runs; 25 when absent. */
  runs?: number | undefined;
  /** Iterations before the first run that are not counted; a tenth of a run when absent. */
  warmUp?: number | undefined;
  /** The CPU of each side; the first two that this process may use when absent. The same one twice is allowed. */
  cpus?: readonly [number, number] | undefined;
  /** What the loops are made of; `'x64'` when absent. */
  implementation?: Implementation | undefined;
  /** How long a side waits for the other to come, or for a sign of life of it, in milliseconds; 10,000 when absent. */
  timeoutMs?: number | undefined;
  /** Ends both sides. */
  signal?: AbortSignal | undefined;
}

/** Bytes that each benchmark passes with control. */
const messageBytes: { readonly [benchmark in Benchmark]: number } = { raw: 0, sync: 0, sync1k: 1000, tcp: 0 };

const optionNames = [
  ...['benchmark', 'between', 'iterations', 'runs', 'warmUp', 'cpus', 'implementation', 'timeoutMs', 'signal'],
];

/**
 * Measurements one after another, with what they run in kept up between those of the same kind: guests take seconds to start.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { Bench } from '@paratune/shm-bench';
 *
 * const bench = new Bench();
 * try {
 *   for (const benchmark of ['raw', 'sync'] as const) {
 *     const { mean } = await bench.measure({ benchmark, between: 'processes', iterations: 500, runs: 2 });
 *     assert.ok(mean > 0);
 *   }
 * } finally {
 *   await bench.close();
 * }
 * ```
 */
export class Bench implements AsyncDisposable {
  #meeting: { key: string; meeting: Meeting } | undefined;

  /**
   * The same as {@linkcode measure}. One measurement at a time.
   *
   * @param options what to measure
   * @returns durations in nanoseconds
   * @throws {TypeError} {RangeError} when an option is not what it must be
   * @throws {CommunicationError} when the sides do not come together, or one is lost
   * @throws {GuestError} (of `@paratune/guest`) when a guest does not start
   * @throws {UnsupportedError} (of `@paratune/native`) on another platform than Linux on x86-64
   */
  async measure(options: MeasureOptions): Promise<Measurement> {
    checkKeys(options, 'options', optionNames);
    const { benchmark, between, implementation = 'x64', runs = 25, timeoutMs = 10_000, signal } = options;
    checkChoice(benchmark, 'benchmark', benchmarks);
    checkChoice(between, 'between', betweens);
    checkChoice(implementation, 'implementation', implementations);
    const { iterations = benchmark === 'tcp' ? 5000 : 100_000 } = options;
    checkWhole(iterations, 'iterations', 1, 1e9);
    checkWhole(runs, 'runs', 1, 10_000);
    const { warmUp = Math.ceil(iterations / 10) } = options;
    checkWhole(warmUp, 'warmUp', 0, 1e9);
    checkWhole(timeoutMs, 'timeoutMs', 1, 1e6);
    if (benchmark === 'tcp' && implementation === 'js') {
      throw new RangeError("'implementation' must be 'x64' for benchmark 'tcp': JavaScript has no socket that blocks");
    }
    const cpus = chosenCpus(options.cpus);
    const time = new Date().toISOString();
    const bytes = messageBytes[benchmark];
    const patience = { joinMs: timeoutMs, peerMs: timeoutMs };
    const job = { benchmark, implementation, fences: 'both' as const, messageBytes: bytes, iterations, warmUp, runs };
    const [first, second] = await this.#together(between, cpus, benchmark, (meeting) =>
      runSides(meeting, { ...job, patience }, signal),
    );
    const wrong = first.violations + second.violations;
    if (wrong > 0) throw new CommunicationError('mismatch', `${wrong} messages were not the ones that had been sent`);
    const { means, medians } = first;
    const mean = means.reduce((sum, value) => sum + value, 0) / runs;
    const squares = means.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const quantiles = quantileParts.flatMap((part, index) =>
      first.quantiles === undefined ? [] : [{ part, nanoseconds: first.quantiles[index]! }],
    );
    const at = (part: number) => quantiles.find((quantile) => quantile.part === part)?.nanoseconds ?? null;
    return {
      ...{ version: 1, benchmark, between, implementation, unit: 'ns', time, cpus, iterations, runs },
      ...{ mean, sd: runs > 1 ? Math.sqrt(squares / (runs - 1)) : 0 },
      ...{ p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1), means, medians, quantiles },
    };
  }

  async #together<Result>(
    between: Between,
    cpus: [number, number],
    benchmark: Benchmark,
    run: (meeting: Meeting) => Promise<Result>,
  ): Promise<Result> {
    const key = JSON.stringify([between, cpus]);
    if (this.#meeting?.key !== key) {
      await this.close();
      this.#meeting = { key, meeting: await meet(between, cpus) };
    }
    const { meeting } = this.#meeting;
    if (benchmark === 'tcp' && meeting.host === undefined) {
      throw new CommunicationError('unavailable', `there is no network between the sides of ${between}`);
    }
    try {
      return await run(meeting);
    } catch (error) {
      // A side may be lost with what it ran in.
      await this.close();
      throw error;
    }
  }

  /** Ends what is up. */
  async close(): Promise<void> {
    const meeting = this.#meeting?.meeting;
    this.#meeting = undefined;
    await meeting?.close();
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
