import { Bench, type MeasureOptions } from './bench.ts';
import type { Measurement } from './measurement.ts';

/**
 * Measures how long it takes to pass control to another side and back: one of the paper's benchmarks between two threads, two
 * processes or guests, each kept on its CPU. {@linkcode Bench} makes several measurements.
 *
 * Control is passed in a loop of machine code, which reads the time-stamp counter in every iteration while it waits; the mean of
 * each run and the distribution over all runs are told. Every wait is bounded: a side that dies or never comes is an error.
 *
 * @param options what to measure
 * @returns durations in nanoseconds
 * @throws {TypeError} {RangeError} when an option is not what it must be
 * @throws {CommunicationError} when the sides do not come together, or one is lost; nothing is left of them then
 * @throws {UnsupportedError} (of `@paratune/native`) on another platform than Linux on x86-64
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { measure } from '@paratune/shm-bench';
 *
 * const { mean, p50, p99 } = await measure({ benchmark: 'raw', between: 'threads', iterations: 1000, runs: 3 });
 * assert.ok(mean > 0 && p50! <= p99!);
 * ```
 */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const bench = new Bench();
  try {
    return await bench.measure(options);
  } finally {
    await bench.close();
  }
}
