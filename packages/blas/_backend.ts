import type { GemmBlocking, GemmSpec } from '@paratune/codegen';
import { UnsupportedError } from '@paratune/native';
import type { Batch } from './_batch.ts';
import type { Elements, ElementType, Fit } from './_element_type.ts';
import { makeJsBackend } from './_js_backend.ts';
import { makeMachineCode, usableThreads } from './_machine_code.ts';
import { byHand, type TuningChoice } from './_tuning_choice.ts';
import type { VectorKernels } from './_vector_kernels.ts';
import { makeWasmBackend } from './_wasm_backend.ts';
import type { Configuration } from './configure.ts';
import type { Info } from './info.ts';

/** What the routines compute with. */
export interface Backend extends VectorKernels {
  readonly info: Readonly<Info>;
  /**
   * The place of an array's first element: a number of bytes that tells whether arrays overlap, and may be an address. `fit` is
   * what is remembered of the array.
   */
  positionOf(array: Elements, fit: Fit | undefined): number;
  /** The matrix multiplication of a precision, made at its first use. */
  gemm(type: ElementType): GemmKernel;
  /** The kernel that `gemm` uses for operands of these strides; absent where it is not machine code. */
  gemmPlan?(
    type: ElementType,
    m: number,
    n: number,
    k: number,
    aRowStride: number,
    aColumnStride: number,
    bRowStride: number,
    bColumnStride: number,
    cRowStride: number,
  ): GemmKernelPlan;
}

/** What a kernel in machine code is, for a product of some size and strides, and the memory it packs into. */
export interface GemmKernelPlan extends GemmBlocking {
  readonly spec: GemmSpec;
  readonly codeBytes: number;
  /** Bytes from the packing buffer's start to what is packed of B. */
  readonly packedABytes: number;
  readonly packingBytes: number;
}

/** What computes C = alpha A B + beta C, for operands that were checked. */
export interface GemmKernel {
  /** Positions are those of `positionOf`, offsets and strides in elements. Without a batch it is one product. Nothing is checked. */
  run(
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: Elements,
    aPosition: number,
    aOffset: number,
    aRowStride: number,
    aColumnStride: number,
    b: Elements,
    bPosition: number,
    bOffset: number,
    bRowStride: number,
    bColumnStride: number,
    beta: number,
    c: Elements,
    cPosition: number,
    cOffset: number,
    cRowStride: number,
    cColumnStride: number,
    batch: Batch | undefined,
  ): void;
}

/** A complete configuration. */
export interface Settings {
  backend: NonNullable<Configuration['backend']>;
  isa: NonNullable<Configuration['isa']>;
  /** `undefined` is one for each CPU. */
  threads: number | undefined;
  tuning: TuningChoice;
}

export const defaultSettings: Readonly<Settings> = { backend: 'auto', isa: 'auto', threads: undefined, tuning: 'auto' };

let settings = defaultSettings;
let active: Backend | undefined;

/** What `info` says of a backend that was named. */
function askedFor(backend: Settings['backend']): string {
  return `it was asked for by configure({ backend: '${backend}' })`;
}

/** The first of the backends that can be had here, each of which is told why those before it cannot. */
function firstOf(makers: readonly ((reason: string) => Backend)[]): Backend {
  const reasons: string[] = [];
  for (const make of makers) {
    try {
      return make(reasons.join('; '));
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      reasons.push(error.message);
    }
  }
  throw new UnsupportedError('a backend', reasons.join('; '));
}

function makeBackend(settings: Settings): Backend {
  const { backend, isa } = settings;
  const tuning = byHand(settings.tuning);
  if (backend === 'js') return makeJsBackend(tuning, askedFor(backend));
  // The thread may have been pinned to fewer CPUs since it was configured.
  const makeWasm = (reason: string) => {
    const usable = usableThreads();
    return makeWasmBackend(tuning, Math.min(settings.threads ?? usable, usable), reason);
  };
  if (backend === 'wasm') return makeWasm(askedFor(backend));
  // An instruction set asked for by name must not turn into something else in silence.
  if (backend === 'x64' || isa !== 'auto') return makeMachineCode(settings);
  return firstOf([() => makeMachineCode(settings), makeWasm, (reason) => makeJsBackend(tuning, reason)]);
}

/** The backend that the settings lead to, made at the first use. */
export function activeBackend(): Backend {
  active ??= makeBackend(settings);
  return active;
}

export function settingsInUse(): Readonly<Settings> {
  return settings;
}

/** Takes the settings, or throws and leaves everything as it was. */
export function reconfigure(next: Settings): Info {
  active = makeBackend(next);
  settings = next;
  return { ...active.info };
}
