import {
  defaultWasmMemory,
  type GemmSpec,
  type GemvSpec,
  type GerSpec,
  gemmSpec,
  gemvSpec,
  gerSpec,
  jsGemm,
  jsGemv,
  jsGer,
  type KernelSpec,
  wasmGemm,
  wasmGemv,
  wasmGer,
} from '@paratune/codegen';
import { UnsupportedError } from '@paratune/native';
import { type ElementType, elementTypes } from './_element_type.ts';
import { evaluate } from './_node.ts';
import { prebuilt } from './_prebuilt.ts';
import { wasmEngine } from './_wasm_engine.ts';
import type { GemmTuning } from './configure.ts';

/** Kernels that need no certain machine, WebAssembly and JavaScript: made when this package is built, or else when they are needed. */

/** Whether a multiply and an add are one instruction, of relaxed SIMD, or two. */
export type Muladd = 'fused' | 'separate';

type Precision = Pick<ElementType, 'precision'>;

/** Some parameters of the register block, as far as they are given. */
function registerBlock({ mu, nu, ku }: Readonly<GemmTuning>): Partial<GemmSpec> {
  return {
    ...(mu === undefined ? {} : { mu }),
    ...(nu === undefined ? {} : { nu }),
    ...(ku === undefined ? {} : { ku }),
  };
}

export function wasmGemmSpec({ precision }: Precision, muladd: Muladd, tuning: Readonly<GemmTuning>): GemmSpec {
  return gemmSpec({ isa: 'simd128', precision, muladd, ...registerBlock(tuning) });
}

export function wasmGemvSpec({ precision }: Precision, muladd: Muladd): GemvSpec {
  return gemvSpec({ isa: 'simd128', precision, muladd });
}

export function wasmGerSpec({ precision }: Precision, muladd: Muladd): GerSpec {
  return gerSpec({ isa: 'simd128', precision, muladd });
}

/** The register block that engines keep in registers, whatever the instruction set. */
export function jsGemmSpec({ precision }: Precision, tuning: Readonly<GemmTuning>): GemmSpec {
  return gemmSpec({ isa: 'scalar', precision, ...registerBlock(tuning) });
}

export function jsGemvSpec({ precision }: Precision): GemvSpec {
  return gemvSpec({ isa: 'scalar', precision });
}

export function jsGerSpec({ precision }: Precision): GerSpec {
  return gerSpec({ isa: 'scalar', precision });
}

function blockOf(spec: KernelSpec): readonly number[] {
  switch (spec.routine) {
    case 'gemm':
      return [spec.mu, spec.nu, spec.ku];
    case 'gemv':
      return [spec.xUnroll, spec.yUnroll, spec.unroll];
    case 'ger':
      return [spec.xUnroll, spec.yUnroll];
  }
}

/** What tells the code of a specification from that of another, in one of the languages. */
export function keyOf(spec: KernelSpec): string {
  return [spec.routine, spec.precision, spec.isa, spec.muladd, blockOf(spec).join('x')].join(' ');
}

/** Generates the module of a specification. */
export function generateModule(spec: KernelSpec, shared: boolean): Uint8Array {
  const memory = { ...defaultWasmMemory, shared };
  switch (spec.routine) {
    case 'gemm':
      return wasmGemm(spec, memory).bytes;
    case 'gemv':
      return wasmGemv(spec, memory).bytes;
    case 'ger':
      return wasmGer(spec, memory).bytes;
  }
}

/** Generates the function of a specification, as an expression. */
export function generateFunction(spec: KernelSpec): string {
  switch (spec.routine) {
    case 'gemm':
      return jsGemm(spec);
    case 'gemv':
      return jsGemv(spec);
    case 'ger':
      return jsGer(spec);
  }
}

/** What is put behind the key of a module for a memory that threads share. */
export const SHARED = ' shared';

/** The module of a specification, for a memory that threads share or not: the one that was made before, or one that is generated. */
export function wasmModule(spec: KernelSpec, shared = false): Uint8Array {
  const made = prebuilt.modules[`${keyOf(spec)}${shared ? SHARED : ''}`];
  if (made === undefined) return generateModule(spec, shared);
  return Uint8Array.from(atob(made), (character) => character.charCodeAt(0));
}

/** The function of a specification, likewise. */
export function jsFunction(spec: KernelSpec, name: string): unknown {
  return prebuilt.functions[keyOf(spec)] ?? evaluate(generateFunction(spec), name);
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
