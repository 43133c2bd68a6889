import { observationKey, type ReasonRecord, type Record, type ValueRecord } from '@paratune/record';
import { dimensionOf } from './_driver.ts';
import { groupBy, mean, median } from './_statistics.ts';

/** What the runs at one dimension in one environment gave. */
export interface Summary {
  environment: string;
  /** The matrix dimension. */
  n: number;
  /** Of the runs that gave a value, in the metric's unit; undefined when none did. */
  values: { count: number; mean: number; minimum: number; maximum: number; median: number } | undefined;
  /** Runs that died, each once. */
  failures: { run: number; reason: string }[];
}

/** A {@link Summary} with values. */
export type MeasuredSummary = Summary & { values: NonNullable<Summary['values']> };

/**
 * Summarizes the driver's runs, dimension by dimension.
 *
 * Only measured values count, never simulated ones. A failure that a later try of the same run made good does not count.
 *
 * @param records records of any experiments; those of others are passed over
 * @param metric name of the metric, such as `mflops` or `residentBytes`
 * @returns a summary for each environment and dimension that has a value or a failure, by environment as they first occur,
 *   then by rising dimension
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import type { Record } from '@paratune/record';
 * import { summarize } from '@paratune/report';
 *
 * const run = (run: number, value: number): Record => ({
 *   version: 1, experiment: 'dgemm-driver', environment: 'native', factors: { n: 100 }, metric: 'mflops', unit: 'Mflops',
 *   run, repetition: 0, time: '2026-01-31T12:00:00.000Z', identity: '0123456789abcdef', status: 'measured', value,
 * });
 * assert.deepEqual(summarize([run(0, 4000), run(1, 5000)], 'mflops'), [
 *   {
 *     environment: 'native',
 *     n: 100,
 *     values: { count: 2, mean: 4500, minimum: 4000, maximum: 5000, median: 4500 },
 *     failures: [],
 *   },
 * ]);
 * ```
 */
export function summarize(records: readonly Record[], metric: string): Summary[] {
  const isDriven = (record: Record) => dimensionOf(record) !== undefined;
  const died = records.filter((record): record is ReasonRecord => record.status === 'failed' && isDriven(record));
  // Whatever was measured of an observation makes it good; where nothing failed, other metrics need no look.
  const measured = records.filter(
    (record): record is ValueRecord =>
      record.status === 'measured' && (died.length > 0 || record.metric === metric) && isDriven(record),
  );
  const done = new Set(died.length > 0 ? measured.map(observationKey) : []);
  const failed = died.filter((record) => !done.has(observationKey(record)));
  const relevant = [...measured.filter((record) => record.metric === metric), ...failed];
  return [...groupBy(relevant, ({ environment }) => environment)].flatMap(([environment, ofEnvironment]) =>
    [...groupBy(ofEnvironment, (record) => dimensionOf(record)!)]
      .sort(([a], [b]) => a - b)
      .map(([n, atDimension]) => {
        const values = atDimension.flatMap((record) => ('value' in record ? [record.value] : []));
        const failures = atDimension.flatMap((record) => ('reason' in record ? [record] : []));
        return { environment, n, values: statistics(values), failures: onePerRun(failures) };
      }),
  );
}

function statistics(values: number[]): Summary['values'] {
  if (values.length === 0) return undefined;
  return {
    count: values.length,
    mean: mean(values),
    minimum: Math.min(...values),
    maximum: Math.max(...values),
    median: median(values),
  };
}

function onePerRun(failures: ReasonRecord[]): Summary['failures'] {
  return [...groupBy(failures, observationKey).values()].map(([first]) => ({ run: first!.run, reason: first!.reason }));
}
