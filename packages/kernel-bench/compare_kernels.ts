import { defaultTuning } from '@paratune/blas';
import { type GemmSpec, gemmBlocking, gemmSpec, gemmX64Abi, generate, type X64InstructionSet } from '@paratune/codegen';
import { handWritten } from '@paratune/kernels';
import { addressOf, allocate, free, load, processor, timestampCounter, timestampFrequency } from '@paratune/native';
import { checkWhole } from './_check.ts';
import type { KernelClass, KernelComparison } from './kernel_comparison.ts';

/** How far a comparison is. */
export interface CompareProgress {
  /** Turns through all kernels that are done, and that there are. */
  done: number;
  total: number;
}

/** What is compared. */
export interface CompareOptions {
  /** Dimension of the matrices; 1000 when absent. */
  n?: number | undefined;
  /** Times that each kernel is timed; 20 when absent. */
  repetitions?: number | undefined;
  /** Instruction sets with vectors; all that can be used here when absent. */
  isas?: readonly X64InstructionSet[] | undefined;
  /** Called after each turn through all kernels. */
  onProgress?: ((progress: CompareProgress) => void) | undefined;
}

/** What is timed at once takes a millisecond or so with the fastest kernel: beside it the clock is nothing. */
const LEAST_OPERATIONS = 1e8;

const MOST_DIMENSION = 20_000;

const arrays = { double: Float64Array, single: Float32Array } as const;

/** A kernel and the rates that it had. */
interface Entrant {
  readonly entry: KernelComparison['kernels'][number];
  readonly multiply: () => void;
}

/** The kernels of a precision, one of each class and instruction set. */
function specsOf(isas: readonly X64InstructionSet[], precision: GemmSpec['precision']): [KernelClass, GemmSpec][] {
  return [
    ['generated scalar', gemmSpec({ isa: 'scalar', precision })],
    ...isas.flatMap((isa): [KernelClass, GemmSpec][] => {
      const { mu, nu } = handWritten(isa, precision)!;
      return [
        ['generated', gemmSpec({ isa, precision })],
        ['hand-written', gemmSpec({ isa, precision, mu, nu, kernel: 'hand-written' })],
      ];
    }),
  ];
}

/** Makes all kernels and what they multiply, runs `body` on them, and gives everything back. */
function withEntrants(
  n: number,
  isas: readonly X64InstructionSet[],
  body: (entrants: readonly Entrant[]) => void,
): void {
  const given: (() => void)[] = [];
  try {
    const entrants = (['double', 'single'] as const).flatMap((precision) => {
      const matrix = (length: number, value: number) => {
        const array = allocate(arrays[precision] as Float64ArrayConstructor, length).fill(value);
        given.push(() => free(array));
        return addressOf(array);
      };
      const [a, b, c] = [matrix(n * n, 0.5), matrix(n * n, -0.25), matrix(n * n, 0)];
      const { caches } = defaultTuning(isas[0]);
      const planned = specsOf(isas, precision).map(([kernel, spec]) => ({
        kernel,
        spec,
        blocks: gemmBlocking(spec, caches),
      }));
      const packedA = matrix(Math.max(...planned.map(({ blocks: { mc, kc } }) => mc * kc)), 0);
      const packedB = matrix(Math.max(...planned.map(({ blocks: { kc, nc } }) => kc * nc)), 0);
      return planned.map(({ kernel, spec, blocks }): Entrant => {
        const microKernel = kernel === 'hand-written' ? handWritten(spec.isa, precision) : undefined;
        const gemm = load(generate(spec, { target: 'x64', microKernel }).bytes);
        given.push(() => gemm.unload());
        const block = new Float64Array(gemmX64Abi.blockLength);
        const set = (values: Partial<Record<keyof typeof gemmX64Abi.fields, number>>) => {
          for (const [field, value] of Object.entries(values)) {
            block[gemmX64Abi.fields[field as keyof typeof values]] = value;
          }
        };
        set({ m: n, n, k: n, alpha: 1, beta: 0, batch: 1, a, b, c, packedA, packedB, ...blocks });
        set({ aRowStride: 1, aColumnStride: n, bRowStride: 1, bColumnStride: n, cRowStride: 1, cColumnStride: n });
        const { mu, nu } = spec;
        const isa = spec.isa as X64InstructionSet; // asked for, or scalar
        return { entry: { kernel, isa, precision, mu, nu, mflops: [] }, multiply: () => gemm(block) };
      });
    });
    body(entrants);
  } finally {
    for (const giveBack of given) giveBack();
  }
}

/**
 * Times the three classes of kernels on the same matrices: column-major, n x n, C = A B, in both precisions, one thread. All run inside
 * the same macro-kernel, with the same packing and edges; only the innermost loop and its register block differ.
 *
 * Each repetition goes through all kernels, once up and once down in turn, so that a machine that grows slower or faster
 * favours none.
 *
 * @param options what to compare
 * @throws {TypeError} {RangeError} when an option is not what it must be
 * @throws {UnsupportedError} (of `@paratune/native`) where machine code cannot run
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { compareKernels } from '@paratune/kernel-bench';
 *
 * const { kernels } = compareKernels({ n: 100, repetitions: 2, isas: ['sse2'] });
 * assert.deepEqual(
 *   kernels.filter(({ precision }) => precision === 'double').map(({ kernel }) => kernel),
 *   ['generated scalar', 'generated', 'hand-written'],
 * );
 * ```
 */
export function compareKernels(options: CompareOptions = {}): KernelComparison {
  const { n = 1000, repetitions = 20, onProgress } = options;
  checkWhole(n, 'n', 1, MOST_DIMENSION);
  checkWhole(repetitions, 'repetitions', 1, 10_000);
  const usable = processor().instructionSets;
  const { isas = usable } = options;
  if (!Array.isArray(isas)) throw new TypeError(`'isas' must be an array, got ${String(isas)}`);
  for (const isa of isas) {
    if (!usable.includes(isa)) throw new RangeError(`'isas' must be of ${usable.join(', ')}, got '${isa}'`);
  }
  const time = new Date().toISOString();
  const operations = 2 * n ** 3;
  const calls = Math.ceil(LEAST_OPERATIONS / operations);
  const frequency = timestampFrequency();
  const kernels: KernelComparison['kernels'] = [];
  withEntrants(n, isas, (entrants) => {
    for (const { multiply } of entrants) multiply();
    for (let repetition = 0; repetition < repetitions; repetition++) {
      for (const { entry, multiply } of repetition % 2 === 0 ? entrants : [...entrants].reverse()) {
        // The time-stamp counter: in a guest of user-mode Linux every other clock is a system call.
        const start = timestampCounter();
        for (let call = 0; call < calls; call++) multiply();
        entry.mflops.push((calls * operations * frequency) / (timestampCounter() - start) / 1e6);
      }
      onProgress?.({ done: repetition + 1, total: repetitions });
    }
    kernels.push(...entrants.map(({ entry }) => entry));
  });
  return { version: 1, time, n, kernels };
}
