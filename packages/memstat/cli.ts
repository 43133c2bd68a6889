import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { kernelRows, type Row, seriesRows, snapshotRows, table } from './_format.ts';
import { readProcess } from './_process.ts';
import { kernelMemory } from './kernel_memory.ts';
import { MemstatError } from './memstat_error.ts';
import { type MemorySeries, sample } from './sample.ts';
import { systemMemory } from './system_memory.ts';

const FAILED = 1;
const USAGE = 2;
// EX_UNAVAILABLE of sysexits.h: a caller can tell what cannot be known here from what went wrong.
const UNAVAILABLE = 69;
// As shells and env(1) report them.
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;
const SIGNALLED = 128;

const FORWARDED = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
/** What a terminal sends to every process in front of it: the command has it already. */
const FROM_TERMINAL: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT']);

/** Short, since a command that ends within it takes its last figures with it. */
const DEFAULT_INTERVAL = 20;

interface Options {
  readonly json?: true;
  readonly interval?: number;
  readonly kernel?: true;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 2 ** 31 - 1) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${2 ** 31 - 1}.`);
  }
  return value;
}

function print(report: object, rows: readonly Row[], { json }: Options): void {
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : table(rows));
}

function warn(message: string): void {
  process.stderr.write(`paratune-memstat: ${message}\n`);
}

function look(pid: number, options: Options): number {
  const { memory, stat } = readProcess(pid);
  const system = systemMemory();
  print({ pid, name: stat.name, process: memory, system }, snapshotRows(stat.name, pid, memory, system), options);
  return 0;
}

async function watch(pid: number, intervalMilliseconds: number, options: Options): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const series = await sample(pid, { intervalMilliseconds, signal: interrupted.signal });
  print(series, seriesRows(series), options);
  return 0;
}

type End = { exitCode: number | null; signal: NodeJS.Signals | null } | { error: NodeJS.ErrnoException };

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    child.once('error', (error) => resolve({ error }));
  });
}

/** The series, or why there is none: a command may end too soon, or run as another user. */
async function sampleChild(child: ChildProcess, intervalMilliseconds: number): Promise<MemorySeries | MemstatError> {
  try {
    return await sample(child, { intervalMilliseconds });
  } catch (error) {
    if (error instanceof MemstatError) return error;
    throw error;
  }
}

async function run(command: string, args: readonly string[], options: Options): Promise<number> {
  // With --json the standard output holds nothing but the report; the command's goes to standard error.
  const child = spawn(command, args, { stdio: ['inherit', options.json ? 2 : 'inherit', 'inherit'] });
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      if (!(process.stdin.isTTY && FROM_TERMINAL.has(signal))) child.kill(signal);
    });
  }
  const ending = endOf(child);
  const series = await sampleChild(child, options.interval ?? DEFAULT_INTERVAL);
  const end = await ending;
  if ('error' in end) {
    warn(`cannot run '${command}': ${end.error.message}`);
    return end.error.code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE;
  }
  const result = end.signal ?? `exit code ${end.exitCode}`;
  const outcome = { command: [command, ...args], ...end };
  const row: Row = ['command', `${command}: ${result}`];
  if (series instanceof MemstatError) {
    warn(`nothing was measured: ${series.message}`);
    print({ ...outcome, reason: series.message }, [row], options);
  } else {
    print({ ...outcome, ...series }, [row, ...seriesRows(series)], options);
  }
  return end.signal ? SIGNALLED + constants.signals[end.signal] : (end.exitCode ?? FAILED);
}

/** Runs the command line; the promise is its exit code. */
async function main(argv: readonly string[]): Promise<number> {
  // commander takes `--` away, and with it the difference between a process and a command that is a number.
  const separator = argv.indexOf('--');
  const [command, ...args] = separator < 0 ? [] : argv.slice(separator + 1);
  const program = new Command('paratune-memstat')
    .description('Resident memory, page faults and swapping of a process, and of the system around it.')
    .usage(
      '[options] PID\n       paratune-memstat [options] -- COMMAND [ARGS...]\n       paratune-memstat --kernel [--json]',
    )
    .argument('[pid]', 'process to look at once, or to watch with --interval', wholeNumber)
    .option('--json', "print JSON; a command's own output then goes to standard error")
    .option('--kernel', "print the memory of the kernel's own code and data")
    .option(
      '--interval <milliseconds>',
      `sample this often until the process ends (default for a command: ${DEFAULT_INTERVAL})`,
      wholeNumber,
    )
    .addHelpText(
      'after',
      [
        '',
        "Exit codes: the command's own (128 + n if signal n ended it, 127 if it is not found,",
        '126 if it cannot be run); 0 for a PID; 1 if memory could not be read; 2 for bad usage;',
        '69 if this system has no such figures, or does not show them to this user.',
      ].join('\n'),
    )
    .exitOverride();
  try {
    program.parse(separator < 0 ? argv : argv.slice(0, separator), { from: 'user' });
    const pid: number | undefined = program.processedArgs[0];
    const options: Options = program.opts();
    if ([pid, command, options.kernel].filter((given) => given !== undefined).length !== 1) {
      program.error("error: give the number of a process, or '--' and a command, or --kernel");
    }
    if (options.kernel) {
      const kernel = kernelMemory();
      print({ kernel }, kernelRows(kernel), options);
      return 0;
    }
    if (command !== undefined) return await run(command, args, options);
    return options.interval === undefined ? look(pid!, options) : await watch(pid!, options.interval, options);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    if (!(error instanceof MemstatError)) throw error;
    warn(error.message);
    return error.kind === 'denied' || error.kind === 'unsupported' ? UNAVAILABLE : FAILED;
  }
}

main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
