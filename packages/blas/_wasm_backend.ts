import type { GemmBlocking, GemmSpec } from '@paratune/codegen';
import type { Backend, GemmKernel } from './_backend.ts';
import { placeOf } from './_buffer_places.ts';
import { checkBlocking } from './_check_tuning.ts';
import { double, type ElementType, single } from './_element_type.ts';
import { wasmGemmSpec, wasmMuladd } from './_portable_kernels.ts';
import { pick, tuningFor } from './_tuning_parameters.ts';
import { oncePerType, type VectorKernels, vectorKernelsInfo } from './_vector_kernels.ts';
import { makeWasmGemm, wasmBlocking } from './_wasm_gemm.ts';
import { WasmMemory } from './_wasm_memory.ts';
import { wasmVectorKernels } from './_wasm_vector_kernels.ts';
import type { GemmTuning } from './configure.ts';

/** The memory of this thread's modules, and what is alike in every configuration of them. */
let shared: { readonly memory: WasmMemory; readonly vectorKernels: VectorKernels } | undefined;

/** Everything about the kernel of a precision but its code. */
interface Plan {
  readonly type: ElementType;
  readonly spec: GemmSpec;
  readonly blocking: GemmBlocking;
}

/** Kernels of this thread, over its memory. */
const kernels = new Map<string, GemmKernel>();

/**
 * WebAssembly.
 * @throws {UnsupportedError} When the engine has none, or none with vectors.
 * @throws {RangeError} When there is no kernel for the tuning.
 */
export function makeWasmBackend(tuning: Readonly<GemmTuning>, reason: string): Backend {
  const muladd = wasmMuladd();
  if (shared === undefined) {
    const memory = new WasmMemory();
    shared = { memory, vectorKernels: wasmVectorKernels(muladd, memory) };
  }
  const { memory, vectorKernels } = shared;
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
      threads: 1,
      reason,
    },
    positionOf: placeOf,
    ...vectorKernels,
    gemm: oncePerType(({ precision }) => {
      const { spec, type, blocking } = plans[precision];
      const key = JSON.stringify([spec, blocking]);
      let kernel = kernels.get(key);
      if (kernel === undefined) {
        kernel = makeWasmGemm(spec, type, blocking, memory);
        kernels.set(key, kernel);
      }
      return kernel;
    }),
  };
}
