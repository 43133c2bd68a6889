/**
 * The library beside every other one that this machine has: `npx --yes pnpm bench:peers`.
 *
 * Each case is one routine of one size, computed in turn by all contenders in one process, on the same random matrices,
 * through the same foreign-function interface. A suite (`_peers_gemm.ts`, `_peers_small.ts`, ...) says what its cases and
 * contenders are; `_peers_turns.ts` measures them; records keep what was seen; `@paratune/report` says what it comes to.
 *
 *     npx tsx benchmarks/peers.ts --profile quick --only gemm,small --threads 1
 */
import { join, relative } from 'node:path';
import { identify, openStore, type StoreLock } from '@paratune/record';
import { type PeersReport, writePeersReport } from '@paratune/report';
import { exitCodeOf, exitCodes } from './_exit_code.ts';
import type { Outcome } from './_experiment.ts';
import { interruption } from './_interruption.ts';
import { findLibraries } from './_peers_libraries.ts';
import { type PeersOptions, parsePeersOptions } from './_peers_options.ts';
import { expectedSeconds, measureCases, missingCases, plannedCases } from './_peers_run.ts';
import { suites } from './_peers_suites.ts';
import { absences, takingPart } from './_peers_taking_part.ts';
import { bestVariant, tryVariants } from './_peers_variants.ts';
import { duration, type Step, showProgress } from './_progress.ts';
import { resultsFolder } from './_results_folder.ts';

async function run(options: PeersOptions): Promise<number> {
  if (options.list) {
    for (const { name, title } of suites) {
      const count = plannedCases({ plan: options.plan, only: [name] }).length;
      console.log(`${name.padEnd(12)} ${title} (${count} cases)`);
    }
    return 0;
  }
  const folder = resultsFolder(options.out, options.fresh);
  const libraries = findLibraries(options.given);
  const identity = identify(takingPart(options, libraries));
  const store = openStore(join(folder, 'records'));
  await using _lock: StoreLock = await store.lock();
  store.addIdentity(identity);
  // A program that reads the document must find nothing else there.
  const stream = options.json ? process.stderr : process.stdout;
  const say = (text: string) => stream.write(`${text}\n`);
  say(`results in ${relative(process.cwd(), folder)}`);

  const ofThisCode = () => store.read().records.filter((record) => record.identity === identity.id);
  const cases = missingCases(plannedCases(options), ofThisCode());
  const untried = libraries.filter(({ name }) => bestVariant(ofThisCode(), name) === undefined);
  say(
    cases.length === 0
      ? 'all observations are there; --fresh begins again in a new folder'
      : `${cases.length} cases to measure, about ${duration(expectedSeconds(cases, options.thoroughness))}`,
  );

  const signal = interruption();
  let outcome: Outcome | undefined;
  let report: PeersReport | undefined;
  let failure: unknown;
  const trying: Step = {
    title: 'the fastest kernels of each library',
    async run() {
      if (ofThisCode().length === 0) store.append(absences(identity, libraries));
      for (const library of untried) store.append(await tryVariants(library, options.mostVariants, identity));
    },
  };
  const measuring: Step = {
    title: 'peers',
    async run(onProgress) {
      if (signal.aborted) return;
      const records = ofThisCode();
      const running = libraries.flatMap((library) => {
        const environment = bestVariant(records, library.name);
        return environment === undefined ? [] : [{ library, environment }];
      });
      const setting = {
        options,
        libraries: running.map(({ library }) => library),
        environment: Object.assign({}, ...running.map(({ environment }) => environment)),
        identity,
        store,
      };
      try {
        outcome = await measureCases(cases, setting, { signal, onProgress });
      } catch (error) {
        // There is a report on what was measured until then all the same.
        failure = error;
      }
    },
  };
  const reporting: Step = {
    title: 'report',
    async run() {
      report = await writePeersReport({ store: store.read(), identity: identity.id, output: join(folder, 'report') });
    },
  };
  const steps = cases.length === 0 ? [reporting] : [trying, measuring, reporting];
  try {
    await showProgress(steps, stream);
  } finally {
    store.close();
  }
  console.log(options.json ? JSON.stringify(report!.summary, undefined, 2) : `\n${report!.overview}\n`);
  say(`report: ${report!.page}`);
  if (failure) throw failure;
  if (signal.aborted) {
    say('stopped before the end; the same command goes on from here');
    return exitCodes.interrupted;
  }
  return outcome !== undefined && outcome.failed > 0 ? exitCodes.failed : 0;
}

try {
  process.exitCode = await run(parsePeersOptions(process.argv.slice(2)));
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
