import { writeFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { parameterOptions, specOptions } from './_cli_options.ts';
import { explanationText } from './_explanation_text.ts';
import { checkChoice } from './_spec_checks.ts';
import { targets } from './_targets.ts';
import { type BlasLibraryOptions, blasLibrary } from './blas_library.ts';
import type { CForm } from './c_form.ts';
import { explainGemm, type PortModel } from './explain_gemm.ts';
import { gemmSpec } from './gemm_spec.ts';
import { gemvSpec } from './gemv_spec.ts';
import { type GenerateOptions, generate, type Kernel, type KernelSpec, type Routine } from './generate.ts';
import { gerSpec } from './ger_spec.ts';

const FAILED = 1;
const USAGE = 2;

const specs: Readonly<Record<Routine, (given: object) => KernelSpec>> = {
  gemm: gemmSpec,
  gemv: gemvSpec,
  ger: gerSpec,
};

interface RunOptions {
  readonly target: Kernel['target'];
  readonly output?: string;
  readonly symbol?: string;
  readonly form?: CForm;
  readonly shared?: true;
  readonly listing?: true;
  readonly explain?: true;
  readonly json?: true;
}

interface LibraryOptions {
  readonly output?: string;
  readonly form?: NonNullable<BlasLibraryOptions['form']>;
  readonly isas?: string;
  readonly name?: string;
  readonly listing?: true;
  readonly json?: true;
}

/** Writes to a file, or to the standard output; bytes that nobody could read are refused there. */
function write(contents: Uint8Array | string, output: string | undefined): void {
  if (output !== undefined && output !== '-') {
    writeFileSync(output, contents);
    return;
  }
  if (typeof contents !== 'string' && output === undefined && process.stdout.isTTY) {
    throw new RangeError("'--output' must be given: machine code is nothing for a terminal");
  }
  process.stdout.write(contents);
}

/** The numbers of a processor, as options. */
const modelFlags = {
  arithmeticPerCycle: '--arithmetic-per-cycle',
  loadsPerCycle: '--loads-per-cycle',
  latencyCycles: '--latency-cycles',
} as const satisfies Record<keyof PortModel, string>;

/** Prints how a kernel in machine code works, in place of the kernel. */
function explain(spec: KernelSpec, given: Readonly<RunOptions & Record<string, unknown>>): void {
  const { target, json } = given;
  if (spec.routine !== 'gemm' || target !== 'x64') {
    throw new RangeError(
      `'--explain' must be left out for ${spec.routine} and target '${target}': it is for gemm and target 'x64'`,
    );
  }
  const model = Object.fromEntries(
    Object.keys(modelFlags).flatMap((name) => (typeof given[name] === 'string' ? [[name, Number(given[name])]] : [])),
  );
  const explanation = explainGemm(spec, model);
  process.stdout.write(json ? `${JSON.stringify(explanation)}\n` : explanationText(explanation));
}

function run(name: string, given: Readonly<RunOptions & Record<string, unknown>>): void {
  checkChoice('routine', name, Object.keys(specs));
  const routine = name as Routine;
  const { target, output, symbol, form, shared = false, listing, json } = given;
  checkChoice('target', target, targets);
  const vectors = target === 'wasm' ? { isa: 'simd128' } : {};
  const spec = specs[routine]({ ...vectors, ...specOptions(routine, given) });
  if (given.explain) {
    explain(spec, given);
    return;
  }
  // The compiler cannot follow that a target makes kernels of its own kind whatever the routine.
  const kernel = (generate as (spec: KernelSpec, options: GenerateOptions) => Kernel)(spec, {
    target,
    symbol,
    form,
    memory: { shared },
  });
  const contents = 'text' in kernel ? kernel.text : kernel.bytes;
  if (json) {
    const { abi } = kernel;
    if (output !== undefined) write(contents, output);
    const bytes = typeof contents === 'string' ? new TextEncoder().encode(contents).length : contents.length;
    const shown = { version: 1, target, spec, abi, bytes, ...(listing && { listing: kernel.listing() }) };
    process.stdout.write(`${JSON.stringify(shown)}\n`);
  } else if (listing) {
    if (output !== undefined) write(contents, output);
    process.stdout.write(kernel.listing());
  } else write(contents, output);
}

function library({ output, isas, name, listing, json, ...given }: LibraryOptions): void {
  const file = output ?? 'libparatune.so';
  const form = given.form ?? (file.endsWith('.o') ? 'object' : 'shared');
  const made = blasLibrary({
    form,
    ...(isas !== undefined && { isas: isas.split(',') as NonNullable<BlasLibraryOptions['isas']> }),
    ...(name !== undefined && { name }),
  });
  write(made.bytes, file);
  if (json) {
    const { bytes, symbols } = made;
    process.stdout.write(`${JSON.stringify({ version: 1, form, file, bytes: bytes.length, symbols })}\n`);
  } else if (listing) process.stdout.write(made.listing());
  else if (file !== '-') {
    process.stderr.write(`paratune-codegen: ${file}, ${made.bytes.length} bytes: ${made.symbols.join(' ')}\n`);
  }
}

function parse(argv: readonly string[]): void {
  const program = new Command('paratune-codegen')
    .description('Generates kernels of linear algebra, and a BLAS of them, without a compiler.')
    .addHelpText('after', '\nExit codes: 0; 1 when a file cannot be written; 2 for bad usage.')
    .exitOverride();
  const kernel = program
    .command('kernel', { isDefault: true })
    .description('one kernel, from its specification')
    .argument('[routine]', 'gemm, gemv or ger', 'gemm')
    .option('--target <name>', `what to make of it: ${targets.join(', ')}`, 'x64')
    .option('-o, --output <file>', 'where to (default: the standard output)')
    .option('--symbol <name>', 'what the function is called (object, c)')
    .option('--form <name>', 'how C is written: scalar, vectors or intrinsics (default: as the instruction set allows)')
    .option('--shared', 'for a memory that threads share (wasm)')
    .option('--listing', 'print the disassembly, or the text')
    .option('--explain', 'print registers, sizes, flops per load and predicted cycles (gemm, x64)')
    .option(
      `${modelFlags.arithmeticPerCycle} <number>`,
      'vector arithmetic of the processor that --explain is for (default: 2)',
    )
    .option(`${modelFlags.loadsPerCycle} <number>`, 'its loads (default: 2)')
    .option(`${modelFlags.latencyCycles} <number>`, 'cycles from a sum to the next (default: 4)')
    .option('--json', 'print the specification, how the kernel is called and its size as JSON');
  for (const option of parameterOptions()) kernel.addOption(option);
  kernel.allowExcessArguments(false).action(run);
  program
    .command('library')
    .description(
      'a BLAS as a shared library or an object file: dgemm_, cblas_dgemm, ... as C, Fortran, Python and R call it',
    )
    .option('-o, --output <file>', 'where to (default: libparatune.so)')
    .option('--form <form>', 'shared or object (default: object if the file ends in .o)')
    .option('--isas <list>', 'instruction sets that it has kernels for (default: avx512,avx2,sse2)')
    .option('--name <name>', 'what programs linked with it ask for (default: libparatune.so)')
    .option('--listing', 'print the disassembly')
    .option('--json', 'print what was made as JSON')
    .allowExcessArguments(false)
    .action(library);
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
    const failed = (error as NodeJS.ErrnoException).syscall !== undefined;
    if (!misused && !failed) throw error;
    process.stderr.write(`paratune-codegen: ${(error as Error).message}\n`);
    return misused ? USAGE : FAILED;
  }
}

// Whoever reads the beginning of a listing alone ends the rest of it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = main(process.argv.slice(2));
