import type { GemmBlocking, GemmSpec } from '@paratune/codegen';
import type { Backend } from './_backend.ts';
import { placeOf } from './_buffer_places.ts';
import { checkBlocking } from './_check_tuning.ts';
import { double, type ElementType, single } from './_element_type.ts';
import { canShareMemory } from './_node.ts';
import { keyOf, wasmGemmSpec, wasmModule, wasmMuladd } from './_portable_kernels.ts';
import { pick, tuningFor } from './_tuning_parameters.ts';
import { oncePerType, type VectorKernels, vectorKernelsInfo } from './_vector_kernels.ts';
import { makeWasmGemm, type WasmGemm, wasmBlocking } from './_wasm_gemm.ts';
import { WasmMemory } from './_wasm_memory.ts';
import { WasmTeam } from './_wasm_team.ts';
import { wasmVectorKernels } from './_wasm_vector_kernels.ts';
import type { GemmTuning } from './configure.ts';

/** The memory of the kernels that one thread runs, and those of them that are alike in every configuration. */
let alone: { readonly memory: WasmMemory; readonly vectorKernels: VectorKernels } | undefined;

/** The memory of kernels that several threads run. */
let common: WasmMemory | undefined;

/** The threads that this one has at the moment, and for what. */
let team: { readonly key: string; readonly of: WasmTeam } | undefined;

/** Everything about the kernel of a precision but its code. */
interface Plan {
  readonly type: ElementType;
  readonly spec: GemmSpec;
  readonly blocking: GemmBlocking;
}

/** The team for so many threads and these modules. */
function teamOf(threads: number, key: string, memory: WasmMemory, modules: readonly Uint8Array[]): WasmTeam {
  if (team?.key !== key) {
    team?.of.stop();
    team = { key, of: new WasmTeam(threads, memory, modules) };
  }
  return team.of;
}

/**
 * WebAssembly.
 * @throws {UnsupportedError} When the engine has none, or none with vectors.
 * @throws {RangeError} When there is no kernel for the tuning.
 */
export function makeWasmBackend(tuning: Readonly<GemmTuning>, mostThreads: number, reason: string): Backend {
  const threads = canShareMemory() ? mostThreads : 1;
  const muladd = wasmMuladd();
  if (alone === undefined) {
    const memory = new WasmMemory(false);
    alone = { memory, vectorKernels: wasmVectorKernels(muladd, memory) };
  }
  const { memory, vectorKernels } = alone;
  const planFor = (type: ElementType): Plan => {
    const given = tuningFor(tuning, 'simd128', type);
    const spec = wasmGemmSpec(type, muladd, given);
    const blocking = { ...wasmBlocking(spec), ...given };
    checkBlocking('tuning', spec, blocking);
    return { type, spec, blocking: pick(blocking, ['mc', 'kc', 'nc']) };
  };
  const plans = { double: planFor(double), single: planFor(single) };
  const infoOf = ({ type, spec, blocking }: Plan) => ({
    ...{ kernel: `${type.letter}gemm_simd128_${spec.mu}x${spec.nu}`, mu: spec.mu, nu: spec.nu, ku: spec.ku },
    ...blocking,
  });
  return {
    info: {
      backend: 'wasm',
      isa: 'simd128',
      muladd,
      ...infoOf(plans.double),
      sgemm: infoOf(plans.single),
      ...vectorKernelsInfo('simd128', 'simd128'),
      tuning: { from: Object.keys(tuning).length > 0 ? 'configure' : 'defaults' },
      threads,
      reason,
    },
    positionOf: placeOf,
    ...vectorKernels,
    gemm: oncePerType((type) => {
      const isShared = threads > 1;
      const [gemm, other] = [plans[type.precision], type === double ? plans.single : plans.double].map((plan) => ({
        ...plan,
        module: wasmModule(plan.spec, isShared),
      })) as [WasmGemm, WasmGemm];
      if (!isShared) return makeWasmGemm(gemm, memory, undefined);
      common ??= new WasmMemory(true);
      const both = type === double ? [gemm, other] : [other, gemm];
      const key = [threads, ...both.map(({ spec }) => keyOf(spec))].join(', ');
      const modules = both.map(({ module }) => module);
      return makeWasmGemm(gemm, common, { team: teamOf(threads, key, common, modules), kernel: both.indexOf(gemm) });
    }),
  };
}
