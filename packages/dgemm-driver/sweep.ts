import { freemem } from 'node:os';
import { environmentName, type Guest, GuestError, GuestPool, parseEnvironment, type StartGuest } from '@paratune/guest';
import { firstCpu } from '@paratune/native';
import { identify, observationKey, type Store } from '@paratune/record';
import { checkFinite, checkWhole } from './_check.ts';
import { environmentMemory } from './_environment_memory.ts';
import { holdFiles } from './_hold_files.ts';
import { TimeLeft } from './_time_left.ts';
import { driverRecords, experiment, skippedRecord } from './driver_records.ts';
import { type PlannedRun, plan, type Series } from './plan.ts';
import { type DriverRun, runDriver } from './run_driver.ts';

/** What a sweep needs of a {@linkcode Store}. */
export type SweepStore = Pick<Store, 'addIdentity' | 'append' | 'read'>;

/** What {@linkcode sweep} runs, and where its records go. */
export interface SweepOptions {
  /** Takes the records; the observations that it holds already are not done again. */
  store: SweepStore;
  /** Names of environments, such as `native` and `uml-256`. */
  environments: readonly string[];
  /** The dimensions and how often each is run. */
  series: readonly Series[];
  /** Factor of the product; 1 when absent. */
  alpha?: number | undefined;
  /** Factor of the old C; 1 when absent. */
  beta?: number | undefined;
  /** Where the random numbers of run 0 start, from 0 to 2^32 - 1; run r starts at `seed + r`. 0 when absent. */
  seed?: number | undefined;
  /** The CPU that every environment is held to, so that all have the same; the first that may be used when absent. */
  cpu?: number | undefined;
  /** Ends the sweep early: the run at hand is dropped, the environments are stopped. */
  signal?: AbortSignal | undefined;
  /** Called before and after every run, and when something else takes long. What it gives after a run is awaited: nothing is measured meanwhile. */
  onProgress?: ((progress: SweepProgress) => unknown) | undefined;
  /** Starts an environment; `start` of @paratune/guest when absent. */
  start?: StartGuest | undefined;
}

/** How far a sweep is, and what happens. */
export type SweepProgress = {
  /** Observations that the store holds or that were given up, of `total`. */
  done: number;
  total: number;
  /** Estimate for the rest. */
  secondsLeft: number;
} & SweepEvent;

/** A run is about to begin; it ended; or something else takes long, such as fetching a guest's kernel. */
export type SweepEvent =
  | { event: 'begins'; run: PlannedRun }
  | { event: 'ended'; run: PlannedRun; outcome: DriverRun }
  | { event: 'waits'; message: string };

/** What a sweep did. */
export interface SweepSummary {
  /** Planned observations, and how many of them the store held before. */
  total: number;
  before: number;
  /** Runs of this sweep that were measured, and that died or were wrong; records of both are in the store. */
  measured: number;
  failed: number;
  /** Environments that could not be used, and why; their observations are still missing. */
  skipped: { environment: string; reason: string }[];
  /** Whether the signal ended it. */
  interrupted: boolean;
}

/** Room that a machine keeps beside its guests and the run at hand. */
const reserveBytes = 512 * 2 ** 20;

/**
 * The planned observations that a store does not hold yet, in the order of the {@linkcode plan}. A run that failed is an
 * observation; a skipped one is not.
 *
 * @param options as for {@linkcode sweep}
 * @throws {TypeError} {RangeError} as {@linkcode plan}
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { missingRuns } from '@paratune/dgemm-driver';
 * import { openStore } from '@paratune/record';
 *
 * const store = openStore('results/none');
 * const runs = missingRuns({ store, environments: ['native'], series: [{ dimensions: [100, 200], runs: 3 }] });
 * assert.equal(runs.length, 6);
 * ```
 */
export function missingRuns(
  options: Pick<SweepOptions, 'environments' | 'series' | 'alpha' | 'beta'> & { store: Pick<SweepStore, 'read'> },
): PlannedRun[] {
  const planned = planOf(options);
  const held = new Set(
    options.store
      .read()
      .records.filter(({ status }) => status !== 'skipped')
      .map(observationKey),
  );
  return planned.filter(
    ({ environment, n, run }) =>
      !held.has(observationKey({ experiment, environment, factors: factors(n, options), run, repetition: 0 })),
  );
}

/**
 * Runs the paper's driver (Section 5.1) over dimensions and environments. All environments are up at once where memory
 * allows, and take turns; one driver runs at a time. A run's records are appended as one batch when it has ended, so a sweep
 * that is killed and started again does each observation once. A run that dies is recorded with its reason, an environment
 * that dies is started again, one that cannot be used is recorded as skipped, and the sweep goes on.
 *
 * @param options what to run
 * @returns what was done
 * @throws {TypeError} {RangeError} when an option is not what it must be; nothing was started
 * @throws {StoreError} when the store cannot be read or written
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempSync, rmSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { sweep } from '@paratune/dgemm-driver';
 * import { openStore } from '@paratune/record';
 *
 * const folder = mkdtempSync(`${tmpdir()}/sweep-`);
 * const store = openStore(folder);
 * const what = { store, environments: ['native'], series: [{ dimensions: [32], runs: 1 }] };
 * assert.equal((await sweep(what)).measured, 1);
 * assert.equal((await sweep(what)).measured, 0);
 * rmSync(folder, { recursive: true });
 * ```
 */
