import { gemmX64Abi } from '@paratune/codegen';
import type { NativeFunction } from '@paratune/native';
import { packingOf } from './_packing.ts';
import { startOfPiece } from './_pieces.ts';
import { MOST_THREADS, runPieces } from './_thread_team.ts';

/** What the splitting has to know of a kernel. */
export interface GemmUnits {
  /** Rows of the register block, in elements. */
  readonly mu: number;
  /** Columns of the register block, in elements. */
  readonly nu: number;
  readonly elementBytes: 4 | 8;
}

/**
 * Multiplications that a thread needs to be worth waking: 40 to 80 microseconds of work with wide vectors. Waking a thread
 * that sleeps on a busy machine took up to 40 on the processor this was measured on (AMD, Zen 4, in a virtual machine).
 */
const LEAST_MULTIPLICATIONS_EACH = 2_000_000;

/**
 * How many rows and columns of pieces C is cut into: of the grids that have a piece for each thread the one whose pieces
 * have the shortest sides, since a piece packs as many rows of A and columns of B as it has; between equals the one with
 * more columns, which packs more of A, the smaller and nearer of the two buffers. No piece is smaller than a register block.
 */
export function gridOf(
  m: number,
  n: number,
  { mu, nu }: GemmUnits,
  threads: number,
): { rows: number; columns: number } {
  const [mostRows, mostColumns] = [Math.ceil(m / mu), Math.ceil(n / nu)];
  for (let pieces = Math.min(threads, mostRows * mostColumns); pieces > 1; pieces--) {
    let best: { rows: number; columns: number; sides: number } | undefined;
    for (let rows = 1; rows <= pieces; rows++) {
      const columns = pieces / rows;
      if (!Number.isInteger(columns) || rows > mostRows || columns > mostColumns) continue;
      const sides = m / rows + n / columns;
      if (best === undefined || sides < best.sides) best = { rows, columns, sides };
    }
    if (best !== undefined) return best;
  }
  return { rows: 1, columns: 1 };
}

const field = gemmX64Abi.fields;
const { blockLength } = gemmX64Abi;

/**
 * Runs a kernel for C = alpha A B + beta C with several threads where that gains, and alone where not.
 *
 * C is cut into a grid of pieces, never the sum over k: so each element is the same sum in the same order as with one
 * thread, and the results are the same bits whatever the number of threads and whichever thread computes a piece.
 */
export function threadedGemm(units: GemmUnits, threads: number): (kernel: NativeFunction, block: Float64Array) => void {
  const { mu, nu, elementBytes } = units;
  const most = Math.min(threads, MOST_THREADS);
  if (most === 1) return (kernel, block) => kernel(block);
  let blocks: Float64Array | undefined;
  return (kernel, block) => {
    const m = block[field.m]!;
    const n = block[field.n]!;
    const gaining = Math.min(most, Math.floor((m * n * block[field.k]!) / LEAST_MULTIPLICATIONS_EACH));
    if (gaining < 2) {
      kernel(block);
      return;
    }
    const { rows, columns } = gridOf(m, n, units, gaining);
    if (rows * columns === 1) {
      kernel(block);
      return;
    }
    blocks ??= new Float64Array(most * blockLength);
    const packedABytes = block[field.packedB]! - block[field.packedA]!;
    const packedBBytes = block[field.nc]! * block[field.kc]! * elementBytes;
    for (let piece = 0; piece < rows * columns; piece++) {
      const own = blocks.subarray(piece * blockLength, (piece + 1) * blockLength);
      own.set(block.length === blockLength ? block : block.subarray(0, blockLength));
      const [row, column] = [Math.floor(piece / columns), piece % columns];
      const [i, j] = [startOfPiece(row, rows, m, mu), startOfPiece(column, columns, n, nu)];
      own[field.m] = startOfPiece(row + 1, rows, m, mu) - i;
      own[field.n] = startOfPiece(column + 1, columns, n, nu) - j;
      own[field.a]! += elementBytes * i * block[field.aRowStride]!;
      own[field.b]! += elementBytes * j * block[field.bColumnStride]!;
      own[field.c]! += elementBytes * (i * block[field.cRowStride]! + j * block[field.cColumnStride]!);
      if (piece > 0) {
        const packed = packingOf(piece, packedABytes + packedBBytes);
        own[field.packedA] = packed;
        own[field.packedB] = packed + packedABytes;
      }
    }
    if (!runPieces(kernel.address, blocks, blockLength, rows * columns)) kernel(block);
  };
}
