import { type GemvSpec, type GerSpec, gemmSpec, gemvSpec, generate, gerSpec, type KernelSpec } from '@paratune/codegen';
import { UnsupportedError } from '@paratune/native';
import { type ElementType, elementTypes } from './_element_type.ts';
import { wasmEngine } from './_wasm_engine.ts';

/** Whether a multiply and an add are one instruction, of relaxed SIMD, or two. */
export type Muladd = 'fused' | 'separate';

/** The module of a specification. */
export function wasmModule(spec: KernelSpec): Uint8Array {
  // The compiler cannot follow that a target makes kernels of its own kind whatever the routine.
  return (generate(spec as never, { target: 'wasm' }) as { bytes: Uint8Array }).bytes;
}

export function wasmGemvSpec({ precision }: Pick<ElementType, 'precision'>, muladd: Muladd): GemvSpec {
  return gemvSpec({ isa: 'simd128', precision, muladd });
}

export function wasmGerSpec({ precision }: Pick<ElementType, 'precision'>, muladd: Muladd): GerSpec {
  return gerSpec({ isa: 'simd128', precision, muladd });
}

let found: Muladd | undefined;

/**
 * The best multiply-add that the engine has.
 * @throws {UnsupportedError} When it has no WebAssembly, or none with vectors.
 */
export function wasmMuladd(): Muladd {
  if (found === undefined) {
    const engine = wasmEngine();
    const takes = (muladd: Muladd) => engine.validate(wasmModule(wasmGerSpec(elementTypes.double, muladd)));
    if (takes('fused')) found = 'fused';
    else if (takes('separate')) found = 'separate';
    else throw new UnsupportedError('WebAssembly with vectors', 'this engine has no SIMD instructions');
  }
  return found;
}

/** The specification of a GEMM kernel, all defaults but those given. */
export function wasmGemmSpec(
  { precision }: Pick<ElementType, 'precision'>,
  muladd: Muladd,
  parameters: { mu?: number; nu?: number; ku?: number },
) {
  return gemmSpec({ isa: 'simd128', precision, muladd, ...parameters });
}
