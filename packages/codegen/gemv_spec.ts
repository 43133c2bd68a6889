import { checkChoice, checkInteger, givenOf, MOST_LINES, MOST_PREFETCH_BYTES, refuse } from './_spec_checks.ts';
import { vectorClasses } from './_vector_class.ts';
import type { InstructionSet } from './gemm_spec.ts';

/**
 * What a matrix-vector product kernel is, apart from the code that says so: a plain JSON value. Made by
 * {@linkcode gemvSpec}.
 */
export interface GemvSpec {
  /** Version of this format. */
  version: 1;
  /** What is computed: y = alpha A x + beta y. */
  routine: 'gemv';
  /** Precision of the elements. */
  precision: 'double' | 'single';
  /** Instructions the x64 target may use; the js target has no choice of them. */
  isa: InstructionSet;
  /** Elements of x that one pass over y takes in: columns at once where columns are contiguous. */
  xUnroll: number;
  /** Elements of y that one pass over x makes: rows at once where rows are contiguous. */
  yUnroll: number;
  /** Vectors along a column or row in one turn of the innermost loop. */
  unroll: number;
  /** Whether a multiply and an add are one instruction, rounded once, or two. */
  muladd: 'fused' | 'separate';
  /** Bytes that each column or row is prefetched ahead of its use; 0 for none. */
  prefetch: number;
}

/** Unrolling that measured best in and beyond the caches. */
const defaults = {
  avx512: { xUnroll: 8, yUnroll: 4, unroll: 2, muladd: 'fused', prefetch: 0 },
  avx2: { xUnroll: 8, yUnroll: 4, unroll: 2, muladd: 'fused', prefetch: 0 },
  sse2: { xUnroll: 8, yUnroll: 4, unroll: 2, muladd: 'separate', prefetch: 0 },
  scalar: { xUnroll: 4, yUnroll: 4, unroll: 1, muladd: 'separate', prefetch: 0 },
} as const;

/** Vector registers that every encoding reaches. */
const REGISTERS = 16;

/**
 * Makes a complete, checked specification of a GEMV kernel from any part of one.
 *
 * What is left out takes the default of its instruction set, which itself defaults to `'sse2'`. `xUnroll` and `yUnroll` are
 * 1 to 8; sums of `yUnroll` rows and a piece of x, `unroll` vectors of each, must fit 14 registers.
 *
 * @param partial The parameters to fix; see {@linkcode GemvSpec}.
 * @throws {TypeError} When `partial` is no object, has an unknown property, or a number is none.
 * @throws {RangeError} When a parameter has a value that cannot be generated; the message says which values can.
 * @example
 * ```ts
 * import { gemvSpec } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(gemvSpec({ isa: 'avx2', xUnroll: 4 }).xUnroll, 4);
 * assert.throws(() => gemvSpec({ yUnroll: 9 }), /'yUnroll' must be an integer from 1 to 8/);
 * ```
 */
export function gemvSpec(partial: Partial<GemvSpec> = {}): GemvSpec {
  const known = ['version', 'routine', 'precision', 'isa', ...Object.keys(defaults.sse2)];
  const given = givenOf<GemvSpec>('GEMV', partial, known);
  const isa = given.isa ?? 'sse2';
  checkChoice('isa', isa, Object.keys(vectorClasses));
  const spec: GemvSpec = { version: 1, routine: 'gemv', precision: 'double', isa, ...defaults[isa], ...given };
  checkChoice('version', spec.version, [1]);
  checkChoice('routine', spec.routine, ['gemv']);
  checkChoice('precision', spec.precision, ['double', 'single']);
  checkChoice('muladd', spec.muladd, ['fused', 'separate']);
  if (spec.muladd === 'fused' && !vectorClasses[isa].fused) {
    refuse('muladd', `'separate' with isa '${isa}', which has no fused form`, 'fused');
  }
  checkInteger('xUnroll', spec.xUnroll, 1, MOST_LINES);
  checkInteger('yUnroll', spec.yUnroll, 1, MOST_LINES);
  checkInteger('unroll', spec.unroll, 1, Math.floor((REGISTERS - 2) / (spec.yUnroll + 1)));
  checkInteger('prefetch', spec.prefetch, 0, MOST_PREFETCH_BYTES);
  return spec;
}
