import type { GemmContext } from './_x64_gemm_context.ts';
import { bytesOf } from './_x64_vectors.ts';
import type { Gpr64, Label } from './x64_operands.ts';
import { k, mem, r8, r9, r10, r11, r12, r13, r14, rax, rbp, rcx, rdi, rdx, rsi } from './x64_operands.ts';

const CACHE_LINE_BYTES = 64;

/** Loops start where a fetch of 32 bytes and a line of the cache of decoded instructions do. */
const LOOP_ALIGNMENT_BYTES = 64;

/**
 * Registers of the macro-kernel, which the micro-kernels read: where they are, how much is left, how deep they go. The
 * micro-kernels themselves may change rax, rcx, rdx, rsi, rdi, rbp and every vector register.
 */
export const tile = {
  /** Micro-panel of A. */
  panelA: r8,
  /** Micro-panel of B. */
  panelB: r9,
  /** Tile of C. */
  c: r10,
  /** Bytes from one column of C to the next. */
  cColumnStride: r11,
  /** Rows of C from the tile's first to the end of the block. */
  rowsLeft: r12,
  /** Columns of C from the tile's first to the end of the block. */
  columnsLeft: r13,
  /** Steps of k. */
  depth: r14,
} as const;

/** Rows under the last vector of an edge tile (AVX-512). */
const edgeMask = k(1);

/** The part of the register block that a micro-kernel computes. */
export interface MicroTile {
  /** Vectors of rows. */
  vectors: number;
  /** Columns. */
  columns: number;
  /** Whether all its rows and columns are in C. */
  whole: boolean;
}

/** Where a micro-kernel goes when it is done. */
export interface MicroKernelExits {
  /** C is up to date. */
  done: Label;
  /** The product is in the scratch area of the frame, and the rest is to be done element by element. */
  scatter: Label;
}

/** Vector registers of a micro-kernel: accumulators first, then a column of A, an element of B, a product. */
function plan(context: GemmContext, { vectors, columns }: MicroTile) {
  const { registers } = context.vectors;
  const accumulators = vectors * columns;
  const elements = Math.max(1, registers - accumulators - vectors - 1);
  return {
    accumulator: (vector: number, column: number) => column * vectors + vector,
    a: (vector: number) => accumulators + vector,
    // Broadcasts take turns, so that the next does not wait for the last to be used.
    b: (column: number) => accumulators + vectors + (column % Math.min(elements, columns)),
    product: registers - 1,
    // When the accumulation is over the operands' registers are free.
    alpha: registers - 1,
    beta: registers - 2,
    element: registers - 3,
  };
}

/** Prefetches the lines that begin in this step's share of a panel, `distance` bytes on: each line once in a turn of the loop. */
function prefetchPanel({ asm }: GemmContext, panel: Gpr64, distance: number, stepBytes: number, step: number): void {
  if (distance === 0) return;
  const first = Math.ceil((step * stepBytes) / CACHE_LINE_BYTES) * CACHE_LINE_BYTES;
  for (let line = first; line < (step + 1) * stepBytes; line += CACHE_LINE_BYTES) {
    asm.prefetcht0(mem({ base: panel, displacement: distance + line }));
  }
}

/** One step of k, `step` steps on from the pointers in rax and rdx: a column of A times a row of B. */
function multiplyAdd(context: GemmContext, part: MicroTile, step: number): void {
  const { spec, vectors } = context;
  const registers = plan(context, part);
  const panelA = mem({ base: rax, displacement: bytesOf(step * spec.mu) });
  const panelB = mem({ base: rdx, displacement: bytesOf(step * spec.nu) });
  for (let vector = 0; vector < part.vectors; vector++) {
    vectors.load(registers.a(vector), panelA.at(bytesOf(vector * vectors.lanes)));
  }
  prefetchPanel(context, rax, spec.prefetchA, bytesOf(spec.mu), step);
  prefetchPanel(context, rdx, spec.prefetchB, bytesOf(spec.nu), step);
  for (let column = 0; column < part.columns; column++) {
    vectors.broadcast(registers.b(column), panelB.at(bytesOf(column)));
    for (let vector = 0; vector < part.vectors; vector++) {
      const sum = registers.accumulator(vector, column);
      vectors.multiplyAdd(sum, registers.a(vector), registers.b(column), registers.product);
    }
  }
}

