import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Guest, GuestError, lastWords, parseEnvironment, whyFailed } from '@paratune/guest';
import { identify, type Record as Observation, observationKey } from '@paratune/record';
import type { Measurement, PlanSetting, Setting } from './_experiment.ts';
import type { Program } from './_program.ts';
import type { Profile } from './profiles.ts';

/** Starting a command in the slowest environment. */
const startSeconds = 1;

/** One run of a program that is intended. */
interface PlannedRun {
  environment: string;
  run: number;
}

/** EX_UNAVAILABLE of sysexits.h: how a command says that what it is asked for cannot be had here. */
const unavailableExitCode = 69;

/** Why there is no value. */
class NoResult extends Error {}

/** Why there is none in this environment, though nothing went wrong. */
class Unavailable extends Error {}

/**
 * A measurement by a program of the packages in every environment in turn: environments are those of the setting's pool, so that
 * several programs share them. What the store holds is not run again; the records of a run are one batch.
 */
export function programSweep(name: string, programOf: (profile: Profile) => Program | undefined): Measurement {
  const missingOf = (
    program: Program,
    { store, environments }: PlanSetting,
  ): { planned: PlannedRun[]; missing: PlannedRun[] } => {
    const planned = Array.from({ length: program.runs }, (_, run) =>
      environments
        .filter((environment) => program.environments?.includes(environment) ?? true)
        .map((environment) => ({ environment, run })),
    ).flat();
    const held = store.read().records.filter((record) => record.status !== 'skipped' && belongs(record, program));
    const done = new Set(held.map(({ environment, run }) => `${environment} ${run}`));
    return { planned, missing: planned.filter(({ environment, run }) => !done.has(`${environment} ${run}`)) };
  };
  return {
    name,

    plan(setting) {
      const program = programOf(setting.profile);
      if (!program) return { total: 0, missing: 0, seconds: 0 };
      const { planned, missing } = missingOf(program, setting);
      const each = program.seconds + startSeconds * program.commands.length;
      return { total: planned.length, missing: missing.length, seconds: missing.length * each };
    },

    async run(setting, { signal, onProgress, between }) {
      const { store, pool } = setting;
      const program = programOf(setting.profile)!;
      const { planned, missing } = missingOf(program, setting);
      const outcome = { measured: 0, failed: 0, skipped: [] as { environment: string; reason: string }[] };
      let [open, seconds] = [missing, program.seconds + startSeconds * program.commands.length];
      const report = (text: string, important = false, merit?: string) =>
        onProgress({
          done: planned.length - open.length,
          total: planned.length,
          secondsLeft: seconds * open.length,
          text,
          important,
          ...(merit === undefined ? {} : { merit }),
        });
      const close = () => void pool.close().catch(() => {});
      signal.addEventListener('abort', close, { once: true });
      const scratch = mkdtempSync(join(tmpdir(), 'paratune-lab-'));
      try {
        for (const planned of missing) {
          const { environment, run } = planned;
          if (signal.aborted) break;
          if (!open.includes(planned)) continue;
          report(`${environment} run ${run}`);
          const begin = performance.now();
          try {
            const { guest } = await pool.get(environment, { onProgress: (text) => report(text, true) });
            const cache = join(scratch, `${environment}-${run}`);
            const records = await attempt(guest, program, { run, cache, store });
            if (signal.aborted) break;
            store.append(records);
            const failed = records.find((record) => record.status === 'failed');
            outcome[failed ? 'failed' : 'measured']++;
            open = open.filter((other) => other !== planned);
            if (!failed) seconds = (performance.now() - begin) / 1000;
            const said = failed && 'reason' in failed ? `failed: ${failed.reason}` : 'measured';
            const merit = failed ? undefined : meritOf(records, program);
            report(
              `${environment} run ${run} ${said}`,
              failed !== undefined,
              merit && `${merit}, ${name} in ${environment}`,
            );
            await between?.();
          } catch (error) {
            if (!(error instanceof GuestError || error instanceof Unavailable)) throw error;
            if (error instanceof GuestError) await pool.drop(environment);
            if (signal.aborted) break;
            const reason = error instanceof GuestError ? error.summary : error.message;
            skip(
              setting,
              program,
              open.filter((other) => other.environment === environment),
              reason,
            );
            outcome.skipped.push({ environment, reason });
            open = open.filter((other) => other.environment !== environment);
          }
        }
        return outcome;
      } finally {
        signal.removeEventListener('abort', close);
        rmSync(scratch, { recursive: true, force: true });
      }
    },
  };
}

