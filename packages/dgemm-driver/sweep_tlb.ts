import type { DgemmPlan } from '@paratune/blas';
import {
  environmentName,
  type Guest,
  GuestError,
  GuestPool,
  lastWords,
  parseEnvironment,
  type StartGuest,
  whyFailed,
} from '@paratune/guest';
import { identify, type Record as Observation } from '@paratune/record';
import * as v from 'valibot';
import { checkWhole } from './_check.ts';
import { driverFile } from './_driver_file.ts';
import { plansSchema } from './_plan_schema.ts';
import { plansArgument } from './_plans_argument.ts';
import { maximumDimension } from './dimensions.ts';
import { simulateTlb, type TlbGeometry, type TlbMisses } from './simulate_tlb.ts';
import type { SweepStore } from './sweep.ts';

/**
 * The experiment's name in the records of {@linkcode sweepTlb}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { tlbExperiment } from '@paratune/dgemm-driver';
 *
 * assert.equal(tlbExperiment, 'tlb');
 * ```
 */
export const tlbExperiment = 'tlb';

/** What {@linkcode sweepTlb} simulates, and where its records go. */
export interface TlbSweepOptions {
  /** Takes the records; what it holds already is not simulated again. */
  store: SweepStore;
  /** Names of environments: in each the library says how it computes there. */
  environments: readonly string[];
  /** The matrix dimensions. */
  dimensions: readonly number[];
  /** The TLBs, by names that differ. */
  geometries: readonly TlbGeometry[];
  /** Environments that are up or are started, and stay up; a pool of its own when absent. */
  pool?: GuestPool | undefined;
  /** Starts an environment, when there is no pool; `start` of @paratune/guest when absent. */
  start?: StartGuest | undefined;
  /** Ends the sweep early. */
  signal?: AbortSignal | undefined;
  /** Called before each dimension of each environment. */
  onProgress?: ((progress: { done: number; total: number; environment: string; n: number }) => void) | undefined;
}

/** What {@linkcode sweepTlb} did: an observation is a dimension in an environment, with all geometries. */
export interface TlbSweepSummary {
  /** Observations asked for, and how many of them the store held before. */
  total: number;
  before: number;
  /** Those simulated now. */
  simulated: number;
  /** Environments that could not say how they compute, and why. */
  skipped: { environment: string; reason: string }[];
  /** Whether the signal ended it. */
  interrupted: boolean;
}

/** What is simulated at once. */
interface TlbRun {
  environment: string;
  n: number;
}

const metrics = ['dataTlbMisses', 'instructionTlbMisses'] as const satisfies (keyof TlbMisses)[];

/**
 * The observations of {@linkcode sweepTlb} that a store does not hold yet, environment by environment.
 *
 * @param options as for `sweepTlb`
 * @throws {TypeError} {RangeError} when an option is not what it must be
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { missingTlbRuns, paperTlb } from '@paratune/dgemm-driver';
 * import { openStore } from '@paratune/record';
 *
 * const store = openStore('results/none');
 * const what = { store, environments: ['native'], dimensions: [100, 200], geometries: [paperTlb] };
 * assert.deepEqual(missingTlbRuns(what), [{ environment: 'native', n: 100 }, { environment: 'native', n: 200 }]);
 * ```
 */
export function missingTlbRuns({
  store,
  environments,
  dimensions,
  geometries,
}: Pick<TlbSweepOptions, 'environments' | 'dimensions' | 'geometries'> & {
  store: Pick<SweepStore, 'read'>;
}): TlbRun[] {
  if (!Array.isArray(environments)) throw new TypeError(`'environments' must be an array, got ${typeof environments}`);
  const names = environments.map((name) => environmentName(parseEnvironment(name)));
  for (const [index, n] of dimensions.entries()) checkWhole(n, `dimensions[${index}]`, 1, maximumDimension);
  const kinds = geometries.map(({ name }) => name);
  if (kinds.length === 0) throw new RangeError("'geometries' must not be empty");
  const twice = kinds.find((name, index) => kinds.indexOf(name) !== index);
  if (twice !== undefined) throw new RangeError(`'geometries' must have distinct names, got ${twice} twice`);
  const held = heldBy(store);
  return names.flatMap((environment) =>
    dimensions
      .filter((n) => geometries.some((geometry) => !held.has(keyOf(environment, n, geometry))))
      .map((n) => ({ environment, n })),
  );
}

const keyOf = (environment: string, n: number, { name }: TlbGeometry) => `${environment} ${n} ${name}`;

/** What a store has simulated values of, by {@linkcode keyOf}. */
function heldBy(store: Pick<SweepStore, 'read'>): Set<string> {
  return new Set(
    store
      .read()
      .records.filter(({ experiment, status }) => experiment === tlbExperiment && status === 'simulated')
      .map(({ environment, factors }) => `${environment} ${factors['n']} ${factors['geometry']}`),
  );
}

/**
 * Figures 14 and 15 where the hardware counts nothing: the TLB misses of the driver's multiplication against its dimension, by
 * {@linkcode simulateTlb}. In every environment the library is asked how it computes there; what it computes alike is simulated once.
 *
 * Records are simulated values, never measured ones, of experiment `tlb` and metrics `dataTlbMisses` and `instructionTlbMisses`, with the factors
 * `n`, `geometry` (its name) and its numbers: `pageBytes`, `dataEntries`, `instructionEntries`, and `dataWays` and `secondLevelEntries` if it has them.
 *
 * @param options what to simulate, and what takes the records
 * @returns what was done, and what could not be
 * @throws {TypeError} {RangeError} when an option is not what it must be
 * @throws {StoreError} when a record cannot be written
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempSync, rmSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { paperTlb, sweepTlb } from '@paratune/dgemm-driver';
 * import { openStore } from '@paratune/record';
 *
 * const folder = mkdtempSync(`${tmpdir()}/tlb-`);
 * const store = openStore(folder);
 * await sweepTlb({ store, environments: ['native'], dimensions: [64, 128], geometries: [paperTlb] });
 * assert.ok(store.read().records.every(({ status }) => status === 'simulated' || status === 'skipped'));
 * rmSync(folder, { recursive: true });
 * ```
 */
