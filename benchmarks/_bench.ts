import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { GuestPool } from '@paratune/guest';
import { firstCpu } from '@paratune/native';
import { openStore, type StoreLock } from '@paratune/record';
import type { WrittenReport } from '@paratune/report';
import { exitCodeOf, exitCodes } from './_exit_code.ts';
import type { Experiment, Measurement, Outcome, Setting } from './_experiment.ts';
import { interruption } from './_interruption.ts';
import { LiveReport } from './_live_report.ts';
import { type Options, parseOptions } from './_options.ts';
import { duration, type Step, showProgress } from './_progress.ts';
import { resultsFolder } from './_results_folder.ts';
import { environments as allEnvironments, profiles } from './profiles.ts';

/**
 * Makes sure that the observations of the experiments are in the results folder, draws the report, and says what was found:
 * when the script at `url` is the one that was started. Imported by another script, it does nothing.
 */
export async function bench(url: string, experiments: readonly Experiment[]): Promise<void> {
  const script = fileURLToPath(url);
  const started = resolve(process.argv[1] ?? '');
  if (started !== script && `${started}.ts` !== script) return;
  try {
    process.exitCode = await run(experiments, parseOptions(experiments, process.argv.slice(2)));
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

async function run(experiments: readonly Experiment[], options: Options): Promise<number> {
  const chosen = experiments.filter(({ id }) => options.only.includes(id));
  const measurements = [...new Set(chosen.map(({ measurement }) => measurement))];
  const folder = resultsFolder(options.out ?? join('results', options.profile), options.fresh ?? false);
  const store = openStore(join(folder, 'records'));
  await using pool = new GuestPool({ cpu: firstCpu() });
  const setting: Setting = { store, profile: profiles[options.profile], environments: options.environments, pool };
  if (options.list) {
    for (const { id, section, title, measurement } of chosen) {
      console.log(`${id}  Section ${section}  ${title}  (from ${measurement.name})`);
    }
    return 0;
  }
  for (const line of announce(measurements, setting, options, folder)) console.log(line);
  if (options.dryRun) return 0;

  await using _lock: StoreLock = await store.lock();
  const interrupted = interruption();
  const outcomes: Outcome[] = [];
  let report: WrittenReport | undefined;
  let failure: unknown;
  const live = new LiveReport({ setting, measurements, output: join(folder, 'report'), command: commandOf(options) });
  const measuring = measurements
    .map((measurement) => ({ measurement, ...measurement.plan(setting) }))
    .filter(({ missing }) => missing > 0)
    .map(
      ({ measurement, seconds }): Step => ({
        title: measurement.name,
        seconds,
        async run(onProgress) {
          if (interrupted.aborted || failure) return;
          const between = async () => {
            if (!interrupted.aborted) await live.refresh();
          };
          try {
            outcomes.push(await measurement.run(setting, { signal: interrupted, onProgress, between }));
            if (!interrupted.aborted) await live.refresh(true);
          } catch (error) {
            // There is a report on what was measured until then all the same.
            failure = error;
          }
        },
      }),
    );
  const reporting: Step = {
    title: 'report',
    async run() {
      report = await live.finish(interrupted.aborted || failure !== undefined);
    },
  };
  try {
    await showProgress([...measuring, reporting]);
  } finally {
    store.close();
  }
  for (const line of conclude(chosen, outcomes, report!, interrupted.aborted)) console.log(line);
  if (failure) throw failure;
  if (interrupted.aborted) return exitCodes.interrupted;
  const nothing = report!.findings.length === 0;
  return nothing || outcomes.some(({ failed }) => failed > 0) ? exitCodes.failed : 0;
}

/** The command that measures all of this run, of which the report's exhibits show their part. */
function commandOf({ profile, environments }: Options): string {
  const same = environments.join() === allEnvironments.join();
  return `npx --yes pnpm bench:all --profile ${profile}${same ? '' : ` --environments ${environments.join()}`}`;
}

function* announce(
  measurements: readonly Measurement[],
  setting: Setting,
  { profile, environments }: Options,
  folder: string,
): Generator<string> {
  yield `profile ${profile}, environments ${environments.join(', ')}`;
  yield `results in ${folder}`;
  let sum = 0;
  for (const measurement of measurements) {
    const { total, missing, seconds } = measurement.plan(setting);
    if (total === 0) continue;
    sum += seconds;
    if (missing === 0) {
      yield `${measurement.name}: all ${total} observations are there; --fresh begins again in a new folder`;
    } else {
      const there = missing < total ? `, ${total - missing} are there` : '';
      yield `${measurement.name}: ${total} observations${there}; ${missing} to make, about ${duration(seconds)}`;
    }
  }
  if (sum > 0) yield `about ${duration(sum)} in all`;
}

function* conclude(
  experiments: readonly Experiment[],
  outcomes: readonly Outcome[],
  { findings, page, dropped }: WrittenReport,
  interrupted: boolean,
): Generator<string> {
  const width = Math.max(0, ...findings.map(({ environment }) => environment.length));
  for (const { id, title } of experiments) {
    const found = findings.filter(({ exhibit }) => exhibit === id);
    if (found.length === 0) continue;
    yield '';
    yield `${id}: ${title}`;
    for (const { environment, sentence } of found) yield `  ${environment.padEnd(width)}  ${sentence}`;
  }
  yield '';
  for (const { skipped, failed } of outcomes) {
    for (const { environment, reason } of skipped) yield `skipped ${environment}: ${reason}`;
    if (failed > 0) yield `${failed} ${failed === 1 ? 'run' : 'runs'} failed; the report says why`;
  }
  for (const { file, line } of dropped) yield `left out ${file}:${line}, cut short when a run was killed`;
  if (interrupted) yield 'stopped before the end; the same command goes on from here';
  yield `report: ${page}`;
  yield `        ${pathToFileURL(page)}`;
}
