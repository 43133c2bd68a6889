import type { GemmContext } from './_x64_gemm_context.ts';
import type { Lanes, Part } from './_x64_vectors.ts';

/** The part of the register block that a micro-kernel computes. */
export interface MicroTile {
  /** At most so many rows, and more than any lower tile has. */
  readonly rows: number;
  /** Vectors of rows. */
  readonly vectors: number;
  /** What the rows fill of the last vector, where that may be less than all. */
  readonly part: Part | undefined;
  /** Elements of the last vector that are computed with: all, or half of them where no more can be in the tile. */
  readonly lastLanes: Lanes;
  readonly columns: number;
}

/** Heights of the tiles that the rows of a kernel are cut into, the highest first: the register block's, then those of edges. */
export function tileHeights({ spec, vectors, edgeMask }: GemmContext): Omit<MicroTile, 'columns'>[] {
  const { m, mu } = spec;
  const { lanes, narrowerLanes } = vectors;
  const height = (rows: number, part = rows % lanes === 0 ? undefined : (edgeMask ?? { lanes: rows % lanes })) => ({
    rows,
    vectors: Math.ceil(rows / lanes),
    part,
    // Where the number of rows is not known a tile has up to a whole vector of them.
    lastLanes: m !== 'any' && part !== undefined && rows % lanes <= narrowerLanes ? narrowerLanes : lanes,
  });
  if (m !== 'any') return [...(m >= mu ? [height(mu)] : []), ...(m % mu === 0 ? [] : [height(m % mu)])];
  const edges = Array.from({ length: mu - 1 }, (_, index) => mu - 1 - index);
  if (edgeMask === undefined) return [height(mu), ...edges.map((rows) => height(rows))];
  // Under a mask, tiles of as many vectors are one.
  const highest = edges.filter((rows) => rows === mu - 1 || rows % lanes === 0);
  return [height(mu), ...highest.map((rows) => height(rows, edgeMask))];
}

/** Widths in columns of the tiles that the columns of a kernel are cut into, the widest first. */
export function tileWidths({ n, nu }: GemmContext['spec']): number[] {
  if (n === 'any') return Array.from({ length: nu }, (_, index) => nu - index);
  return [...(n >= nu ? [nu] : []), ...(n % nu === 0 ? [] : [n % nu])];
}

/** Whether a kernel meets panels that its operand does not fill. */
export function hasEdge(size: number | 'any', unit: number): boolean {
  return size === 'any' || size % unit !== 0;
}
