/** How C says what is done with vectors: in plain variables, in GCC's vector extensions, or in the processor's intrinsics. */

import { elementBytes, vectorClasses } from './_vector_class.ts';
import type { CForm } from './c_form.ts';
import type { GemmSpec, InstructionSet } from './gemm_spec.ts';
import type { GemvSpec } from './gemv_spec.ts';
import type { GerSpec } from './ger_spec.ts';

/** A specification of any routine. */
export type AnySpec = GemmSpec | GemvSpec | GerSpec;

/** What a file must say before a compiler takes an instruction set's intrinsics, whatever its command line says. */
interface Features {
  /** As `target` attributes have them. */
  readonly target: string;
  readonly header: string;
}

const features: Readonly<Record<InstructionSet, Features | undefined>> = {
  avx512: { target: 'avx512f,avx512dq,fma', header: 'immintrin.h' },
  avx2: { target: 'avx2,fma', header: 'immintrin.h' },
  sse2: { target: 'sse2', header: 'emmintrin.h' },
  neon: undefined, // part of AArch64
  simd128: undefined,
  scalar: undefined,
};

/** Prefix and suffix of intrinsics, and the type of a vector. */
const intrinsics = {
  avx512: { prefix: '_mm512', double: ['pd', '__m512d'], single: ['ps', '__m512'] },
  avx2: { prefix: '_mm256', double: ['pd', '__m256d'], single: ['ps', '__m256'] },
  sse2: { prefix: '_mm', double: ['pd', '__m128d'], single: ['ps', '__m128'] },
  neon: { prefix: 'v', double: ['f64', 'float64x2_t'], single: ['f32', 'float32x4_t'] },
} as const;

/** The text of one operation each, on vectors or, with one lane, on elements. */
export interface CVectors {
  readonly form: CForm;
  /** Type of an element. */
  readonly element: 'double' | 'float';
  readonly lanes: number;
  /** Type of a vector. */
  readonly type: string;
  /** Type of an element that is repeated in every lane. */
  readonly repeated: string;
  /** What a file begins with: the headers and the types. */
  readonly prelude: string;
  /** A vector of zeros, as what a variable is initialised with. */
  readonly zero: string;
  load(pointer: string): string;
  store(pointer: string, vector: string): string;
  /** An element, of any type that `repeated` says. */
  repeat(element: string): string;
  /** x y, where y may be repeated. */
  multiply(x: string, y: string): string;
  add(x: string, y: string): string;
  /** The value of sum + x y, where y may be repeated. */
  multiplyAdd(sum: string, x: string, y: string): string;
}

/** The pragmas by which a compiler makes one instruction of a multiply and an add, or keeps them two. */
function contraction(isFused: boolean): string {
  return `#if defined(__clang__) || !defined(__GNUC__)
#pragma STDC FP_CONTRACT ${isFused ? 'ON' : 'OFF'}
#else
#pragma GCC optimize("fp-contract=${isFused ? 'fast' : 'off'}")
#endif`;
}

function targetPragmas(given: Features | undefined): string {
  if (given === undefined) return '';
  return `#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("${given.target}"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC target("${given.target}")
#endif
`;
}

/** What ends the file. */
export function endOf({ form }: CVectors, { isa }: AnySpec): string {
  if (form === 'scalar' || features[isa] === undefined) return '';
  return `
#if defined(__clang__)
#pragma clang attribute pop
#endif
`;
}

/** The forms that an instruction set has, the first by default. */
export function formsOf(isa: InstructionSet): readonly CForm[] {
  if (isa === 'scalar') return ['scalar'];
  return isa === 'simd128' ? ['vectors'] : ['intrinsics', 'vectors'];
}

/** The form that an instruction set is written in if nothing else is asked for. */
export function defaultForm(isa: InstructionSet): CForm {
  return formsOf(isa)[0]!;
}

