/** What the C of both routines of a matrix and vectors has in common: loops along lines, columns or rows, `a0`, `a1`, ... beside a vector. */

import { indented, offsetBy, range } from './_c_text.ts';
import type { CVectors } from './_c_vectors.ts';
import { elementBytes, type Precision } from './_vector_class.ts';

const CACHE_LINE_BYTES = 64;

/** Bytes in the pieces that long vectors are cut into, so that they stay in the level 1 cache, as in machine code. */
export const PIECE_BYTES = 16384;

/** Loops over the index `i`, whole vectors at a time. */
export interface Turns {
  readonly vectors: CVectors;
  readonly precision: Precision;
  /** Lines that are walked along at once. */
  readonly lines: number;
  /** Vectors in a turn, and the constant that says so. */
  readonly unroll: number;
  readonly unrollName: string;
  /** Bytes that each line is prefetched ahead; 0 for none. */
  readonly prefetch: number;
}

/** Emits a loop of unrolled turns, then one for the vectors that are left; `step` is the work on a vector's worth at an index. */
export function turnsAlong(
  { vectors: { lanes }, precision, lines, unroll, unrollName, prefetch }: Turns,
  step: (index: string, unrolled: number) => string[],
): string[] {
  const prefetches = range(Math.ceil((unroll * lanes * elementBytes[precision]) / CACHE_LINE_BYTES)).flatMap((ahead) =>
    range(lines).map(
      (line) => `PREFETCH(${offsetBy(`(const char *)(a${line} + i) + PREFETCH_BYTES`, ahead * CACHE_LINE_BYTES)});`,
    ),
  );
  const turns = (vectorsInTurn: number) => {
    const width = vectorsInTurn === 1 ? 'LANES' : `${unrollName} * LANES`;
    return [
      `for (; i + ${width} <= length; i += ${width}) {`,
      indented(2, [
        ...range(vectorsInTurn).flatMap((index) =>
          step(offsetBy('i', index === 0 ? 0 : `${index === 1 ? '' : `${index} * `}LANES`), index),
        ),
        ...(prefetch > 0 && vectorsInTurn === unroll ? [prefetches.join(' ')] : []),
      ]),
      '}',
    ];
  };
  return [...turns(unroll), ...(unroll > 1 ? turns(1) : [])];
}
