import { TuningError } from '@paratune/blas';
import { UnsupportedError } from '@paratune/native';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { searchTable, selectionTable } from './_table.ts';
import { saveCacheEdge } from './save_cache_edge.ts';
import { type SearchOptions, type SearchProgress, searchCacheEdge } from './search_cache_edge.ts';

const FAILED = 1;
const USAGE = 2;

/** Turns of each of many selections: fewer than of one search, so that all take as long as five of those. */
const SELECTION_REPETITIONS = 5;

interface Options extends SearchOptions {
  json?: true;
  save?: true;
  selections?: number;
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

function sizes(text: string): number[] {
  return text.split(',').map((item) => {
    const [, digits, unit] = /^\s*(\d+(?:\.\d+)?)\s*([KM]?)\s*$/i.exec(item) ?? [];
    if (digits === undefined) throw new InvalidArgumentError('It must be sizes such as 0,96K,1.5M.');
    return Number(digits) * { '': 1, K: 2 ** 10, M: 2 ** 20 }[unit!.toUpperCase() as '' | 'K' | 'M'];
  });
}

/** One line at the bottom of a terminal; nothing where there is no terminal. */
function progress(selection = ''): { onProgress: (progress: SearchProgress) => void; clear: () => void } {
  const write = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  };
  return { onProgress: ({ done, total }) => write(`${selection}turn ${done} of ${total}`), clear: () => write('') };
}

function print(value: unknown, table: string, { json }: Options): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : table);
}

function run(options: Options): void {
  const { onProgress, clear } = progress();
  const search = searchCacheEdge({ ...options, onProgress });
  clear();
  print(search, searchTable(search), options);
  if (options.save) process.stderr.write(`saved in ${saveCacheEdge(search)}\n`);
}

function select({ selections = 20, repetitions = SELECTION_REPETITIONS, ...options }: Options): void {
  if (!Number.isSafeInteger(selections) || selections < 1) {
    throw new RangeError(`'selections' must be a whole number of at least 1, got ${selections}`);
  }
  const searches = Array.from({ length: selections }, (_, index) => {
    const { onProgress, clear } = progress(`selection ${index + 1} of ${selections}, `);
    const search = searchCacheEdge({ ...options, repetitions, onProgress });
    clear();
    return search;
  });
  print(searches, selectionTable(searches), options);
}

function parse(argv: readonly string[]): void {
  const program = new Command('paratune-cachedge')
    .description('CacheEdge: how much of a matrix to keep in the level 2 cache, found by timing multiplications.')
    .addHelpText('after', '\nExit codes: 0; 1 when it cannot be measured or saved here; 2 for bad usage.')
    .exitOverride();
  const command = (name: string, repetitions: string) =>
    program
      .command(name)
      .option('--n <n>', 'dimension of the matrices (default: 2500)', number)
      .option('--repetitions <count>', `times that each edge is timed (default: ${repetitions})`, number)
      .option(
        '--edges <sizes>',
        'what to try, such as 0,96K,1.5M; 0 is blocking for the level 1 cache only\n' +
          '(default: 0, and the powers of two and the steps between from 8K to 4M)',
        sizes,
      )
      .option('--json', 'print JSON')
      .allowExcessArguments(false);
  command('run', '20')
    .description('the rate of each edge, and the edge that is best')
    .option('--save', 'make it a part of the tuning that programs on this machine pick up by themselves')
    .action(run);
  command('select', String(SELECTION_REPETITIONS))
    .description('many selections, each from timings of its own, and how they scatter')
    .option('--selections <count>', 'how many (default: 20)', number)
    .action(select);
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
    if (!misused && !(error instanceof UnsupportedError || error instanceof TuningError)) throw error;
    process.stderr.write(`paratune-cachedge: ${error.message}\n`);
    return misused ? USAGE : FAILED;
  }
}

process.exitCode = main(process.argv.slice(2));
