import {
  type Guest,
  GuestError,
  type GuestSpec,
  parseEnvironment,
  type StartGuest,
  start as startGuest,
} from '@paratune/guest';
import { affinity } from '@paratune/native';
import { identify, type Record as Observation, observationKey } from '@paratune/record';
import { checkWhole } from './_check.ts';
import { fairness } from './_fairness.ts';
import { holdFiles } from './_hold_files.ts';
import { driverRecords, type RunContext, skippedRecord } from './driver_records.ts';
import { plan, type Series } from './plan.ts';
import { runConcurrently } from './run_concurrently.ts';
import { type DriverRun, runDriver } from './run_driver.ts';
import type { SweepStore } from './sweep.ts';

/** The experiment's name in the records of several drivers at once. */
export const concurrentExperiment = 'concurrent-drivers';

/** Where several drivers run at once: all in one environment, or each in one of its own. */
export interface Arrangement {
  /** Name of the environment, or of each of the environments, such as `uml-256`. */
  environment: string;
  /** How many drivers begin together. */
  drivers: number;
  /** Whether each has an environment to itself, on one CPU; else they share one that has a CPU for each, as far as there are so many. */
  apart: boolean;
}

/** What {@linkcode sweepConcurrently} runs, and where its records go. */
export interface ConcurrentSweepOptions {
  /** Takes the records; the observations that it holds already are not done again. */
  store: SweepStore;
  arrangements: readonly Arrangement[];
  /** The dimensions and how often each is run. */
  series: readonly Series[];
  /** CPUs to run on; all that this process may use when absent. */
  cpus?: readonly number[] | undefined;
  /** Ends the sweep early: the run at hand is dropped, the environments are stopped. */
  signal?: AbortSignal | undefined;
  /** Called before every run with that run, and with how many observations the store holds or were given up, of how many. */
  onProgress?: ((progress: { done: number; total: number; run: ConcurrentRun }) => void) | undefined;
  /** Starts an environment; `start` of @paratune/guest when absent. */
  start?: StartGuest | undefined;
}

/** What such a sweep did. */
export interface ConcurrentSweepSummary {
  /** Planned observations of all drivers at once, and how many of them the store held before. */
  total: number;
  before: number;
  /** Runs of this sweep in which all drivers were measured, and others. */
  measured: number;
  failed: number;
  /** Arrangements that could not be had, and why. */
  skipped: { arrangement: Arrangement; reason: string }[];
  interrupted: boolean;
}

/** One run of all drivers of an arrangement. */
export interface ConcurrentRun {
  arrangement: Arrangement;
  /** The matrix dimension. */
  n: number;
  /** Which run of this dimension in this arrangement, from 0. */
  run: number;
}

function factorsOf({ arrangement: { drivers, apart }, n }: ConcurrentRun) {
  return { n, drivers, arrangement: apart ? 'apart' : 'together' };
}

/** All runs, in the order of a sweep, in which an arrangement takes the place of an environment. */
function planOf({ arrangements, series }: Pick<ConcurrentSweepOptions, 'arrangements' | 'series'>): ConcurrentRun[] {
  if (!Array.isArray(arrangements)) {
    throw new TypeError(`'arrangements' must be an array, got ${typeof arrangements}`);
  }
  arrangements.forEach(({ environment, drivers }, index) => {
    parseEnvironment(environment);
    checkWhole(drivers, `arrangements[${index}].drivers`, 1, 64);
  });
  return plan(
    arrangements.map((_, index) => String(index)),
    series,
  ).map(({ environment, n, run }) => ({ arrangement: arrangements[Number(environment)]!, n, run }));
}

