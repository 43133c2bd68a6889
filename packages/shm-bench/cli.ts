import { GuestError } from '@paratune/guest';
import { SystemError, UnsupportedError } from '@paratune/native';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { measurementTable } from './_measurement_table.ts';
import { Bench, type MeasureOptions } from './bench.ts';
import {
  type Benchmark,
  type Between,
  benchmarks,
  betweens,
  type Fences,
  fences,
  type Implementation,
  implementations,
} from './benchmarks.ts';
import { CommunicationError } from './communication_error.ts';
import type { Measurement, Skipped } from './measurement.ts';
import { stressExclusion } from './stress_exclusion.ts';

const FAILED = 1;
const USAGE = 2;
const INTERRUPTED = 130;

interface Flags {
  between: Between[];
  implementation: Implementation[];
  iterations?: number;
  runs?: number;
  warmUp?: number;
  cpus?: [number, number];
  timeout?: number;
  json?: true;
}

interface StressFlags {
  entries?: number;
  fences: Fences;
  between: Between;
  cpus?: [number, number];
  json?: true;
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError("It must be a number such as '1e6'.");
  return value;
}

function pair(text: string): [number, number] {
  if (!/^\d+,\d+$/.test(text)) throw new InvalidArgumentError("It must be a pair of CPU numbers such as '0,1'.");
  return text.split(',').map(Number) as [number, number];
}

/** A duration such as `10s` in milliseconds. */
function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  if (!match) throw new InvalidArgumentError("It must be a duration such as '500ms' or '10s'.");
  return Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[match[2] as 'ms' | 's' | 'm'];
}

/** Names separated by commas, or all of them. */
function listOf<Name extends string>(known: readonly Name[]): (text: string) => Name[] {
  return (text) => {
    const names = text === 'all' ? [...known] : [...new Set(text.split(',').map((name) => name.trim() as Name))];
    const wrong = names.find((name) => !known.includes(name));
    if (wrong !== undefined) throw new InvalidArgumentError(`It must be of ${known.join(', ')}, or 'all'.`);
    return names;
  };
}

/** One line at the bottom of a terminal; nothing where there is no terminal. */
function status(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** What is asked for that there is: sockets have no loop of JavaScript. */
function* combinations(chosen: readonly Benchmark[], flags: Flags): Generator<MeasureOptions> {
  const { between: betweens, implementation: implementations, timeout: timeoutMs } = flags;
  const { iterations, runs, warmUp, cpus } = flags;
  for (const between of betweens) {
    for (const benchmark of chosen) {
      for (const implementation of implementations) {
        if (benchmark === 'tcp' && implementation === 'js' && implementations.length > 1) continue;
        yield { benchmark, between, implementation, iterations, runs, warmUp, cpus, timeoutMs };
      }
    }
  }
}

async function run(chosen: readonly Benchmark[], flags: Flags, signal: AbortSignal): Promise<void> {
  const single = chosen.length === 1 && flags.between.length === 1 && flags.implementation.length === 1;
  const outcomes: (Measurement | Skipped)[] = [];
  await using bench = new Bench();
  for (const options of combinations(chosen, flags)) {
    status(`${options.benchmark} between ${options.between}`);
    try {
      outcomes.push(await bench.measure({ ...options, signal }));
    } catch (error) {
      const lacking = error instanceof CommunicationError && error.kind === 'unavailable';
      if (single || !lacking) throw error;
      const { benchmark, between, implementation = 'x64' } = options;
      outcomes.push({ version: 1, benchmark, between, implementation, skipped: error.message });
    }
  }
  status('');
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(single ? outcomes[0] : outcomes)}\n`);
    return;
  }
  process.stdout.write(measurementTable(outcomes.filter((outcome): outcome is Measurement => 'mean' in outcome)));
  for (const outcome of outcomes) {
    if ('skipped' in outcome)
      process.stdout.write(`${outcome.benchmark} between ${outcome.between}: ${outcome.skipped}\n`);
  }
}

async function stress({ json, ...options }: StressFlags, signal: AbortSignal): Promise<number> {
  const result = await stressExclusion({ ...options, signal });
  const { entries, fences, between, violations } = result;
  process.stdout.write(
    json
      ? `${JSON.stringify(result)}\n`
      : `${violations} violations of mutual exclusion in ${entries} entries, between ${between}, fences: ${fences}\n`,
  );
  return fences === 'both' && violations > 0 ? FAILED : 0;
}

/** Runs the command line; the promise is its exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
  let exitCode = 0;
  const program = new Command('paratune-shm')
    .description(
      'What it costs to pass control to a thread, process or guest and back, by shared memory and by a socket.',
    )
    .exitOverride();
  const list = (names: readonly string[]) => `${names.join(', ')}; several with commas, or 'all'`;
  for (const [name, chosen] of [...benchmarks.map((name) => [name, [name]] as const), ['all', benchmarks] as const]) {
    program
      .command(name)
      .description(
        {
          raw: 'one shared variable that says whose turn it is',
          sync: "Lamport's bakery algorithm around a shared integer, which the sides count up in turn",
          sync1k: 'the same, passing 1000 bytes',
          tcp: 'send() and recv() in turn on a socket',
          all: 'all of them',
        }[name],
      )
      .option('--between <what>', list(betweens), listOf(betweens), ['processes'] as Between[])
      .option('--implementation <name>', list(implementations), listOf(implementations), ['x64'] as Implementation[])
      .option('--iterations <count>', 'times that control goes there and back in a run (default: 1e5; tcp 5e3)', number)
      .option('--runs <count>', 'runs (default: 25)', number)
      .option('--warm-up <count>', 'iterations before the first run (default: a tenth of a run)', number)
      .option('--cpus <pair>', "the CPU of each side, such as '0,1' (default: the first two)", pair)
      .option(
        '--timeout <duration>',
        "wait so long for a side that does not come or does not move, such as '10s'",
        duration,
      )
      .option('--json', 'print JSON: one value, or an array where several were asked for')
      .allowExcessArguments(false)
      .action((flags: Flags) => run(chosen, flags, interruption.signal));
  }
  program
    .command('stress')
    .description('look for violations of mutual exclusion in the lock of sync')
    .option('--entries <count>', 'times that each side enters (default: 1e6)', number)
    .addOption(new Option('--fences <which>', 'the fences to leave in').choices(fences).default('both'))
    .addOption(new Option('--between <what>', 'what it runs between').choices(betweens).default('threads'))
    .option('--cpus <pair>', "the CPU of each side, such as '0,1' (default: the first two)", pair)
    .option('--json', 'print JSON')
    .allowExcessArguments(false)
    .action(async (flags: StressFlags) => {
      exitCode = await stress(flags, interruption.signal);
    });
  program.addHelpText(
    'after',
    `
Exit codes: 0; 1 when the sides could not communicate, or this machine cannot run them; 2 for bad usage; 130 when interrupted.

Example: paratune-shm raw --between threads,processes --iterations 1e6 --runs 25 --cpus 0,1`,
  );
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    status('');
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    const misused = error instanceof TypeError || error instanceof RangeError;
    const expected =
      error instanceof CommunicationError ||
      error instanceof GuestError ||
      error instanceof UnsupportedError ||
      error instanceof SystemError;
    if (!misused && !expected) throw error;
    if (interruption.signal.aborted) return INTERRUPTED;
    process.stderr.write(`paratune-shm: ${error.message}\n`);
    return misused ? USAGE : FAILED;
  }
}

main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
