import { gemvX64Abi } from '@paratune/codegen';
import { addressOf, type NativeFunction } from '@paratune/native';
import type { ElementType } from './_element_type.ts';
import { startOfPiece } from './_pieces.ts';
import { runPieces } from './_thread_team.ts';

/** How many parts x is cut into, with any number of threads, so that results are the same bits with any. */
const PARTS = 8;

/** Elements that parts begin at multiples of: those of a cache line, of either precision. */
const PARTS_UNIT = 16;

/** The longest y that is summed by parts. */
export const LONGEST_Y = 512;

const field = gemvX64Abi.fields;
const { blockLength } = gemvX64Abi;

const blocks = new Float64Array(PARTS * blockLength);
/** The sums of the parts, one after the other, of elements of either precision. */
const sums = new Float64Array(PARTS * LONGEST_Y);
const ones = { double: new Float64Array(PARTS).fill(1), single: new Float32Array(PARTS).fill(1) };

/**
 * Computes y = alpha A x + beta y for a y so short that the work cannot be cut along it: the columns of A are, with the elements
 * of x, into parts whose sums are added in the end.
 *
 * @param kernel A kernel for A.
 * @param add A kernel for columns that are contiguous, with the block.
 * @param block What is to be done.
 * @param pieces How many parts are computed at once.
 * @param type The type of the elements.
 */
export function runPartsOfX(
  kernel: NativeFunction,
  add: () => void,
  block: Float64Array,
  pieces: number,
  { precision, bytes }: ElementType,
): void {
  const m = block[field.m]!;
  const n = block[field.n]!;
  const sumsAt = addressOf(sums);
  for (let part = 0; part < PARTS; part++) {
    const own = part * blockLength;
    const start = startOfPiece(part, PARTS, n, PARTS_UNIT);
    blocks.set(block, own);
    blocks[own + field.n] = startOfPiece(part + 1, PARTS, n, PARTS_UNIT) - start;
    blocks[own + field.a]! += bytes * start * block[field.aColumnStride]!;
    blocks[own + field.x]! += bytes * start * block[field.xStride]!;
    blocks[own + field.alpha] = 1;
    blocks[own + field.beta] = 0;
    blocks[own + field.y] = sumsAt + bytes * part * m;
    blocks[own + field.yStride] = 1;
  }
  for (let part = 0; part < PARTS; part += pieces) {
    const some = blocks.subarray(part * blockLength, Math.min(PARTS, part + pieces) * blockLength);
    const count = some.length / blockLength;
    if (count > 1 && runPieces(kernel.address, some, blockLength, count)) continue;
    for (let own = 0; own < some.length; own += blockLength) kernel(some.subarray(own, own + blockLength));
  }
  block[field.n] = PARTS;
  block[field.a] = sumsAt;
  block[field.aRowStride] = 1;
  block[field.aColumnStride] = m;
  block[field.x] = addressOf(ones[precision]);
  block[field.xStride] = 1;
  add();
}