/**
 * The runs of several drivers at once that a store does not hold yet, in the order in which they would be done. A run that failed
 * is held; one that was skipped is not.
 *
 * @param options as for {@linkcode sweepConcurrently}
 * @throws {TypeError} {RangeError} when an option is not what it must be
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { missingConcurrentRuns } from '@paratune/dgemm-driver';
 * import { openStore } from '@paratune/record';
 *
 * const arrangements = [1, 2].map((drivers) => ({ environment: 'native', drivers, apart: false }));
 * const series = [{ dimensions: [100, 200], runs: 3 }];
 * assert.equal(missingConcurrentRuns({ store: openStore('results/none'), arrangements, series }).length, 12);
 * ```
 */
export function missingConcurrentRuns(
  options: Pick<ConcurrentSweepOptions, 'arrangements' | 'series'> & { store: Pick<SweepStore, 'read'> },
): ConcurrentRun[] {
  const planned = planOf(options);
  const { records } = options.store.read();
  const held = new Set(records.filter(({ status }) => status !== 'skipped').map(observationKey));
  return planned.filter((each) => {
    const { environment } = each.arrangement;
    const { run } = each;
    const place = { experiment: concurrentExperiment, environment, factors: factorsOf(each), run, repetition: 0 };
    return !held.has(observationKey(place));
  });
}

/** All environments of an arrangement, one for each driver. */
async function startAll({ environment, drivers, apart }: Arrangement, cpus: readonly number[], start: StartGuest) {
  const spec = parseEnvironment(environment);
  if (!apart) {
    // User-mode Linux has one CPU.
    const shared = spec.kind === 'uml' ? cpus.slice(0, 1) : cpus.slice(0, drivers);
    const guest = await start({ ...spec, cpus: shared } as GuestSpec);
    return Array.from({ length: drivers }, () => guest);
  }
  const outcomes = await Promise.allSettled(
    Array.from({ length: drivers }, (_, driver) =>
      start({ ...spec, cpus: [cpus[driver % cpus.length]!] } as GuestSpec),
    ),
  );
  const guests = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure === undefined) return guests;
  await stopAll(guests);
  throw failure.reason;
}

async function stopAll(guests: Iterable<Guest>): Promise<void> {
  await Promise.all([...new Set(guests)].map((guest) => guest.stop().catch(() => {})));
}

/** The records of all drivers of one run: the number of the driver is the repetition; and of what they did together. */
function recordsOf(outcomes: readonly DriverRun[], context: RunContext): Observation[] {
  const own = outcomes.flatMap((outcome, repetition) => ofExperiment(driverRecords(outcome, context), repetition));
  const rates = own.flatMap((record) => (record.metric === 'mflops' && 'value' in record ? [record] : []));
  if (rates.length < outcomes.length) return own;
  const values = rates.map(({ value }) => value);
  const together = [
    { metric: 'aggregateMflops', unit: 'Mflops', value: values.reduce((sum, rate) => sum + rate) },
    { metric: 'fairness', unit: '', value: fairness(values) },
  ];
  return [...own, ...together.map((each) => ({ ...rates[0]!, ...each }))];
}

function ofExperiment(records: readonly Observation[], repetition: number): Observation[] {
  return records.map((record) => ({ ...record, experiment: concurrentExperiment, repetition }));
}

/**
 * Several drivers at once against n, in one environment or in one each: Section 6 of the paper and its Figure 16. Dimensions rise, and
 * within one each run is done in every arrangement in turn. Environments stay up from one dimension to the next; one that dies gives
 * records that say why, and is started again.
 *
 * Records are those of a single driver, of experiment `concurrent-drivers`, with the factors `n`, `drivers` and `arrangement`
 * (`together` or `apart`); `repetition` is the number of the driver. When all were measured there are two more, of all together:
 * `aggregateMflops`, the sum of their rates, and `fairness`, Jain's index of those: 1 when all are equal, 1/K when one of K has everything.
 *
 * @param options what to run, where, and what takes the records
 * @returns what was done, and what could not be
 * @throws {TypeError} {RangeError} when an option is not what it must be
 * @throws {StoreError} when a record cannot be written
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempSync, rmSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { concurrentExperiment, sweepConcurrently } from '@paratune/dgemm-driver';
 * import { openStore } from '@paratune/record';
 *
 * const folder = mkdtempSync(`${tmpdir()}/concurrent-`);
 * const store = openStore(folder);
 * const arrangements = [{ environment: 'native', drivers: 2, apart: false }];
 * await sweepConcurrently({ store, arrangements, series: [{ dimensions: [64], runs: 1 }] });
 * const rates = store.read().records.filter(({ metric }) => metric === 'mflops');
 * assert.ok(rates.every(({ experiment }) => experiment === concurrentExperiment));
 * assert.deepEqual(rates.map(({ repetition }) => repetition), [0, 1]);
 * rmSync(folder, { recursive: true });
 * ```
 */
