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
  /** Instructions that the code may use; JavaScript has no choice of them. */
  isa: InstructionSet;
  /**
   * How A is stored: with columns whose elements lie side by side, or spaced, with any strides. The js target takes every
   * layout.
   */
  layout: 'columns' | 'spaced columns';
  /** Where A is, mostly: in a cache of the core's own, in one that cores share, or in memory. Defaults depend on it. */
  source: 'private' | 'shared' | 'memory';
  /** Vectors of x in one turn of the innermost loop. */
  xUnroll: number;
  /** Elements of y that one pass over x takes in: columns at once. */
  yUnroll: number;
  /** Whether a multiply and an add are one instruction, rounded once, or two. */
  muladd: 'fused' | 'separate';
  /** Bytes that each column is prefetched ahead of its use; 0 for none. */
  prefetch: number;
}

const muladd = {
  avx512: 'fused',
  avx2: 'fused',
  sse2: 'separate',
  simd128: 'separate',
  neon: 'fused',
  scalar: 'separate',
} as const;

/** What measured best (AMD, Zen 5), for the reasons that {@linkcode gemvSpec} has. */
const wide = {
  private: { xUnroll: 2, yUnroll: 1, prefetch: 0 },
  shared: { xUnroll: 2, yUnroll: 1, prefetch: 0 },
  memory: { xUnroll: 2, yUnroll: 8, prefetch: 512 },
} as const;
const narrow = {
  private: { xUnroll: 2, yUnroll: 4, prefetch: 0 },
  shared: { xUnroll: 2, yUnroll: 4, prefetch: 0 },
  memory: { xUnroll: 2, yUnroll: 8, prefetch: 512 },
} as const;
const contiguous = { avx512: wide, avx2: narrow, sse2: narrow, simd128: narrow, neon: narrow };

const spaced = { xUnroll: 1, yUnroll: 4, prefetch: 0 } as const;

/** A turn of the innermost loop should stay in the cache of decoded instructions. */
const MOST_X_UNROLL = 8;

/**
 * Makes a complete, checked specification of a GER kernel from any part of one.
 *
 * What is left out takes the default of its instruction set, which itself defaults to `'sse2'`, its layout, by default
 * `'columns'`, and its source, by default `'private'`.
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
  const known = [...['version', 'routine', 'precision', 'isa', 'layout', 'source', 'muladd'], ...Object.keys(spaced)];
  const given = givenOf<GerSpec>('GER', partial, known);
  const { isa = 'sse2', layout = 'columns', source = 'private' } = given;
  checkChoice('isa', isa, Object.keys(vectorClasses));
  checkChoice('layout', layout, ['columns', 'spaced columns']);
  checkChoice('source', source, Object.keys(wide));
  const spec: GerSpec = {
    ...{ version: 1, routine: 'ger', precision: 'double', isa, layout, source, muladd: muladd[isa] },
    ...(layout === 'spaced columns' || isa === 'scalar' ? spaced : contiguous[isa][source]),
    ...given,
  };
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
