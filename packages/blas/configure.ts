import { describe } from './_arguments.ts';
import { defaultSettings, reconfigure, type Settings, settingsInUse } from './_backend.ts';
import { checkKeys, checkTuning } from './_check_tuning.ts';
import { usableThreads } from './_machine_code.ts';
import type { TuningChoice } from './_tuning_choice.ts';
import type { Info } from './info.ts';
import type { Tuning } from './tuning.ts';

/** Parameters of the GEMM kernel and its loops, as in Table 2 of the paper; what is left out keeps the default of kernel and processor. */
export interface GemmTuning {
  /**
   * Who wrote the innermost loop for packed operands: it is generated, or `'hand-written'` for the instruction set, with a register block of its
   * own. Backend `'x64'` only.
   */
  kernel?: 'generated' | 'hand-written';
  /** Rows of the register block, in elements. */
  mu?: number;
  /** Columns of the register block, in elements. */
  nu?: number;
  /** Steps of k in one turn of the innermost loop. */
  ku?: number;
  /** Rows of a packed block of A, a multiple of mu. Backend `'x64'` or `'wasm'`. */
  mc?: number;
  /** Depth of the packed blocks. Backend `'x64'` or `'wasm'`. */
  kc?: number;
  /** Columns of a packed block of B, a multiple of nu. Backend `'x64'` or `'wasm'`. */
  nc?: number;
}

/** The options of {@linkcode configure}. */
export interface Configuration {
  /**
   * `'x64'`: generated machine code; `'wasm'`: generated WebAssembly; `'js'`: generated JavaScript; `'auto'` (default): the first
   * of these that works here.
   */
  backend?: 'auto' | 'x64' | 'wasm' | 'js';
  /** The instruction set that x64 kernels use; `'auto'` (default) is the widest the processor and the system support. */
  isa?: 'auto' | 'avx512' | 'avx2' | 'sse2' | 'scalar';
  /**
   * How many threads a call may use, from 1 to the CPUs that this thread may run on; `'all'` (default) is all of those. Calls
   * too small to gain use one, and so does backend `'js'`.
   */
  threads?: number | 'all';
  /**
   * The parameters of the kernels. `'auto'` (default): those that were measured and saved for this machine and instruction set, if there are
   * such, and else the library's own (`PARATUNE_TUNING` in the environment names another file, or is `off`); `'default'`: the library's own;
   * a {@linkcode Tuning}, for backend `'x64'`; or some parameters of GEMM in place of the library's own.
   */
  tuning?: Tuning | GemmTuning | 'auto' | 'default';
}

const BACKENDS = ['auto', 'x64', 'wasm', 'js'] as const;
const INSTRUCTION_SETS = ['auto', 'avx512', 'avx2', 'sse2', 'scalar'] as const;
const KERNELS = ['generated', 'hand-written'] as const;
const NUMBERS = ['mu', 'nu', 'ku', 'mc', 'kc', 'nc'] as const;

function choose<Choice extends string>(name: string, value: unknown, choices: readonly Choice[]): Choice {
  if (choices.includes(value as Choice)) {
    return value as Choice;
  }
  const message = `'${name}' must be ${choices.map((choice) => `'${choice}'`).join(' or ')}, got ${describe(value)}`;
  throw typeof value === 'string' ? new RangeError(message) : new TypeError(message);
}

function checkTuningChoice(tuning: unknown): TuningChoice {
  if (tuning === 'auto' || tuning === 'default') {
    return tuning;
  }
  if (typeof tuning === 'object' && tuning !== null && 'version' in tuning) {
    checkTuning(tuning);
    return structuredClone(tuning);
  }
  checkKeys('tuning', tuning, ['kernel', ...NUMBERS], []);
  const checked: GemmTuning = {};
  const { kernel } = tuning as GemmTuning;
  if (kernel !== undefined) {
    checked.kernel = choose('tuning.kernel', kernel, KERNELS);
  }
  for (const name of NUMBERS) {
    const value = (tuning as GemmTuning)[name];
    if (value === undefined) {
      continue;
    }
    const message = `'tuning.${name}' must be a positive integer, got ${describe(value)}`;
    if (typeof value !== 'number') {
      throw new TypeError(message);
    }
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(message);
    }
    checked[name] = value;
  }
  return checked;
}

function checkThreads(threads: unknown): number | undefined {
  if (threads === 'all') {
    return undefined;
  }
  const most = usableThreads();
  const message = `'threads' must be 'all' or an integer from 1 to ${most}, the CPUs this thread may run on, got ${describe(threads)}`;
  if (typeof threads !== 'number') {
    throw new TypeError(message);
  }
  if (!Number.isInteger(threads) || threads < 1 || threads > most) {
    throw new RangeError(message);
  }
  return threads;
}

/**
 * Chooses what the routines of this package compute with, in this thread, from the next call on.
 *
 * Options left out stay as they are; without any call everything is chosen by itself. Results depend on the instruction set and the
 * tuning, in their last bits, not on the number of threads. When the choice cannot be had, nothing changes. Each
 * worker thread has its own configuration, kernels and packing buffers.
 *
 * @param options What to choose.
 * @returns What is in use now, as {@linkcode info}.
 * @throws {TypeError} When an option is unknown or of the wrong type.
 * @throws {RangeError} When an option's value is none of those allowed, or no kernel can be generated for the tuning.
 * @throws {UnsupportedError} (of `@paratune/native`) When this platform has not the backend, or this processor not the instruction set; it
 * says which ones it has.
 * @example
 * ```ts
 * import { configure, dgemm } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * const { backend } = configure({ backend: 'js' });
 * assert.equal(backend, 'js');
 * const C = new Float64Array(1);
 * dgemm('row-major', 'no-transpose', 'no-transpose', 1, 1, 2, 1, new Float64Array([1, 2]), 2, new Float64Array([3, 4]), 1, 0, C, 1);
 * assert.equal(C[0], 11);
 * configure({ backend: 'auto' });
 * ```
 */
export function configure(options: Configuration = {}): Info {
  checkKeys('options', options, Object.keys(defaultSettings), []);
  const next: Settings = { ...settingsInUse() };
  if (options.backend !== undefined) {
    next.backend = choose('backend', options.backend, BACKENDS);
  }
  if (options.isa !== undefined) {
    next.isa = choose('isa', options.isa, INSTRUCTION_SETS);
  }
  if (options.threads !== undefined) {
    next.threads = checkThreads(options.threads);
  }
  if (options.tuning !== undefined) {
    next.tuning = checkTuningChoice(options.tuning);
  }
  return reconfigure(next);
}
