import { type InstructionSet, UnsupportedError } from '@paratune/native';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { comparisonTable } from './_table.ts';
import { type CompareOptions, compareKernels } from './compare_kernels.ts';

const FAILED = 1;
const USAGE = 2;

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

function parse(argv: readonly string[]): CompareOptions & { json?: true } {
  const program = new Command('paratune-kernel-bench')
    .description('Matrix multiplication kernels side by side: generated without vectors, generated, written by hand.')
    .option('--n <n>', 'dimension of the matrices (default: 1000)', number)
    .option('--repetitions <count>', 'times that each kernel is timed (default: 20)', number)
    .option('--isas <list>', 'instruction sets, such as sse2,avx2 (default: all that can be used here)', (text) =>
      text.split(',').map((isa) => isa.trim() as InstructionSet),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExit codes: 0; 1 when machine code cannot run here; 2 for bad usage.')
    .allowExcessArguments(false)
    .exitOverride();
  program.parse(argv, { from: 'user' });
  return program.opts();
}

/** One line at the bottom of a terminal; nothing where there is no terminal. */
function status(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** Runs the command line and returns the exit code. */
function main(argv: readonly string[]): number {
  try {
    const { json, ...options } = parse(argv);
    const onProgress: CompareOptions['onProgress'] = ({ done, total }) => status(`turn ${done} of ${total}`);
    const comparison = compareKernels({ ...options, onProgress });
    status('');
    process.stdout.write(json ? `${JSON.stringify(comparison)}\n` : comparisonTable(comparison));
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    const misused = error instanceof TypeError || error instanceof RangeError;
    if (!misused && !(error instanceof UnsupportedError)) throw error;
    process.stderr.write(`paratune-kernel-bench: ${error.message}\n`);
    return misused ? USAGE : FAILED;
  }
}

process.exitCode = main(process.argv.slice(2));
