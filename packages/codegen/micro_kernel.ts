import type { GemmSpec } from './gemm_spec.ts';
import type { Assembler } from './x64_assembler.ts';
import type { Gpr64 } from './x64_operands.ts';

/**
 * What a hand-written micro-kernel is emitted with: where to, and the general registers it finds its work in.
 *
 * `a`, `b` and `depth` may be changed, and so may `scratch` and every vector register; all others are the macro-kernel's.
 */
export interface MicroKernelContext {
  readonly asm: Assembler;
  /** Points to the micro-panel of A: `mu` elements for each step of k, one step after the other, aligned to 64 bytes if `mu` is a multiple of that. */
  readonly a: Gpr64;
  /** Points to the micro-panel of B: `nu` elements for each step of k, aligned as those of A. */
  readonly b: Gpr64;
  /** Steps of k, at least 1. */
  readonly depth: Gpr64;
  /** Points to the tile of C, columns of `mu` elements, for prefetching; what is there when C is strided is not the tile, but may be prefetched. */
  readonly c: Gpr64;
  /** Bytes from one column of C to the next. */
  readonly cColumnStride: Gpr64;
  /** A free register. */
  readonly scratch: Gpr64;
  /**
   * Emits a step of what walks beside: a line of the next block of A and one of the next panel of B are prefetched. To be called once
   * in each turn of the loop, of four steps of k or so; it changes flags, and nothing else that a micro-kernel sees.
   */
  readonly walk: () => void;
}

/**
 * The innermost loop over k of a GEMM kernel, written by hand for one instruction set, precision and register block.
 *
 * {@linkcode generate} puts it in place of its own for whole register blocks of packed operands, inside the same macro-kernel,
 * packing and edges.
 */
export interface MicroKernel {
  /** Its name, such as `'dgemm_avx512_24x8'`. */
  readonly name: string;
  readonly isa: GemmSpec['isa'];
  readonly precision: GemmSpec['precision'];
  /** Rows of the register block, in elements. */
  readonly mu: number;
  /** Columns of the register block, in elements. */
  readonly nu: number;
  /**
   * Emits the loop. It leaves the sums of products in the vector registers from 0 on, column by column: vector v of column j in
   * register j * vectors + v, where `vectors` make up `mu` rows.
   */
  emit(context: MicroKernelContext): void;
}
