import { checkChoice, checkInteger, givenOf, MOST_LINES, MOST_PREFETCH_BYTES, refuse } from './_spec_checks.ts';
import { vectorClasses } from './_vector_class.ts';
import type { InstructionSet } from './gemm_spec.ts';

/** What a rank-one update kernel is, apart from the code that says so: a plain JSON value. Made by {@linkcode gerSpec}. */
export interface GerSpec {
  /** Version of this format. */
  version: 1;
  /** What is computed: A = alpha x y^T + A. */
  routine: 'ger';
  /** Precision of the elements. */
  precision: 'double' | 'single';
  /** Instructions the x64 target may use; the js target has no choice of them. */
  isa: InstructionSet;
  /** Vectors of x in one turn of the innermost loop. */
  xUnroll: number;
  /** Elements of y that one pass over x takes in: columns at once. */
  yUnroll: number;
  /** Whether a multiply and an add are one instruction, rounded once, or two. */
  muladd: 'fused' | 'separate';
  /** Bytes that each column is prefetched ahead of its use; 0 for none. */
  prefetch: number;
}

/** Unrolling that measured best in and beyond the caches. */
const defaults = {
  avx512: { xUnroll: 2, yUnroll: 8, muladd: 'fused', prefetch: 0 },
  avx2: { xUnroll: 2, yUnroll: 4, muladd: 'fused', prefetch: 0 },
  sse2: { xUnroll: 2, yUnroll: 4, muladd: 'separate', prefetch: 0 },
  scalar: { xUnroll: 1, yUnroll: 4, muladd: 'separate', prefetch: 0 },
} as const;

/** A turn of the innermost loop should stay in the cache of decoded instructions. */
const MOST_X_UNROLL = 8;

/**
 * Makes a complete, checked specification of a GER kernel from any part of one.
 *
 * What is left out takes the default of its instruction set, which itself defaults to `'sse2'`.
 *
 * @param partial The parameters to fix; see {@linkcode GerSpec}.
 * @throws {TypeError} When `partial` is no object, has an unknown property, or a number is none.
 * @throws {RangeError} When a parameter has a value that cannot be generated; the message says which values can.
 * @example
 * ```ts
 * import { gerSpec } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(gerSpec({ isa: 'avx512' }).routine, 'ger');
 * assert.throws(() => gerSpec({ xUnroll: 0 }), /'xUnroll' must be an integer from 1 to 8/);
 * ```
 */
export function gerSpec(partial: Partial<GerSpec> = {}): GerSpec {
  const known = ['version', 'routine', 'precision', 'isa', ...Object.keys(defaults.sse2)];
  const given = givenOf<GerSpec>('GER', partial, known);
  const isa = given.isa ?? 'sse2';
  checkChoice('isa', isa, Object.keys(vectorClasses));
  const spec: GerSpec = { version: 1, routine: 'ger', precision: 'double', isa, ...defaults[isa], ...given };
  checkChoice('version', spec.version, [1]);
  checkChoice('routine', spec.routine, ['ger']);
  checkChoice('precision', spec.precision, ['double', 'single']);
  checkChoice('muladd', spec.muladd, ['fused', 'separate']);
  if (spec.muladd === 'fused' && !vectorClasses[isa].fused) {
    refuse('muladd', `'separate' with isa '${isa}', which has no fused form`, 'fused');
  }
  checkInteger('xUnroll', spec.xUnroll, 1, MOST_X_UNROLL);
  checkInteger('yUnroll', spec.yUnroll, 1, MOST_LINES);
  checkInteger('prefetch', spec.prefetch, 0, MOST_PREFETCH_BYTES);
  return spec;
}