export async function sweep(options: SweepOptions): Promise<SweepSummary> {
  const { store, signal, seed = 0, onProgress = () => {} } = options;
  checkFinite(options.alpha ?? 1, 'alpha');
  checkFinite(options.beta ?? 1, 'beta');
  checkWhole(seed, 'seed', 0, 2 ** 32 - 1);
  if (options.cpu !== undefined) checkWhole(options.cpu, 'cpu', 0);
  const total = planOf(options).length;
  let open = missingRuns(options);
  const summary: SweepSummary = {
    total,
    before: total - open.length,
    measured: 0,
    failed: 0,
    skipped: [],
    interrupted: false,
  };
  const identities = new Map<string, string>();
  const timeLeft = new TimeLeft();
  const report = (event: SweepEvent) =>
    onProgress({ done: total - open.length, total, secondsLeft: timeLeft.seconds(open), ...event });
  const pool = new GuestPool({ cpu: options.cpu ?? firstCpu(), start: options.start });
  const onWait = (message: string) => void report({ event: 'waits', message });

  const skip = (environment: string, reason: string) => {
    const given = open.filter((run) => run.environment === environment);
    open = open.filter((run) => run.environment !== environment);
    summary.skipped.push({ environment, reason });
    const identity = store.addIdentity(identify({ kind: parseEnvironment(environment).kind }));
    const known = new Set(
      store.read().records.flatMap((record) => ('reason' in record ? observationKey(record) + record.reason : [])),
    );
    const time = new Date();
    const records = given.map(({ n, run }) =>
      skippedRecord(reason, { environment, factors: factors(n, options), run, time, identity }),
    );
    store.append(records.filter((record) => !known.has(observationKey(record) + reason)));
  };

  /** An environment ready to measure in: Node is in its page cache, and it is known what multiplies in it. */
  const prepare = async (environment: string): Promise<Guest | undefined> => {
    try {
      const { guest, fresh } = await pool.get(environment, { onProgress: onWait });
      if (!fresh) return guest;
      holdFiles(guest);
      const trial = await runDriver(guest, { n: 16 });
      if (trial.status === 'failed') throw new GuestError(trial.reason, { kind: 'resource', environment });
      const identity = identify({ ...guest.facts, backend: trial.result.backend });
      identities.set(environment, store.addIdentity(identity));
      timeLeft.started(environment);
      return guest;
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      await pool.drop(environment);
      if (!signal?.aborted) skip(environment, error.summary);
      return undefined;
    }
  };

  const close = () => void pool.close().catch(() => {});
  signal?.addEventListener('abort', close, { once: true });
  try {
    for (const batch of batches(open)) {
      for (const run of batch) {
        if (signal?.aborted) break;
        if (summary.skipped.some(({ environment }) => environment === run.environment)) continue;
        void report({ event: 'begins', run });
        const guest = await prepare(run.environment);
        if (guest === undefined) continue;
        const time = new Date();
        const begin = performance.now();
        const outcome = await attempt(guest, { ...options, n: run.n, seed: (seed + run.run) % 2 ** 32 });
        if (signal?.aborted) break;
        const seconds = (performance.now() - begin) / 1000;
        const identity = identities.get(run.environment)!;
        const emulated = guest.facts.accelerator === 'tcg';
        store.append(driverRecords(outcome, { ...run, factors: factors(run.n, options), time, identity, emulated }));
        if (outcome.status === 'measured') timeLeft.took(run, seconds);
        summary[outcome.status]++;
        open = open.filter((other) => other !== run);
        if (outcome.died) await pool.drop(run.environment);
        await report({ event: 'ended', run, outcome });
      }
      if (signal?.aborted) break;
      await pool.stop();
    }
    summary.interrupted = signal?.aborted ?? false;
    return summary;
  } finally {
    signal?.removeEventListener('abort', close);
    await pool.close();
  }
}

/** The plan with every environment under its full name: `uml` alone is a guest of the default memory. */
function planOf({ environments, series }: Pick<SweepOptions, 'environments' | 'series'>): PlannedRun[] {
  if (!Array.isArray(environments)) throw new TypeError(`'environments' must be an array, got ${typeof environments}`);
  return plan(
    environments.map((name) => environmentName(parseEnvironment(name))),
    series,
  );
}

/** One run, in which also the environment may die. */
async function attempt(
  guest: Guest,
  { n, alpha, beta, seed }: Pick<SweepOptions, 'alpha' | 'beta' | 'seed'> & { n: number },
): Promise<DriverRun & { died?: boolean }> {
  try {
    return await runDriver(guest, { n, alpha, beta, seed });
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
    return { status: 'failed', reason: error.summary, died: true };
  }
}

/** Factors of the observation: the paper varies n alone, and its alpha and beta are ours unless said otherwise. */
function factors(n: number, { alpha = 1, beta = 1 }: Pick<SweepOptions, 'alpha' | 'beta'>) {
  return { n, ...(alpha === 1 ? {} : { alpha }), ...(beta === 1 ? {} : { beta }) };
}

/**
 * Runs whose environments can be up together, environments in the order of the plan. A held native environment takes memory
 * only while it runs something; a guest may keep all that it was given.
 */
function batches(runs: readonly PlannedRun[]): PlannedRun[][] {
  const largest = Math.max(0, ...runs.map(({ n }) => 24 * n * n));
  const room = freemem() - reserveBytes - largest;
  const groups: Set<string>[] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const environment of new Set(runs.map((run) => run.environment))) {
    const { kind, memoryBytes } = environmentMemory(environment);
    const bytes = kind === 'native' ? 0 : memoryBytes;
    if (used + bytes > room) {
      groups.push(new Set());
      used = 0;
    }
    used += bytes;
    groups.at(-1)!.add(environment);
  }
  return groups.map((group) => runs.filter(({ environment }) => group.has(environment)));
}
