import { readFileSync } from 'node:fs';
import {
  configure,
  defaultTuning,
  info,
  readTuning,
  saveTuning,
  type Tuning,
  TuningError,
  tuningPath,
} from '@paratune/blas';
import { UnsupportedError } from '@paratune/native';
import { type Machine, machineSchema, probe } from '@paratune/probe';
import { type Record as Observation, openStore, StoreError } from '@paratune/record';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import * as v from 'valibot';
import { openLog } from './_log.ts';
import { differenceTable, rateTable, resultTable } from './_table.ts';
import { diffTunings } from './diff_tunings.ts';
import { measureRoutines } from './measure_routines.ts';
import { defaultBudget, type TunedRoutine, type TuneProgress, tune, tunedRoutines } from './tune.ts';

const FAILED = 1;
const USAGE = 2;

/** Seconds of a search that has time to probe the machine first, which takes some. */
const LEAST_TO_PROBE = 40;

interface RunOptions {
  budget?: number;
  only?: TunedRoutine[];
  isa?: 'avx512' | 'avx2' | 'sse2' | 'scalar';
  out?: string;
  machine?: string;
  environment: string;
  save: boolean;
  json?: true;
}

function seconds(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(s|m|min)?$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('It must be a time such as 60s or 2m.');
  return Number(digits) * (unit?.startsWith('m') ? 60 : 1);
}

function routines(text: string): TunedRoutine[] {
  return text.split(',').map((item) => {
    const routine = item.trim() as TunedRoutine;
    if (!tunedRoutines.includes(routine))
      throw new InvalidArgumentError(`It must be some of ${tunedRoutines.join(', ')}.`);
    return routine;
  });
}

function numbers(text: string): number[] {
  return text.split(',').map((item) => {
    const value = Number(item);
    if (item.trim() === '' || Number.isNaN(value))
      throw new InvalidArgumentError('It must be numbers such as 500,1000.');
    return value;
  });
}

function isa(text: string): NonNullable<RunOptions['isa']> {
  const known = ['avx512', 'avx2', 'sse2', 'scalar'] as const;
  const found = known.find((each) => each === text);
  if (found === undefined) throw new InvalidArgumentError(`It must be one of ${known.join(', ')}.`);
  return found;
}

/** A line at the bottom of a terminal, and one that stays for every part that is done. */
function showProgress({ subject, line, tried, mflops, gain, secondsLeft, done }: TuneProgress): void {
  const best = `${(mflops / 1000).toFixed(1)} Gflops`;
  if (done) {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    process.stderr.write(`${subject}: ${best}, ${gain.toFixed(2)} times as fast as untuned\n`);
  } else if (process.stderr.isTTY) {
    const left = `about ${Math.ceil(secondsLeft)} s left`;
    process.stderr.write(
      `\r\x1b[K${subject}: ${line}, ${tried} tried, best so far ${best} (x ${gain.toFixed(2)}), ${left}`,
    );
  }
}

function run(options: RunOptions): void {
  const { environment, json } = options;
  const isa = options.isa ?? defaultTuning().isa;
  const log = openLog(options.out, environment, isa, warn);
  if (log.known.length > 0) warn(`goes on with a search that was broken off after ${log.known.length} candidates`);
  const began = performance.now();
  const budget = options.budget ?? defaultBudget(options.only);
  const machine = machineOf(options.machine, budget);
  const result = tune({
    // A probe takes its time from the search.
    budgetSeconds: Math.max(budget - (performance.now() - began) / 1000, budget / 2),
    machine,
    only: options.only,
    isa,
    known: log.known,
    onProgress: showProgress,
    onCandidate: log.candidate,
  });
  log.finish(result);
  if (options.save) save(result.tuning, options.only);
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : resultTable(result));
}

