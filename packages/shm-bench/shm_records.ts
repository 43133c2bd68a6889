import type { Record as Observation } from '@paratune/record';
import type { Measurement, Skipped } from './measurement.ts';

/**
 * The experiment's name in every record of this package.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { experiment } from '@paratune/shm-bench';
 *
 * assert.equal(experiment, 'shm');
 * ```
 */
export const experiment = 'shm';

/** What the records of a measurement need beside it. */
export interface ShmContext {
  /** The environment's name: that of the machine, also where guests communicate on it. */
  environment: string;
  /** Which measurement in this environment. */
  run: number;
  /** Id of the identity of code and machine. */
  identity: string;
}

/** The metric that stands for a measurement: loops of JavaScript are apart from those of machine code. */
const meanMetric = { x64: 'iterationNanoseconds', js: 'jsIterationNanoseconds' } as const;

/**
 * The records of a measurement: mean and median of each run, and the distribution over all of them. Table 6 is made of them. What was
 * skipped becomes a record with the reason.
 *
 * @param outcome what was measured, or why it was not
 * @param context where
 * @returns metrics `iterationNanoseconds` (`jsIterationNanoseconds` for JavaScript) and `medianNanoseconds`, a repetition a run;
 * `quantileNanoseconds`, with the factor `part`
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { measure, shmRecords } from '@paratune/shm-bench';
 *
 * const measured = await measure({ benchmark: 'raw', between: 'threads', iterations: 100, runs: 2 });
 * const [first] = shmRecords(measured, { environment: 'native', run: 0, identity: '0123456789abcdef' });
 * assert.deepEqual(first?.factors, { benchmark: 'raw', between: 'threads', iterations: 100 });
 * ```
 */
export function shmRecords(outcome: Measurement | Skipped, { environment, run, identity }: ShmContext): Observation[] {
  const { benchmark, between, implementation } = outcome;
  const common = { version: 1 as const, experiment, environment, run, identity, unit: 'ns' };
  const metric = meanMetric[implementation];
  if ('skipped' in outcome) {
    const time = new Date().toISOString();
    const factors = { benchmark, between };
    return [{ ...common, metric, factors, repetition: 0, time, status: 'skipped', reason: outcome.skipped }];
  }
  const { time, iterations, means, medians, quantiles } = outcome;
  const factors = { benchmark, between, iterations };
  const measured = { ...common, time, status: 'measured' as const };
  return [
    ...means.map((value, repetition) => ({ ...measured, metric, factors, repetition, value })),
    ...medians.map((value, repetition) => ({
      ...{ ...measured, metric: 'medianNanoseconds', factors, repetition, value },
    })),
    ...quantiles.map(({ part, nanoseconds: value }) => ({
      ...{ ...measured, metric: 'quantileNanoseconds', factors: { ...factors, part }, repetition: 0, value },
    })),
  ];
}
