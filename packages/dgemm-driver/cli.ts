import { type Record as Observation, openStore, StoreError } from '@paratune/record';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { memoryStore } from './_memory_store.ts';
import { statusLine } from './_status_line.ts';
import { summarize, table } from './_summarize.ts';
import { concurrentTable, summarizeConcurrent } from './_summarize_concurrent.ts';
import { summarizeTlb, tlbTable } from './_summarize_tlb.ts';
import { dimensions } from './dimensions.ts';
import { experiment } from './driver_records.ts';
import { paperTlb, type TlbGeometry } from './simulate_tlb.ts';
import { type SweepOptions, type SweepStore, type SweepSummary, sweep } from './sweep.ts';
import { missingConcurrentRuns, sweepConcurrently } from './sweep_concurrently.ts';
import { sweepTlb } from './sweep_tlb.ts';

const FAILED = 1;
const USAGE = 2;
const INTERRUPTED = 130;

interface Options {
  from: number;
  to: number;
  step: number;
  dimensions?: number[];
  runs: number;
  environment: string[];
  alpha: number;
  beta: number;
  seed: number;
  cpu?: number;
  concurrent?: number[];
  apart?: boolean;
  tlbModel?: TlbGeometry[];
  out?: string;
  json?: boolean;
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

function list(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.includes('')) throw new InvalidArgumentError('It must be a list with commas between.');
  return items;
}

/** TLBs by the paper's name or by their entries, which are this machine's. */
function tlbList(text: string): TlbGeometry[] {
  return list(text).map((item) => {
    if (item === paperTlb.name) return paperTlb;
    const entries = /^([1-9]\d*)(?:\+([1-9]\d*))?$/.exec(item);
    if (!entries) throw new InvalidArgumentError("It must be 'paper' or entries, such as 96 or 96+2048.");
    const [, first, second] = entries;
    const { instructionEntries } = paperTlb;
    const secondLevel = second === undefined ? {} : { secondLevelEntries: Number(second) };
    return { name: 'machine', dataEntries: Number(first), ...secondLevel, instructionEntries };
  });
}

function parse(argv: readonly string[]): Options {
  const program = new Command('paratune-dgemm')
    .description(
      "The paper's DGEMM driver: every run is a new process that fills three n x n matrices with random numbers and\n" +
        'times one multiplication. Shows rate, resident memory, faults and swap against n.',
    )
    .option('--from <n>', 'first dimension', number, 100)
    .option('--to <n>', 'last dimension', number, 4000)
    .option('--step <n>', 'distance of two dimensions', number, 100)
    .option('--dimensions <list>', 'these dimensions instead, such as 100,500,3100', (text) => list(text).map(number))
    .option('--runs <count>', 'runs of each dimension', number, 5)
    .option('--environment <list>', 'where to run: native, native-256, uml-756, ...', list, ['native'])
    .option('--alpha <number>', 'factor of the product', number, 1)
    .option('--beta <number>', 'factor of the old C', number, 1)
    .option('--seed <number>', 'where the random numbers of the first run start', number, 0)
    .option(
      '--concurrent <list>',
      'so many drivers begin together, in one environment of as many CPUs; a list, such as 1,2,4,8, for one after another',
      (text) => list(text).map(number),
    )
    .option('--apart', 'with --concurrent: each driver in an environment of its own, on one CPU')
    .option(
      '--tlb-model [list]',
      'simulate the TLB misses instead of running: paper (64 entries for data, 32 for instructions), or entries for data of a ' +
        'first and a second level, such as 96+2048',
      tlbList,
    )
    .option('--cpu <index>', 'CPU to run on (default: the first that may be used)', number)
    .option('--out <folder>', 'append records to the store in this folder; what it holds already is not run again')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 when every run was measured; 1 when one failed or an environment could not be used; 2 for bad usage;' +
        '\n130 after Ctrl-C, with what was measured until then.',
    )
    .allowExcessArguments(false)
    .exitOverride();
  program.parse(argv, { from: 'user' });
  const options: Options = program.opts();
  const given = (name: string) => program.getOptionValueSource(name) === 'cli';
  if (options.concurrent === undefined && options.apart) program.error("error: '--apart' needs '--concurrent'");
  if ((options.tlbModel as unknown) === true) options.tlbModel = [paperTlb];
  if (options.tlbModel !== undefined) {
    const [measured] = ['runs', 'alpha', 'beta', 'seed', 'cpu', 'concurrent'].filter(given);
    if (measured !== undefined) program.error(`error: '--tlb-model' goes without '--${measured}'`);
  }
  if (options.concurrent !== undefined) {
    const [single] = ['alpha', 'beta', 'seed', 'cpu'].filter(given);
    if (single !== undefined) program.error(`error: '--concurrent' goes without '--${single}'`);
  }
  return options;
}

/** The records of the runs asked for: a store may hold others. */
function ofThisSweep(records: readonly Observation[], options: SweepOptions): Observation[] {
  const wanted = new Set(options.series.flatMap((series) => series.dimensions));
  return records.filter(
    (record) =>
      record.experiment === experiment &&
      wanted.has(Number(record.factors['n'])) &&
      (record.factors['alpha'] ?? 1) === options.alpha &&
      (record.factors['beta'] ?? 1) === options.beta,
  );
}

