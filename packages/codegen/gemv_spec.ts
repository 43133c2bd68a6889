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
  /** Instructions that the code may use; JavaScript has no choice of them. */
  isa: InstructionSet;
  /**
   * How A is stored: with columns, or rows, whose elements lie side by side, or spaced, with any strides, and walked along
   * its columns or rows. The js target takes every layout.
   */
  layout: 'columns' | 'rows' | 'spaced columns' | 'spaced rows';
  /** Where A comes from, mostly: a cache of the core's own, one that cores share, or memory. Defaults depend on it. */
  source: 'private' | 'shared' | 'memory';
  /** Elements of x that one pass over y takes in: columns at once, where those are walked along. */
  xUnroll: number;
  /** Elements of y that one pass over x makes: rows at once, where those are walked along. */
  yUnroll: number;
  /** Vectors along a column or row in one turn of the innermost loop: a power of two. */
  unroll: number;
  /** Whether a multiply and an add are one instruction, rounded once, or two. */
  muladd: 'fused' | 'separate';
  /** Bytes that each column or row is prefetched ahead of its use; 0 for none. */
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

/**
 * What measured best (AMD, Zen 5). From a cache, one line at a time is a stream that the processor prefetches, and several
 * were a third slower, unless what is beside them counts: sums that are stored too, or, with narrow vectors, all. From
 * memory, where a stream is prefetched up to the end of its page, several were up to twice as fast.
 */
const wide = {
  private: { xUnroll: 1, yUnroll: 1, unroll: 4, prefetch: 0 },
  shared: { xUnroll: 4, yUnroll: 1, unroll: 4, prefetch: 0 },
  memory: { xUnroll: 8, yUnroll: 8, unroll: 2, prefetch: 512 },
} as const;
const narrow = {
  private: { xUnroll: 8, yUnroll: 8, unroll: 1, prefetch: 0 },
  shared: { xUnroll: 8, yUnroll: 8, unroll: 1, prefetch: 0 },
  memory: { xUnroll: 8, yUnroll: 8, unroll: 1, prefetch: 512 },
} as const;
const contiguous = { avx512: wide, avx2: narrow, sse2: narrow, simd128: narrow, neon: narrow };

/** Element by element, several lines at once have as many sums under way. */
const spaced = { xUnroll: 4, yUnroll: 8, unroll: 1, prefetch: 0 } as const;

/** Lines that are not short have as many vectors. */
const MOST_UNROLL = 8;

/** Vector registers beside the sums of rows: for x, for an element and for a product. */
const OTHER_REGISTERS = 3;

/**
 * Makes a complete, checked specification of a GEMV kernel from any part of one.
 *
 * What is left out takes the default of its instruction set, which itself defaults to `'sse2'`, its layout, by default
 * `'columns'`, and its source, by default `'private'`. `xUnroll` and `yUnroll` are 1 to 8; `unroll` vectors of `yUnroll` rows must leave 3 vector registers.
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
  const known = [...['version', 'routine', 'precision', 'isa', 'layout', 'source', 'muladd'], ...Object.keys(spaced)];
  const given = givenOf<GemvSpec>('GEMV', partial, known);
  const { isa = 'sse2', layout = 'columns', source = 'private' } = given;
  checkChoice('isa', isa, Object.keys(vectorClasses));
  checkChoice('layout', layout, ['columns', 'rows', 'spaced columns', 'spaced rows']);
  checkChoice('source', source, Object.keys(wide));
  const spec: GemvSpec = {
    ...{ version: 1, routine: 'gemv', precision: 'double', isa, layout, source, muladd: muladd[isa] },
    ...(layout.startsWith('spaced') || isa === 'scalar' ? spaced : contiguous[isa][source]),
    ...given,
  };
  checkChoice('version', spec.version, [1]);
  checkChoice('routine', spec.routine, ['gemv']);
  checkChoice('precision', spec.precision, ['double', 'single']);
  checkChoice('muladd', spec.muladd, ['fused', 'separate']);
  if (spec.muladd === 'fused' && !vectorClasses[isa].fused) {
    refuse('muladd', `'separate' with isa '${isa}', which has no fused form`, 'fused');
  }
  checkInteger('xUnroll', spec.xUnroll, 1, MOST_LINES);
  checkInteger('yUnroll', spec.yUnroll, 1, MOST_LINES);
  const sums = layout.endsWith('rows') ? spec.yUnroll : 1;
  const most = Math.floor((vectorClasses[isa].registers - OTHER_REGISTERS) / sums);
  checkInteger('unroll', spec.unroll, 1, Math.min(most, MOST_UNROLL));
  if (!Number.isInteger(Math.log2(spec.unroll))) refuse('unroll', 'a power of two', spec.unroll);
  checkInteger('prefetch', spec.prefetch, 0, MOST_PREFETCH_BYTES);
  return spec;
}