export async function sweepTlb(options: TlbSweepOptions): Promise<TlbSweepSummary> {
  const { store, environments, dimensions, geometries, signal, onProgress = () => {} } = options;
  const missing = missingTlbRuns(options);
  const total = environments.length * dimensions.length;
  const before = total - missing.length;
  const summary: TlbSweepSummary = { total, before, simulated: 0, skipped: [], interrupted: false };
  const held = heldBy(store);
  const known = new Map<string, TlbMisses[]>();
  const pool = options.pool ?? new GuestPool({ start: options.start });
  const close = () => void pool.close().catch(() => {});
  signal?.addEventListener('abort', close, { once: true });
  try {
    for (const environment of new Set(missing.map((run) => run.environment))) {
      const own = missing.filter((run) => run.environment === environment).map(({ n }) => n);
      if (signal?.aborted) break;
      onProgress({ done: before + summary.simulated, total, environment, n: own[0]! });
      let identity: string;
      let plans: DgemmPlan[];
      try {
        const { guest } = await pool.get(environment);
        identity = store.addIdentity(identify({ ...guest.facts }));
        plans = await plansIn(guest, own);
      } catch (error) {
        if (!(error instanceof GuestError)) throw error;
        await pool.drop(environment);
        if (signal?.aborted) break;
        const reason = error.summary;
        summary.skipped.push({ environment, reason });
        identity = store.addIdentity(identify({ kind: parseEnvironment(environment).kind }));
        const context = { environment, identity };
        const skipped = own.flatMap((n) => geometries.map((geometry) => skippedRecord(reason, n, geometry, context)));
        store.append(withoutKnown(store, skipped));
        continue;
      }
      for (const [index, n] of own.entries()) {
        // So that a signal is heard between two simulations.
        await new Promise((resolve) => setImmediate(resolve));
        if (signal?.aborted) break;
        onProgress({ done: before + summary.simulated, total, environment, n });
        const open = geometries.filter((geometry) => !held.has(keyOf(environment, n, geometry)));
        const key = JSON.stringify([plans[index], open]);
        const misses = known.get(key) ?? simulateTlb(plans[index]!, open);
        known.set(key, misses);
        const context = { environment, identity };
        store.append(
          open.flatMap((geometry, at) =>
            metrics.map((metric) => ({
              ...common(n, geometry, context),
              ...{ metric, unit: 'misses', status: 'simulated' as const, value: misses[at]![metric] },
            })),
          ),
        );
        summary.simulated++;
      }
    }
    summary.interrupted = signal?.aborted ?? false;
    return summary;
  } finally {
    signal?.removeEventListener('abort', close);
    if (options.pool === undefined) await pool.close();
  }
}

/** How the library computes the dimensions in an environment. @throws {GuestError} when it does not say */
async function plansIn(guest: Guest, dimensions: readonly number[]): Promise<DgemmPlan[]> {
  const failed = (reason: string) => new GuestError(reason, { kind: 'resource', environment: guest.name });
  const outcome = await guest.run(process.execPath, [driverFile(), plansArgument, ...dimensions.map(String)], {
    ...{ env: { LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'] }, cwd: '/', timeoutMs: 120_000 },
  });
  const failure = whyFailed(outcome);
  if (failure !== undefined) throw failed(failure);
  try {
    return v.parse(v.pipe(plansSchema, v.length(dimensions.length)), JSON.parse(outcome.stdout));
  } catch (error) {
    const said = lastWords(outcome.stderr) ?? lastWords(outcome.stdout);
    throw failed(`printed no plan: ${(error as Error).message}${said ? `: ${said}` : ''}`);
  }
}

function common(n: number, geometry: TlbGeometry, context: { environment: string; identity: string }) {
  const { name, pageBytes = 4096, dataEntries, dataWays, secondLevelEntries, instructionEntries } = geometry;
  return {
    ...{ version: 1 as const, experiment: tlbExperiment, ...context, run: 0, repetition: 0 },
    time: new Date().toISOString(),
    factors: {
      ...{ n, geometry: name, pageBytes, dataEntries, instructionEntries },
      ...(dataWays === undefined ? {} : { dataWays }),
      ...(secondLevelEntries === undefined ? {} : { secondLevelEntries }),
    },
  };
}

function skippedRecord(
  reason: string,
  n: number,
  geometry: TlbGeometry,
  context: { environment: string; identity: string },
): Observation {
  return { ...common(n, geometry, context), metric: metrics[0], unit: 'misses', status: 'skipped', reason };
}

/** Those that the store does not say already. */
function withoutKnown(store: SweepStore, records: readonly Observation[]): Observation[] {
  const textOf = (record: Observation) =>
    `${record.experiment} ${record.environment} ${JSON.stringify(record.factors)} ${'reason' in record && record.reason}`;
  const known = new Set(store.read().records.map(textOf));
  return records.filter((record) => !known.has(textOf(record)));
}