function show(records: readonly Observation[], summary: SweepSummary, json: boolean): void {
  const rows = summarize(records);
  const failures = records.flatMap((record) =>
    record.status === 'failed'
      ? [{ environment: record.environment, ...record.factors, run: record.run, reason: record.reason }]
      : [],
  );
  if (json) {
    const { skipped, interrupted } = summary;
    process.stdout.write(`${JSON.stringify({ rows, failures, skipped, interrupted }, null, 2)}\n`);
    return;
  }
  process.stdout.write(`${table(rows)}\n`);
  for (const { environment, n, run, reason } of failures as ((typeof failures)[number] & { n: number })[]) {
    process.stdout.write(`${environment} n = ${n} run ${run} failed: ${reason}\n`);
  }
  for (const { environment, reason } of summary.skipped) {
    process.stdout.write(`${environment} was skipped: ${reason}\n`);
  }
}

async function run(options: Options): Promise<number> {
  const store = options.out === undefined ? memoryStore() : openStore(options.out);
  const interruption = new AbortController();
  const interrupt = () => {
    if (interruption.signal.aborted) process.exit(INTERRUPTED);
    interruption.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  if (options.concurrent !== undefined) return runAtOnce(options, options.concurrent, store, interruption.signal);
  if (options.tlbModel !== undefined) return simulate(options, options.tlbModel, store, interruption.signal);
  const status = statusLine();
  const what: SweepOptions = {
    store,
    environments: options.environment,
    series: [{ dimensions: options.dimensions ?? dimensions(options), runs: options.runs }],
    alpha: options.alpha,
    beta: options.beta,
    seed: options.seed,
    cpu: options.cpu,
    signal: interruption.signal,
    onProgress: status.show,
  };
  let summary: SweepSummary;
  try {
    summary = await sweep(what);
  } finally {
    status.clear();
  }
  show(ofThisSweep(store.read().records, what), summary, options.json ?? false);
  if (summary.interrupted) return INTERRUPTED;
  return summary.failed > 0 || summary.skipped.length > 0 ? FAILED : 0;
}

/** Figures 14 and 15 by a model of the TLBs. */
async function simulate(
  options: Options,
  geometries: TlbGeometry[],
  store: SweepStore,
  signal: AbortSignal,
): Promise<number> {
  const { environment: environments } = options;
  const wanted = options.dimensions ?? dimensions(options);
  const { skipped } = await sweepTlb({ store, environments, dimensions: wanted, geometries, signal });
  const rows = summarizeTlb(store.read().records).filter(
    ({ n, geometry }) => wanted.includes(n) && geometries.some(({ name }) => name === geometry),
  );
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ rows, skipped, interrupted: signal.aborted }, null, 2)}\n`);
  } else {
    process.stdout.write(`simulated, not counted\n${tlbTable(rows)}\n`);
    for (const { environment, reason } of skipped) process.stdout.write(`${environment} was skipped: ${reason}\n`);
  }
  if (signal.aborted) return INTERRUPTED;
  return skipped.length > 0 ? FAILED : 0;
}

/** Section 6's experiment: several drivers at once. */
async function runAtOnce(options: Options, counts: number[], store: SweepStore, signal: AbortSignal): Promise<number> {
  const { environment: environments, apart = false } = options;
  const series = [{ dimensions: options.dimensions ?? dimensions(options), runs: options.runs }];
  const sweeps = counts.map((drivers) => environments.map((environment) => ({ environment, drivers, apart })));
  // All are checked before the first begins.
  for (const arrangements of sweeps) missingConcurrentRuns({ store, arrangements, series });
  const skipped: { environment: string; drivers: number; reason: string }[] = [];
  // One number after another: with all at once, too many environments would be up.
  for (const arrangements of sweeps) {
    const summary = await sweepConcurrently({ store, arrangements, series, signal });
    skipped.push(
      ...summary.skipped.map(({ arrangement: { environment, drivers }, reason }) => ({ environment, drivers, reason })),
    );
  }
  const rows = summarizeConcurrent(store.read().records);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ rows, skipped, interrupted: signal.aborted }, null, 2)}\n`);
  } else {
    process.stdout.write(`${concurrentTable(rows)}\n`);
    for (const { environment, drivers, reason } of skipped) {
      process.stdout.write(`${drivers} in ${environment} were skipped: ${reason}\n`);
    }
  }
  if (signal.aborted) return INTERRUPTED;
  return skipped.length > 0 || rows.some(({ failed }) => failed > 0) ? FAILED : 0;
}

/** Runs the command line; the promise is its exit code. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    return await run(parse(argv));
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    const misused =
      error instanceof TypeError ||
      error instanceof RangeError ||
      (error instanceof StoreError && error.kind === 'folder');
    if (!misused && !(error instanceof StoreError)) throw error;
    process.stderr.write(`paratune-dgemm: ${error.message}\n`);
    return misused ? USAGE : FAILED;
  }
}

main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