/** What a run found, in short: the best of the rates, the median of anything else. */
function meritOf(records: readonly Observation[], { metric, unit }: Program): string | undefined {
  const values = records
    .flatMap((record) => (record.metric === metric && 'value' in record ? [record.value] : []))
    .sort((a, b) => a - b);
  const value = unit === 'Mflops' ? values.at(-1) : values[Math.floor((values.length - 1) / 2)];
  return value === undefined ? undefined : `${Math.round(value).toLocaleString('en')} ${unit}`;
}

/** Whether a record is of the program, in the size that its profile asks for. */
function belongs(record: Observation, { experiment, metric, factors }: Program): boolean {
  return (
    record.experiment === experiment &&
    record.metric === metric &&
    Object.entries(factors).every(([name, value]) => record.factors[name] === value)
  );
}

/**
 * A run of a program: its records, or one that says why there is nothing.
 *
 * @throws {GuestError} when the environment dies
 * @throws {Unavailable} when it has not what the program asks for
 */
async function attempt(
  guest: Guest,
  program: Program,
  { run, cache, store }: { run: number; cache: string; store: Setting['store'] },
): Promise<Observation[]> {
  const identity = store.addIdentity(identify({ ...guest.facts }));
  const context = { environment: guest.name, run, identity };
  try {
    const printed: unknown[] = [];
    for (const [command, ...args] of program.commands)
      printed.push(await runCommand(guest, command, args, program, cache));
    const records = program.records(printed, context);
    // The clock of an emulated processor says nothing of hardware.
    if (program.counted || guest.facts.accelerator !== 'tcg') return records;
    return records.map((record) => ('value' in record ? { ...record, status: 'simulated' } : record));
  } catch (error) {
    if (error instanceof GuestError || error instanceof Unavailable) throw error;
    return [reasonRecord('failed', (error as Error).message, program, { ...context, time: new Date() })];
  }
}

/**
 * What a command prints.
 *
 * @throws {NoResult} when it fails or prints something else than JSON
 * @throws {Unavailable} when it says that this environment has not what it is asked for
 */
async function runCommand(
  guest: Guest,
  command: string,
  args: string[],
  { seconds }: Program,
  cache: string,
): Promise<unknown> {
  const timeoutMs = 60_000 + 8000 * seconds;
  const result = await guest.run(process.execPath, [binOf(command), ...args], {
    // Nothing of ours is inherited, and the tunings that the user has are neither used nor replaced.
    env: { LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'], XDG_CACHE_HOME: cache },
    cwd: '/',
    timeoutMs,
  });
  const failure = result.reason === 'timeout' ? `timed out after ${timeoutMs / 1000} s` : whyFailed(result);
  if (result.exitCode === unavailableExitCode) throw new Unavailable(lastWords(result.stderr) ?? failure);
  if (failure !== undefined) throw new NoResult(`paratune-${command}: ${failure}`);
  try {
    return JSON.parse(result.stdout);
  } catch {
    throw new NoResult(
      `paratune-${command}: printed no result: ${lastWords(result.stderr) ?? lastWords(result.stdout)}`,
    );
  }
}

/** The built command of a package. */
function binOf(command: string): string {
  return fileURLToPath(new URL(`../packages/${command}/bin/paratune-${command}.js`, import.meta.url));
}

/** Says of the runs why they were not made, unless the store says so already. */
function skip({ store }: Setting, program: Program, runs: readonly PlannedRun[], reason: string): void {
  const known = new Set(
    store.read().records.flatMap((record) => ('reason' in record ? observationKey(record) + record.reason : [])),
  );
  const time = new Date();
  const records = runs.map(({ environment, run }) => {
    const identity = store.addIdentity(identify({ kind: parseEnvironment(environment).kind }));
    return reasonRecord('skipped', reason, program, { environment, run, identity, time });
  });
  store.append(records.filter((record) => !known.has(observationKey(record) + reason)));
}

function reasonRecord(
  status: 'failed' | 'skipped',
  reason: string,
  { experiment, metric, unit, factors }: Program,
  { environment, run, identity, time }: { environment: string; run: number; identity: string; time: Date },
): Observation {
  const common = { version: 1 as const, experiment, environment, factors, metric, unit, run, repetition: 0 };
  return { ...common, time: time.toISOString(), identity, status, reason };
}
