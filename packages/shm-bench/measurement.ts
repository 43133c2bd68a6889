import * as v from 'valibot';
import { benchmarks, betweens, implementations } from './benchmarks.ts';

const nanoseconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const quantile = v.nullable(nanoseconds);

/**
 * What was measured between two sides: the schema, and the one definition of {@linkcode Measurement}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { measurementSchema } from '@paratune/shm-bench';
 *
 * assert.ok('p99' in measurementSchema.entries);
 * ```
 */
export const measurementSchema = v.strictObject({
  version: v.literal(1),
  benchmark: v.picklist(benchmarks),
  between: v.picklist(betweens),
  implementation: v.picklist(implementations),
  unit: v.literal('ns'),
  /** When it began. */
  time: v.pipe(v.string(), v.isoTimestamp()),
  /** The CPUs of both sides. */
  cpus: v.strictTuple([v.number(), v.number()]),
  /** Iterations of a run; each is control going to the other side and back. */
  iterations: count,
  runs: count,
  /** Mean and standard deviation of the runs' mean durations of an iteration. */
  mean: nanoseconds,
  sd: nanoseconds,
  /** Durations of single iterations, of all runs together: median and higher; null where single ones are not timed. */
  p50: quantile,
  p99: quantile,
  p999: quantile,
  max: quantile,
  /** The mean of each run. */
  means: v.array(nanoseconds),
  /** The median of each run; none where single iterations are not timed. */
  medians: v.array(nanoseconds),
  /** The duration that a part of all iterations take at most; none where single ones are not timed. */
  quantiles: v.array(v.strictObject({ part: v.pipe(v.number(), v.minValue(0), v.maxValue(1)), nanoseconds })),
});

/**
 * What could not be measured here, as the command prints it among others: the schema of {@linkcode Skipped}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { skippedSchema } from '@paratune/shm-bench';
 *
 * assert.ok('skipped' in skippedSchema.entries);
 * ```
 */
export const skippedSchema = v.strictObject({
  version: v.literal(1),
  benchmark: v.picklist(benchmarks),
  between: v.picklist(betweens),
  implementation: v.picklist(implementations),
  /** Why, and what would mend it. */
  skipped: v.string(),
});

/** What could not be measured here. */
export type Skipped = v.InferOutput<typeof skippedSchema>;

/** What was measured between two sides. */
export type Measurement = v.InferOutput<typeof measurementSchema>;