/** What a probe says: a file, or one that is made now if the time allows. */
function machineOf(file: string | undefined, budget: number): Machine | undefined {
  if (file === undefined) {
    if (budget < LEAST_TO_PROBE) return undefined;
    const machine = probe({ quick: true });
    const { l1DataBytes, l2Bytes } = machine;
    process.stderr.write(
      `probed: ${(l1DataBytes.value ?? 0) / 1024} KiB level 1, ${(l2Bytes.value ?? 0) / 1024} KiB level 2\n`,
    );
    return machine;
  }
  try {
    return v.parse(machineSchema, JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new RangeError(
      `'--machine' must be a file of paratune-probe --json, got ${file}: ${(error as Error).message}`,
    );
  }
}

/** Saves a tuning; routines that were not searched stay as they were tuned before. */
function save(found: Tuning, only: readonly TunedRoutine[] = tunedRoutines): void {
  const path = tuningPath(found.isa);
  let tuning = found;
  try {
    const { dgemm: _, ...searched } = Object.fromEntries(only.map((routine) => [routine, found[routine]]));
    const before = readTuning(path);
    const edge = only.includes('dgemm') ? { dgemm: found.dgemm, cacheEdge: found.cacheEdge } : {};
    tuning = { ...before, ...searched, ...edge, time: found.time };
  } catch (error) {
    if (!(error instanceof TuningError)) throw error;
    if (error.kind !== 'missing') warn(`is replaced: ${error.message}`);
  }
  try {
    warn(`saved as ${saveTuning(tuning, path)}`);
  } catch (error) {
    if (!(error instanceof TuningError)) throw error;
    warn(`not saved: ${error.message}`);
  }
}

function measure({ n = [1000], repetitions = 20, json }: { n?: number[]; repetitions?: number; json?: true }): void {
  configure({ threads: 1 });
  const rates = measureRoutines({ n, repetitions });
  const { tuning } = info();
  process.stdout.write(json ? `${JSON.stringify({ version: 1, tuning, rates })}\n` : rateTable(rates));
}

function diff(a: string, b: string, { json }: { json?: true }): void {
  const [ofA, ofB] = [a, b].map((folder) => openStore(folder).read().records) as [Observation[], Observation[]];
  const differences = diffTunings(ofA, ofB);
  if (differences.length === 0) {
    throw new StoreError('folder', ofA.length === 0 ? a : b, 'has no finished tuning of a routine that the other has');
  }
  process.stdout.write(json ? `${JSON.stringify(differences)}\n` : differenceTable(differences));
}

function warn(message: string): void {
  process.stderr.write(`paratune-tune: ${message}\n`);
}

function parse(argv: readonly string[]): void {
  const program = new Command('paratune-tune')
    .description(
      'Finds the parameters that the routines of @paratune/blas run fastest with on this machine, and saves them for every program.',
    )
    .addHelpText('after', '\nExit codes: 0; 1 when it cannot be done here; 2 for bad usage.')
    .exitOverride();
  program
    .command('run', { isDefault: true })
    .description('search, and save what was found')
    .option(
      '--budget <time>',
      `how long it may take, such as 60s or 2m (default: ${defaultBudget()}s for all routines)`,
      seconds,
    )
    .option('--only <routines>', `some of ${tunedRoutines.join(', ')}`, routines)
    .option('--isa <name>', 'instruction set: avx512, avx2, sse2 or scalar (default: the widest there is)', isa)
    .option(
      '--out <folder>',
      "the log: a store of records, from which a search that was broken off goes on (default: in the user's cache)",
    )
    .option(
      '--machine <file>',
      'what paratune-probe --json printed (default: probes by itself if the time is 40s or more)',
    )
    .option('--environment <name>', 'what the records call this environment', 'native')
    .option('--no-save', 'do not save the tuning')
    .option('--json', 'print JSON')
    .allowExcessArguments(false)
    .action(run);
  program
    .command('measure')
    .description('the rates of the routines as programs get them, in one thread')
    .option('--n <list>', 'dimensions, such as 500,1000 (default: 1000)', numbers)
    .option('--repetitions <count>', 'times that each is timed (default: 20)', Number)
    .option('--json', 'print JSON')
    .allowExcessArguments(false)
    .action(measure);
  program
    .command('diff')
    .description('what two logs chose differently')
    .argument('<a>', 'folder of one log')
    .argument('<b>', 'folder of the other')
    .option('--json', 'print JSON')
    .allowExcessArguments(false)
    .action(diff);
  program.parse(argv, { from: 'user' });
}

/** Runs the command line and returns the exit code. */
function main(argv: readonly string[]): number {
  try {
    parse(argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    const misused = error instanceof TypeError || error instanceof RangeError;
    if (!misused && !(error instanceof UnsupportedError) && !(error instanceof StoreError)) throw error;
    warn(error.message);
    return misused ? USAGE : FAILED;
  }
}

process.exitCode = main(process.argv.slice(2));