/** Runs over k, unrolled ku times: rax and rdx walk the panels, rcx counts. */
function accumulate(context: GemmContext, part: MicroTile): void {
  const { asm, spec } = context;
  const { ku } = spec;
  const advance = (steps: number) => {
    asm.add(rax, bytesOf(steps * spec.mu));
    asm.add(rdx, bytesOf(steps * spec.nu));
  };
  const [loop, tail, tailLoop, done] = [
    asm.label('depth'),
    asm.label('tail'),
    asm.label('depthTail'),
    asm.label('sum'),
  ];
  asm.mov(rax, tile.panelA);
  asm.mov(rdx, tile.panelB);
  asm.mov(rcx, tile.depth);
  for (let index = 0; index < part.vectors * part.columns; index++) context.vectors.zero(index);
  asm.sub(rcx, ku);
  asm.jl(tail);
  asm.align(LOOP_ALIGNMENT_BYTES);
  asm.bind(loop);
  for (let step = 0; step < ku; step++) multiplyAdd(context, part, step);
  advance(ku);
  asm.sub(rcx, ku);
  asm.jge(loop);
  asm.bind(tail);
  if (ku > 1) {
    asm.add(rcx, ku);
    asm.jz(done);
    asm.bind(tailLoop);
    multiplyAdd(context, part, 0);
    advance(1);
    asm.dec(rcx);
    asm.jnz(tailLoop);
    asm.bind(done);
  }
}

/** Brings the tile of C nearer while the sums are made. A prefetch of what is not there does nothing. */
function prefetchC(context: GemmContext, { columns }: MicroTile): void {
  const { asm, spec } = context;
  asm.mov(rdi, tile.c);
  for (let column = 0; column < columns; column++) {
    const last = bytesOf(spec.mu) - 1;
    for (let offset = 0; offset < last; offset += CACHE_LINE_BYTES) {
      asm.prefetcht0(mem({ base: rdi, displacement: offset }));
    }
    asm.prefetcht0(mem({ base: rdi, displacement: last }));
    if (column + 1 < columns) asm.add(rdi, tile.cColumnStride);
  }
}

/** C = alpha * sums + beta * C for a tile whose rows are contiguous, with its last vector masked at an edge. */
function updateVectors(context: GemmContext, part: MicroTile, exits: MicroKernelExits): void {
  const { asm, vectors, frame } = context;
  const registers = plan(context, part);
  const overwrite = asm.label('overwrite');
  const body = (reads: boolean) => {
    if (reads) vectors.broadcast(registers.beta, frame.slot('betaNow'));
    // alpha * sum + 0 instead of alpha * sum: a sum of +0 stays +0, as it does when C starts from zero.
    else vectors.zero(registers.element);
    asm.mov(rdi, tile.c);
    for (let column = 0; column < part.columns; column++) {
      for (let vector = 0; vector < part.vectors; vector++) {
        const mask = !part.whole && vector === part.vectors - 1 ? edgeMask : undefined;
        const place = mem({ base: rdi, displacement: bytesOf(vector * vectors.lanes) });
        const sum = registers.accumulator(vector, column);
        if (reads) vectors.loadScaled(registers.element, registers.beta, place, vectors.lanes, mask);
        vectors.scaleAdd(sum, registers.alpha, registers.element);
        vectors.store(place, sum, vectors.lanes, mask);
      }
      if (column + 1 === part.columns) break;
      if (!part.whole) {
        asm.cmp(tile.columnsLeft, column + 1);
        asm.jle(exits.done);
      }
      asm.add(rdi, tile.cColumnStride);
    }
    asm.jmp(exits.done);
  };
  vectors.broadcast(registers.alpha, frame.slot('alpha'));
  asm.cmp(frame.slot('betaNowIsZero'), 0);
  asm.jne(overwrite);
  body(true);
  asm.bind(overwrite);
  body(false);
}