/** The operations of a specification in a form. */
export function cVectors({ isa, precision, muladd }: AnySpec, form: CForm): CVectors {
  const element = precision === 'double' ? 'double' : 'float';
  const isFused = muladd === 'fused';
  const infix = {
    form,
    element,
    repeated: element,
    repeat: (value: string) => value,
    multiply: (x: string, y: string) => `${x} * ${y}`,
    add: (x: string, y: string) => `${x} + ${y}`,
    multiplyAdd: (sum: string, x: string, y: string) => `${sum} + ${x} * ${y}`,
  } as const;
  const common = '#include <stddef.h>\n#include <stdint.h>\n#include <string.h>\n';
  const { bytes } = vectorClasses[isa];
  if (form === 'scalar' || bytes === 'element') {
    return {
      ...infix,
      lanes: 1,
      type: element,
      prelude: `${contraction(isFused)}\n${common}`,
      zero: '0',
      load: (pointer) => dereferenced(pointer),
      store: (pointer, value) => `${dereferenced(pointer)} = ${value}`,
    };
  }
  const lanes = bytes / elementBytes[precision];
  if (form === 'vectors') {
    return {
      ...infix,
      lanes,
      type: 'vector',
      prelude: `${contraction(isFused)}
${targetPragmas(features[isa])}${common}
/* ${lanes} elements, which may lie anywhere. */
typedef ${element} vector __attribute__((vector_size(${bytes}), aligned(${elementBytes[precision]}), may_alias));
`,
      zero: '{0}',
      load: (pointer) => `*(const vector *)(${pointer})`,
      store: (pointer, value) => `*(vector *)(${pointer}) = ${value}`,
    };
  }
  const { prefix, [precision]: names } = intrinsics[isa as keyof typeof intrinsics];
  const [suffix, type] = names;
  const shared = { form, element, lanes, type, repeated: type } as const;
  if (isa === 'neon') {
    return {
      ...shared,
      prelude: `${contraction(isFused)}\n#include <arm_neon.h>\n${common}`,
      zero: `vdupq_n_${suffix}(0)`,
      load: (pointer) => `vld1q_${suffix}(${pointer})`,
      store: (pointer, vector) => `vst1q_${suffix}(${pointer}, ${vector})`,
      repeat: (value) => `vdupq_n_${suffix}(${value})`,
      multiply: (x, y) => `vmulq_${suffix}(${x}, ${y})`,
      add: (x, y) => `vaddq_${suffix}(${x}, ${y})`,
      multiplyAdd: (sum, x, y) =>
        isFused ? `vfmaq_${suffix}(${sum}, ${x}, ${y})` : `vaddq_${suffix}(${sum}, vmulq_${suffix}(${x}, ${y}))`,
    };
  }
  return {
    ...shared,
    prelude: `${contraction(isFused)}\n${targetPragmas(features[isa])}#include <${features[isa]!.header}>\n${common}`,
    zero: `${prefix}_setzero_${suffix}()`,
    load: (pointer) => `${prefix}_loadu_${suffix}(${pointer})`,
    store: (pointer, vector) => `${prefix}_storeu_${suffix}(${pointer}, ${vector})`,
    repeat: (value) => `${prefix}_set1_${suffix}(${value})`,
    multiply: (x, y) => `${prefix}_mul_${suffix}(${x}, ${y})`,
    add: (x, y) => `${prefix}_add_${suffix}(${x}, ${y})`,
    multiplyAdd: (sum, x, y) =>
      isFused
        ? `${prefix}_fmadd_${suffix}(${x}, ${y}, ${sum})`
        : `${prefix}_add_${suffix}(${sum}, ${prefix}_mul_${suffix}(${x}, ${y}))`,
  };
}

/** The element at a pointer: `a[3]` of `a + 3`. */
function dereferenced(pointer: string): string {
  const [base, offset, ...more] = pointer.split(' + ');
  return more.length === 0 && /^\w+$/.test(base!) ? `${base}[${offset ?? 0}]` : `*(${pointer})`;
}
