/** Kernels that are called with a block of arguments, and memory for them: what the tests of machine code and of C share. */

import { addressOf, allocate } from '@paratune/native';
import {
  type AnyGemm,
  type AnyGemmBatch,
  ARENA_LENGTH,
  type Arena,
  arrayOf,
  type Elements,
} from './_gemm_cases_test.ts';
import type { Precision } from './_vector_class.ts';
import { gemmX64Abi } from './gemm_abi.ts';
import type { GemmSpec } from './gemm_spec.ts';

/** Small blocks, so that small matrices cross all the edges of the loops around the micro-kernel. */
export interface Blocks {
  mc: number;
  kc: number;
  nc: number;
}

/** A buffer for packing that ends at a page that faults, or where that would not be aligned, begins at one. */
export function packingBuffer(precision: Precision, length: number): Elements {
  const Type = arrayOf(precision);
  const guard = (length * Type.BYTES_PER_ELEMENT) % 64 === 0 ? 'after' : 'before';
  return allocateElements(precision, length, guard);
}

export function packingBuffers({ precision }: GemmSpec, { mc, kc, nc }: Blocks) {
  return { packedA: packingBuffer(precision, mc * kc), packedB: packingBuffer(precision, kc * nc) };
}

/** The arguments of one product, or of a batch. */
export type PlainOrBatch = Parameters<AnyGemm> | Parameters<AnyGemmBatch>;

function allocateElements(precision: Precision, length: number, guard: 'before' | 'after'): Elements {
  return precision === 'double' ? allocate(Float64Array, length, { guard }) : allocate(Float32Array, length, { guard });
}

/** A function that takes the argument block of a GEMM kernel, called as the JavaScript ones are, or with a batch. */
export function blockGemm(
  gemm: (block: Float64Array) => void,
  { mc, kc, nc }: Blocks,
  { packedA, packedB }: { packedA: Elements; packedB: Elements },
): (...call: PlainOrBatch) => void {
  const { fields } = gemmX64Abi;
  const block = new Float64Array(gemmX64Abi.blockLength);
  return (
    ...[
      m,
      n,
      k,
      alpha,
      a,
      aOffset,
      aRow,
      aColumn,
      b,
      bOffset,
      bRow,
      bColumn,
      beta,
      c,
      cOffset,
      cRow,
      cColumn,
      batch = 1,
      // Without a batch these do not count.
      aBatch = Number.NaN,
      bBatch = Number.NaN,
      cBatch = Number.NaN,
    ]: PlainOrBatch
  ) => {
    const at = (array: Elements, offset: number) => addressOf(array) + array.BYTES_PER_ELEMENT * offset;
    block[fields.m] = m;
    block[fields.n] = n;
    block[fields.k] = k;
    block[fields.alpha] = alpha;
    block[fields.a] = at(a, aOffset);
    block[fields.aRowStride] = aRow;
    block[fields.aColumnStride] = aColumn;
    block[fields.b] = at(b, bOffset);
    block[fields.bRowStride] = bRow;
    block[fields.bColumnStride] = bColumn;
    block[fields.beta] = beta;
    block[fields.c] = at(c, cOffset);
    block[fields.cRowStride] = cRow;
    block[fields.cColumnStride] = cColumn;
    block[fields.packedA] = addressOf(packedA);
    block[fields.packedB] = addressOf(packedB);
    block[fields.mc] = mc;
    block[fields.kc] = kc;
    block[fields.nc] = nc;
    block[fields.batch] = batch;
    block[fields.aBatchStride] = aBatch;
    block[fields.bBatchStride] = bBatch;
    block[fields.cBatchStride] = cBatch;
    gemm(block);
  };
}

/** Operands between pages that fault on any access: flush with the one in front, or with the one behind. */
export function guardedArena(precision: Precision): Arena {
  const memory = new Map(
    (['a', 'b', 'c'] as const).flatMap((operand) => [
      [`${operand} start`, allocateElements(precision, ARENA_LENGTH, 'before')],
      [`${operand} end`, allocateElements(precision, ARENA_LENGTH, 'after')],
    ]),
  );
  return (operand, flush) => memory.get(`${operand} ${flush}`)!;
}

export const blockings = [
  (spec: GemmSpec): Blocks => ({ mc: spec.mu, kc: 5, nc: spec.nu }),
  (spec: GemmSpec): Blocks => ({ mc: 3 * spec.mu, kc: 24, nc: 4 * spec.nu }),
  (spec: GemmSpec): Blocks => ({ mc: 8 * spec.mu, kc: 160, nc: 40 * spec.nu }),
];