export async function sweepConcurrently(options: ConcurrentSweepOptions): Promise<ConcurrentSweepSummary> {
  const { store, signal, onProgress = () => {}, start = startGuest } = options;
  const total = planOf(options).length;
  const open = missingConcurrentRuns(options);
  const cpus = options.cpus ?? affinity();
  const before = total - open.length;
  const summary: ConcurrentSweepSummary = {
    ...{ total, before, measured: 0, failed: 0 },
    ...{ skipped: [], interrupted: false },
  };
  const running = new Map<Arrangement, { guests: Guest[]; identity: string }>();
  const close = () => void stopAll([...running.values()].flatMap(({ guests }) => guests));
  signal?.addEventListener('abort', close, { once: true });

  const prepare = async (arrangement: Arrangement) => {
    const guests = await startAll(arrangement, cpus, start);
    running.set(arrangement, { guests, identity: '' });
    let backend = '';
    for (const guest of new Set(guests)) {
      holdFiles(guest);
      const trial = await runDriver(guest, { n: 16 });
      if (trial.status === 'failed') {
        throw new GuestError(trial.reason, { kind: 'resource', environment: arrangement.environment });
      }
      backend = trial.result.backend;
    }
    const identity = store.addIdentity(identify({ ...guests[0]!.facts, backend }));
    const made = { guests, identity };
    running.set(arrangement, made);
    return made;
  };
  const drop = async (arrangement: Arrangement) => {
    const guests = running.get(arrangement)?.guests ?? [];
    running.delete(arrangement);
    await stopAll(guests);
  };

  try {
    for (const [index, each] of open.entries()) {
      if (signal?.aborted) break;
      const { arrangement, n, run } = each;
      const { environment, drivers } = arrangement;
      if (summary.skipped.some((skipped) => skipped.arrangement === arrangement)) continue;
      onProgress({ done: before + index, total, run: each });
      const context = { environment, factors: factorsOf(each), run, time: new Date() };
      let made = running.get(arrangement);
      try {
        made ??= await prepare(arrangement);
      } catch (error) {
        if (!(error instanceof GuestError)) throw error;
        await drop(arrangement);
        if (signal?.aborted) break;
        summary.skipped.push({ arrangement, reason: error.message });
        const identity = store.addIdentity(identify({ kind: parseEnvironment(environment).kind }));
        store.append(ofExperiment([skippedRecord(error.message, { ...context, identity })], 0));
        continue;
      }
      const { guests, identity } = made;
      let outcomes: DriverRun[];
      try {
        outcomes = await runConcurrently(guests, { n, seed: run * drivers });
      } catch (error) {
        if (!(error instanceof GuestError)) throw error;
        await drop(arrangement);
        outcomes = Array.from({ length: drivers }, () => ({ status: 'failed', reason: error.message }));
      }
      if (signal?.aborted) break;
      const emulated = guests.some(({ facts }) => facts.accelerator === 'tcg');
      store.append(recordsOf(outcomes, { ...context, identity, emulated }));
      summary[outcomes.every(({ status }) => status === 'measured') ? 'measured' : 'failed']++;
    }
    summary.interrupted = signal?.aborted ?? false;
    return summary;
  } finally {
    signal?.removeEventListener('abort', close);
    await stopAll([...running.values()].flatMap(({ guests }) => guests));
  }
}