/** Leaves the sums in the frame, column by column, for {@linkcode emitScatter}. */
function spill(context: GemmContext, part: MicroTile, exits: MicroKernelExits): void {
  const { asm, spec, vectors, frame } = context;
  const registers = plan(context, part);
  for (let column = 0; column < part.columns; column++) {
    for (let vector = 0; vector < part.vectors; vector++) {
      const place = frame.scratch(bytesOf(column * spec.mu + vector * vectors.lanes));
      vectors.store(place, registers.accumulator(vector, column));
    }
  }
  asm.jmp(exits.scatter);
}

/**
 * Emits a micro-kernel: the product of a micro-panel of A and a micro-panel of B, in registers, added to a tile of C.
 *
 * Whole tiles of contiguous columns are updated by vectors, edges of them by masked vectors where the instruction set has
 * masks; everything else goes through the frame, element by element.
 */
export function emitMicroKernel(context: GemmContext, part: MicroTile, exits: MicroKernelExits): void {
  const { asm, spec, vectors, frame } = context;
  if (spec.prefetchC) prefetchC(context, part);
  accumulate(context, part);
  if (part.whole || vectors.hasMasks) {
    const strided = asm.label('strided');
    asm.cmp(frame.slot('cRowStride'), bytesOf(1));
    asm.jne(strided);
    updateVectors(context, part, exits);
    asm.bind(strided);
  }
  spill(context, part, exits);
}

/** Sets the mask of the last of `count` vectors of rows from the rows that are left; rax and rcx are lost. */
export function emitEdgeMask(context: GemmContext, count: number): void {
  const { asm, vectors } = context;
  const [eax, ecx] = [rax.as(32), rcx.as(32)];
  asm.mov(ecx, vectors.lanes * count);
  asm.cmp(tile.rowsLeft, rcx);
  asm.cmovl(rcx, tile.rowsLeft);
  asm.sub(ecx, vectors.lanes * (count - 1));
  asm.mov(eax, 1);
  asm.shl(eax, rcx.as(8));
  asm.dec(eax);
  asm.kmovw(edgeMask, eax);
}

/** Emits C = alpha * sums + beta * C for the sums in the frame and a tile of any size and strides. */
export function emitScatter(context: GemmContext, done: Label): void {
  const { asm, spec, vectors, frame } = context;
  const [sum, alpha, beta, element] = [0, 1, 2, 3] as const;
  const [column, row, overwrite] = [asm.label('column'), asm.label('row'), asm.label('overwrite')];
  vectors.load(alpha, frame.slot('alpha'), 1);
  vectors.load(beta, frame.slot('betaNow'), 1);
  asm.lea(rsi, frame.scratch());
  asm.mov(rdi, tile.c);
  asm.mov(rbp, spec.nu);
  asm.cmp(tile.columnsLeft, rbp);
  asm.cmovl(rbp, tile.columnsLeft);
  asm.bind(column);
  asm.mov(rcx, spec.mu);
  asm.cmp(tile.rowsLeft, rcx);
  asm.cmovl(rcx, tile.rowsLeft);
  asm.xor(rax.as(32), rax.as(32));
  asm.mov(rdx, rdi);
  asm.bind(row);
  vectors.zero(element);
  asm.cmp(frame.slot('betaNowIsZero'), 0);
  asm.jne(overwrite);
  vectors.loadScaled(element, beta, mem({ base: rdx }), 1);
  asm.bind(overwrite);
  vectors.load(sum, mem({ base: rsi, index: rax, scale: 8 }), 1);
  vectors.scaleAdd(sum, alpha, element, 1);
  vectors.store(mem({ base: rdx }), sum, 1);
  asm.add(rdx, frame.slot('cRowStride'));
  asm.inc(rax);
  asm.cmp(rax, rcx);
  asm.jl(row);
  asm.add(rsi, bytesOf(spec.mu));
  asm.add(rdi, tile.cColumnStride);
  asm.dec(rbp);
  asm.jnz(column);
  asm.jmp(done);
}
