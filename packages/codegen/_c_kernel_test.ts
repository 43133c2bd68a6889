/** What is written in C as functions to call: compiled for this processor, or for AArch64 and emulated. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import type { BlockFunction } from './_block_gemv_test.ts';
import type { CForm } from './c_form.ts';
import { type GenerateOptions, generate, type Kernel, type KernelSpec } from './generate.ts';

let folder: string | undefined;
let files = 0;
after(() => folder !== undefined && rmSync(folder, { recursive: true }));

/** A name for a file that is gone when the tests are. */
function temporary(name: string): string {
  folder ??= mkdtempSync(join(tmpdir(), 'paratune-c-'));
  return join(folder, `${files++}-${name}`);
}

function has(...command: [string, ...string[]]): boolean {
  return spawnSync(command[0], command.slice(1)).status === 0;
}

/** Why nothing can be compiled and run here, or false. */
export const skipNative =
  process.platform !== 'linux' ? 'needs Linux' : has('gcc', '--version') ? false : 'needs gcc (apt-get install gcc)';

/** The same for code of AArch64. */
export const skipNeon = !has('aarch64-linux-gnu-gcc', '--version')
  ? 'needs aarch64-linux-gnu-gcc (apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross)'
  : has('qemu-aarch64', '--version')
    ? false
    : 'needs qemu-aarch64 (apt-get install qemu-user)';

/** The compilers that there are. */
export const compilers = ['gcc', 'clang'].filter((name) => has(name, '--version'));

/** A kernel in C: its specification, and how it is written. */
export interface Written {
  readonly spec: KernelSpec;
  readonly form?: CForm | undefined;
}

function write({ spec, form }: Written, symbol: string): string {
  const make = generate as (spec: KernelSpec, options: GenerateOptions) => Kernel;
  const kernel = make(spec, { target: 'c', symbol, form });
  assert.ok(kernel.target === 'c');
  const path = temporary(`${symbol}.c`);
  writeFileSync(path, kernel.text);
  return path;
}

/** What must bring no warning. */
const options = ['-std=c11', '-O2', '-Wall', '-Wextra', '-pedantic', '-Werror'];

function compile(compiler: string, ...more: string[]): void {
  const { status, stderr } = spawnSync(compiler, [...options, ...more], { encoding: 'utf8' });
  assert.equal(status, 0, `${compiler} ${more.join(' ')}\n${stderr}`);
  assert.equal(stderr, '');
}

/** Functions of kernels, in their order. */
export function compiled(kernels: readonly Written[], compiler = 'gcc'): BlockFunction[] {
  const symbols = kernels.map((_, index) => `kernel${index}`);
  const library = temporary('kernels.so');
  const sources = kernels.map((kernel, index) => write(kernel, symbols[index]!));
  compile(compiler, '-shared', '-fPIC', '-o', library, ...sources);
  const loaded = koffi.load(library);
  return symbols.map((symbol) => loaded.func(symbol, 'void', ['double *']) as BlockFunction);
}

/** Where an operand or a buffer is in the argument block. */
export interface Place {
  readonly field: number;
  readonly bytes: number;
  /** The operand that is copied there and back. */
  readonly contents?: Uint8Array;
}

/** A kernel as a program for AArch64, which is given the block and the operands, and puts them back as they are then. */
export function emulated(kernel: Written): (block: Float64Array, places: readonly Place[]) => void {
  const program = temporary('program');
  const main = fileURLToPath(new URL('./_c_program.c', import.meta.url));
  compile('aarch64-linux-gnu-gcc', '-static', '-DKERNEL=kernel', '-o', program, write(kernel, 'kernel'), main);
  return (block, places) => {
    const operands = places.filter(({ contents }) => contents !== undefined);
    const buffers = places.filter(({ contents }) => contents === undefined);
    const sizes = [...operands, ...buffers].flatMap(({ field, bytes }) => [field, bytes]);
    const header = Float64Array.of(block.length, operands.length, buffers.length, ...block, ...sizes);
    const input = Buffer.concat([new Uint8Array(header.buffer), ...operands.map(({ contents }) => contents!)]);
    const { status, stdout, stderr } = spawnSync('qemu-aarch64', [program], { input, maxBuffer: 2 ** 26 });
    assert.equal(status, 0, String(stderr));
    let at = 0;
    for (const { bytes, contents } of operands) {
      contents!.set(stdout.subarray(at, at + bytes));
      at += bytes;
    }
    assert.equal(at, stdout.length);
  };
}
