import type { Record as Observation } from '@paratune/record';
import type { DriverResult } from './driver_result.ts';
import type { DriverRun } from './run_driver.ts';

/** The experiment's name in every record of this package. */
export const experiment = 'dgemm-driver';

/**
 * The metrics of one run and their units. `mflops` is the one that stands for the run: where there is no value, it carries
 * the reason.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { metrics } from '@paratune/dgemm-driver';
 *
 * assert.equal(metrics.residentBytes, 'bytes');
 * ```
 */
export const metrics: { readonly [Metric in Exclude<keyof DriverResult, 'version' | 'n' | 'backend'>]: string } = {
  mflops: 'Mflops',
  seconds: 's',
  residentBytes: 'bytes',
  peakResidentBytes: 'bytes',
  baselineBytes: 'bytes',
  minorFaults: 'faults',
  majorFaults: 'faults',
  processSwapBytes: 'bytes',
  systemSwapBytes: 'bytes',
  pagesSwappedIn: 'pages',
  pagesSwappedOut: 'pages',
  dataTlbMisses: 'misses',
  instructionTlbMisses: 'misses',
  checkError: 'bounds',
};

/** What the records of a run need beside its result. */
export interface RunContext {
  /** The environment's name. */
  environment: string;
  /** What was varied; `n` at least. */
  factors: { readonly [name: string]: string | number | boolean };
  /** Which run of these factors. */
  run: number;
  /** When it began. */
  time: Date;
  /** Id of the identity of code and machine. */
  identity: string;
  /** Whether an emulator ran the processor, so that times are its own and say nothing of a machine; `false` when absent. */
  emulated?: boolean | undefined;
}

/** What an emulator's clock makes of a run. */
const timed: readonly string[] = ['mflops', 'seconds'];

/**
 * The records of one run: one for each metric that there was, or, when the run failed, one that says why.
 *
 * @param outcome what came of the run
 * @param context what it was a run of
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { driverRecords, experiment } from '@paratune/dgemm-driver';
 *
 * const context = { environment: 'uml-256', factors: { n: 4000 }, run: 0, time: new Date(), identity: '0123456789abcdef' };
 * const [record, ...others] = driverRecords({ status: 'failed', reason: 'out of memory' }, context);
 * assert.ok(record?.status === 'failed' && record.reason === 'out of memory' && record.metric === 'mflops');
 * assert.equal(record.experiment, experiment);
 * assert.equal(others.length, 0);
 * ```
 */
export function driverRecords(outcome: DriverRun, context: RunContext): Observation[] {
  if (outcome.status === 'failed') return [reasonRecord('failed', outcome.reason, context)];
  return Object.entries(metrics).flatMap(([metric, unit]) => {
    const value = outcome.result[metric as keyof typeof metrics];
    const status = context.emulated && timed.includes(metric) ? ('simulated' as const) : ('measured' as const);
    return value === null ? [] : [{ ...common(context), metric, unit, status, value }];
  });
}

/**
 * The record of an observation that could not be made because its environment cannot be used here. A later sweep tries again.
 *
 * @param reason what is missing, and what mends it
 * @param context what was to be run
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { skippedRecord } from '@paratune/dgemm-driver';
 *
 * const context = { environment: 'uml-256', factors: { n: 100 }, run: 0, time: new Date(), identity: '0123456789abcdef' };
 * assert.equal(skippedRecord('user-mode Linux is missing', context).status, 'skipped');
 * ```
 */
export function skippedRecord(reason: string, context: RunContext): Observation {
  return reasonRecord('skipped', reason, context);
}

function reasonRecord(status: 'failed' | 'skipped', reason: string, context: RunContext): Observation {
  return { ...common(context), metric: 'mflops', unit: 'Mflops', status, reason };
}

function common({ environment, factors, run, time, identity }: RunContext) {
  return {
    version: 1 as const,
    experiment,
    environment,
    factors: { ...factors },
    run,
    repetition: 0,
    time: time.toISOString(),
    identity,
  };
}
