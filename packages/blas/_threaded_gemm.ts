import { gemmX64Abi } from '@paratune/codegen';
import type { BoundKernel } from './_bound_kernel.ts';
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

/** What a product of a batch takes beside its multiplications, in as many as fit into that time: some ten nanoseconds. */
const MULTIPLICATIONS_BESIDE = 500;

/** A batch with so many products for each thread is shared out evenly enough. */
const MANY_PRODUCTS_EACH = 8;

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
 * Runs a kernel for C = alpha A B + beta C, or for a batch of such products, with several threads where that gains, and alone where
 * not. The block may be changed by it.
 *
 * A batch is cut into runs of products or, where those are few and large, its products one after another. The C of a product is cut
 * into a grid of pieces, never the sum over k: so each element is the same sum in the same order as with one thread, and the results
 * are the same bits whatever the number of threads and whichever thread computes a piece.
 */
export function threadedGemm(units: GemmUnits, threads: number): (bound: BoundKernel, block: Float64Array) => void {
  const { mu, nu, elementBytes } = units;
  const most = Math.min(threads, MOST_THREADS);
  if (most === 1) return ({ run }) => run();
  let blocks: Float64Array | undefined;

  /** Runs the kernel on pieces of a block, each of which `cut` makes of a copy. */
  const share = (
    { kernel, run }: BoundKernel,
    block: Float64Array,
    pieces: number,
    cut: (own: Float64Array, piece: number) => void,
  ) => {
    blocks ??= new Float64Array(most * blockLength);
    const packedABytes = block[field.packedB]! - block[field.packedA]!;
    const packedBBytes = block[field.nc]! * block[field.kc]! * elementBytes;
    for (let piece = 0; piece < pieces; piece++) {
      const own = blocks.subarray(piece * blockLength, (piece + 1) * blockLength);
      own.set(block);
      cut(own, piece);
      if (piece > 0) {
        const packed = packingOf(piece, packedABytes + packedBBytes);
        own[field.packedA] = packed;
        own[field.packedB] = packed + packedABytes;
      }
    }
    if (!runPieces(kernel.address, blocks, blockLength, pieces)) run();
  };

  /** How many threads gain from so much work. */
  const gaining = (multiplications: number) => Math.min(most, Math.floor(multiplications / LEAST_MULTIPLICATIONS_EACH));

  const runProduct = (bound: BoundKernel, block: Float64Array, threads: number) => {
    const [m, n] = [block[field.m]!, block[field.n]!];
    const { rows, columns } = gridOf(m, n, units, threads);
    if (rows * columns === 1) {
      bound.run();
      return;
    }
    share(bound, block, rows * columns, (own, piece) => {
      const [row, column] = [Math.floor(piece / columns), piece % columns];
      const [i, j] = [startOfPiece(row, rows, m, mu), startOfPiece(column, columns, n, nu)];
      own[field.m] = startOfPiece(row + 1, rows, m, mu) - i;
      own[field.n] = startOfPiece(column + 1, columns, n, nu) - j;
      own[field.a]! += elementBytes * i * block[field.aRowStride]!;
      own[field.b]! += elementBytes * j * block[field.bColumnStride]!;
      own[field.c]! += elementBytes * (i * block[field.cRowStride]! + j * block[field.cColumnStride]!);
    });
  };

  /** Moves all operands on by so many products. */
  const advance = (block: Float64Array, products: number) => {
    for (const operand of ['a', 'b', 'c'] as const) {
      block[field[operand]]! += elementBytes * products * block[field[`${operand}BatchStride`]]!;
    }
  };

  return (bound, block) => {
    const batch = block[field.batch]!;
    const multiplications = block[field.m]! * block[field.n]! * block[field.k]!;
    const gainingEach = gaining(multiplications);
    const gainingAll = batch === 1 ? gainingEach : gaining(batch * (multiplications + MULTIPLICATIONS_BESIDE));
    if (gainingAll < 2) {
      bound.run();
    } else if (batch > 1 && (gainingEach < 2 || batch >= MANY_PRODUCTS_EACH * gainingAll)) {
      const pieces = Math.min(batch, gainingAll);
      share(bound, block, pieces, (own, piece) => {
        const first = startOfPiece(piece, pieces, batch, 1);
        own[field.batch] = startOfPiece(piece + 1, pieces, batch, 1) - first;
        advance(own, first);
      });
    } else {
      block[field.batch] = 1;
      for (let product = 0; product < batch; product++) {
        runProduct(bound, block, gainingEach);
        advance(block, 1);
      }
    }
  };
}
