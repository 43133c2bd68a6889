import { betaIs, type GemmContext } from './_x64_gemm_context.ts';
import type { Lanes } from './_x64_vectors.ts';
import type { Gpr64, Label, MaskRegister, Memory } from './x64_operands.ts';
import { k, mem, r8, r9, r10, r11, r12, r13, r14, rax, rbp, rbx, rcx, rdi, rdx, rsi } from './x64_operands.ts';

const CACHE_LINE_BYTES = 64;

/** Loops start where a fetch of 32 bytes and a line of the cache of decoded instructions do. */
const LOOP_ALIGNMENT_BYTES = 64;

/**
 * Steps of k between the last prefetch of C and its use. Memory answers within some 100 ns, 400 cycles; a step takes 12
 * (two 512-bit multiply-adds a cycle) to 24 of them.
 */
const PREFETCH_STEPS = 24;

/**
 * Registers of the macro-kernel, which the micro-kernels read: where they are, how much is left, how deep they go. The
 * micro-kernels themselves may change rax, rcx, rdx, rbx, rsi, rdi, rbp and every vector register.
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

/** The rows of an edge tile under a vector that they do not fill (AVX-512). */
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
  /** The sums are in the scratch area of the frame and C is still to be updated. */
  update: Label;
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
  const panelA = mem({ base: rax, displacement: vectors.bytesOf(step * spec.mu) });
  const panelB = mem({ base: rdx, displacement: vectors.bytesOf(step * spec.nu) });
  for (let vector = 0; vector < part.vectors; vector++) {
    vectors.load(registers.a(vector), panelA.at(vectors.bytesOf(vector * vectors.lanes)));
  }
  prefetchPanel(context, rax, spec.prefetchA, vectors.bytesOf(spec.mu), step);
  prefetchPanel(context, rdx, spec.prefetchB, vectors.bytesOf(spec.nu), step);
  for (let column = 0; column < part.columns; column++) {
    vectors.broadcast(registers.b(column), panelB.at(vectors.bytesOf(column)));
    for (let vector = 0; vector < part.vectors; vector++) {
      const sum = registers.accumulator(vector, column);
      const isLast = vector === part.vectors - 1;
      vectors.multiplyAdd(sum, registers.a(vector), registers.b(column), registers.product, isLast);
    }
  }
}

/** Prefetches one column of the tile of C, `rows` high, at an address. A prefetch of what is not there does nothing. */
function prefetchColumn({ asm, vectors }: GemmContext, rows: number, column: Gpr64): void {
  const last = vectors.bytesOf(rows) - 1;
  for (let offset = 0; offset < last; offset += CACHE_LINE_BYTES) {
    asm.prefetcht0(mem({ base: column, displacement: offset }));
  }
  asm.prefetcht0(mem({ base: column, displacement: last }));
}

/**
 * Runs over k, unrolled ku times: rax and rdx walk the panels, rcx counts.
 *
 * The last turns of a whole tile prefetch C, a column a turn: earlier, the panels streaming by would have pushed it out of
 * the level 1 cache again, and all at once it would fill the queue of misses.
 */
function accumulate(context: GemmContext, part: MicroTile): void {
  const { asm, spec, vectors } = context;
  // Edge tiles are few; the code of their loops counts more than its speed.
  const ku = part.whole ? spec.ku : 1;
  const label = (name: string) => asm.label(name);
  const [near, tail, tailLoop, done] = [label('nearEnd'), label('tail'), label('depthTail'), label('sum')];
  const advance = (steps: number) => {
    asm.add(rax, vectors.bytesOf(steps * spec.mu));
    asm.add(rdx, vectors.bytesOf(steps * spec.nu));
  };
  /** A loop that goes on while rcx, taken down by ku in each turn, is not negative. */
  const turns = (also: () => void) => {
    const loop = label('depth');
    asm.align(LOOP_ALIGNMENT_BYTES);
    asm.bind(loop);
    also();
    for (let step = 0; step < ku; step++) multiplyAdd(context, part, step);
    advance(ku);
    asm.sub(rcx, ku);
    asm.jge(loop);
  };
  asm.mov(rax, tile.panelA);
  asm.mov(rdx, tile.panelB);
  asm.mov(rcx, tile.depth);
  for (let index = 0; index < part.vectors * part.columns; index++) vectors.zero(index);
  if (spec.prefetchC && part.whole) {
    const lastTurns = part.columns + Math.ceil(PREFETCH_STEPS / ku);
    asm.sub(rcx, ku * (lastTurns + 1));
    asm.jl(near);
    turns(() => {});
    asm.bind(near);
    asm.mov(rdi, tile.c);
    asm.mov(rsi, part.columns);
    asm.add(rcx, ku * lastTurns);
    asm.jl(tail);
    turns(() => {
      prefetchColumn(context, spec.mu, rdi);
      // On to the next column, but never past the last.
      asm.lea(rbx, mem({ base: rdi, index: tile.cColumnStride }));
      asm.dec(rsi);
      asm.cmovg(rdi, rbx);
    });
  } else {
    asm.sub(rcx, ku);
    asm.jl(tail);
    turns(() => {});
  }
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

/** C = alpha * sums + beta * C for a whole tile whose rows are contiguous. */
function updateWhole(context: GemmContext, part: MicroTile, exits: MicroKernelExits): void {
  const { asm, vectors, frame } = context;
  const { accumulator, alpha, beta, element } = plan(context, part);
  const body = (update: (sum: number, place: Memory) => void) => {
    asm.mov(rdi, tile.c);
    for (let column = 0; column < part.columns; column++) {
      for (let vector = 0; vector < part.vectors; vector++) {
        const place = mem({ base: rdi, displacement: vectors.bytesOf(vector * vectors.lanes) });
        const sum = accumulator(vector, column);
        update(sum, place);
        vectors.store(place, sum);
      }
      if (column + 1 < part.columns) asm.add(rdi, tile.cColumnStride);
    }
    asm.jmp(exits.done);
  };
  const [overwrite, add] = [asm.label('overwrite'), asm.label('add')];
  vectors.broadcast(alpha, frame.element('alpha'));
  asm.cmp(frame.slot('betaNowIs'), betaIs.zero);
  asm.je(overwrite);
  asm.jg(add);
  vectors.broadcast(beta, frame.element('betaNow'));
  body((sum, place) => {
    vectors.loadScaled(element, beta, place);
    vectors.scaleAdd(sum, alpha, element);
  });
  // What every block of k but the first does.
  asm.bind(add);
  body((sum, place) => vectors.scaleAddMemory(sum, alpha, place, element));
  asm.bind(overwrite);
  // alpha * sum + 0 instead of alpha * sum: a sum of +0 stays +0, as it does when C starts from zero.
  vectors.zero(element);
  body((sum) => vectors.scaleAdd(sum, alpha, element));
}

/** Leaves the sums in the frame, column by column, for {@linkcode emitTileUpdate}. */
function spill(context: GemmContext, part: MicroTile, exits: MicroKernelExits): void {
  const { asm, spec, vectors, frame } = context;
  const { accumulator } = plan(context, part);
  for (let column = 0; column < part.columns; column++) {
    for (let vector = 0; vector < part.vectors; vector++) {
      const place = frame.scratch(vectors.bytesOf(column * spec.mu + vector * vectors.lanes));
      vectors.store(place, accumulator(vector, column));
    }
  }
  asm.jmp(exits.update);
}

/**
 * Emits a micro-kernel: the product of a micro-panel of A and a micro-panel of B, in registers, added to a tile of C.
 *
 * Whole tiles of contiguous columns are updated from the registers. All others, edges and strided ones, leave their sums
 * in the frame, where code that they share finds them.
 */
export function emitMicroKernel(context: GemmContext, part: MicroTile, exits: MicroKernelExits): void {
  const { asm, vectors, frame } = context;
  accumulate(context, part);
  if (part.whole) {
    const strided = asm.label('strided');
    asm.cmp(frame.slot('cRowStride'), vectors.bytesOf(1));
    asm.jne(strided);
    updateWhole(context, part, exits);
    asm.bind(strided);
  }
  spill(context, part, exits);
}

/** register = the smaller of a number and what is left. */
function atMost({ asm }: GemmContext, register: Gpr64, most: number, left: Gpr64): void {
  asm.mov(register, most);
  asm.cmp(left, register);
  asm.cmovl(register, left);
}

/** Prefetches the tile of C at an edge. */
export function emitEdgePrefetch(context: GemmContext): void {
  const { asm, spec } = context;
  const column = asm.label('prefetch');
  atMost(context, rcx, spec.nu, tile.columnsLeft);
  asm.mov(rdi, tile.c);
  asm.bind(column);
  prefetchColumn(context, spec.mu, rdi);
  asm.add(rdi, tile.cColumnStride);
  asm.dec(rcx);
  asm.jnz(column);
}

/** Emits C = alpha * sums + beta * C for the sums in the frame and a tile of any size and strides. */
export function emitTileUpdate(context: GemmContext, done: Label): void {
  const { asm, spec, vectors, frame } = context;
  const [sum, alpha, beta, element] = [0, 1, 2, 3] as const;
  const [columnOfC, columnOfSums, columns, rows] = [rdi, rsi, rbp, rbx];
  const [c, sums, rowsLeft] = [rdx, rax, rcx];
  const labels = ['column', 'vector', 'rest', 'row', 'nextColumn'].map((name) => asm.label(name));
  const [column, vector, rest, row, next] = labels as [Label, Label, Label, Label, Label];
  const update = (lanes: Lanes, mask?: MaskRegister) => {
    const overwrite = asm.label('overwrite');
    vectors.zero(element);
    asm.cmp(frame.slot('betaNowIs'), betaIs.zero);
    asm.je(overwrite);
    vectors.loadScaled(element, beta, mem({ base: c }), lanes, mask);
    asm.bind(overwrite);
    vectors.load(sum, mem({ base: sums }), lanes);
    vectors.scaleAdd(sum, alpha, element, lanes);
    vectors.store(mem({ base: c }), sum, lanes, mask);
  };
  vectors.broadcast(alpha, frame.element('alpha'));
  vectors.broadcast(beta, frame.element('betaNow'));
  atMost(context, columns, spec.nu, tile.columnsLeft);
  atMost(context, rows, spec.mu, tile.rowsLeft);
  if (vectors.hasMasks) {
    // The rows that do not fill a vector.
    const [eax, ecx] = [rax.as(32), rcx.as(32)];
    asm.mov(ecx, rows.as(32));
    asm.and(ecx, vectors.lanes - 1);
    asm.mov(eax, 1);
    asm.shl(eax, rcx.as(8));
    asm.dec(eax);
    asm.kmovw(edgeMask, eax);
  }
  asm.mov(columnOfC, tile.c);
  asm.lea(columnOfSums, frame.scratch());
  asm.bind(column);
  asm.mov(c, columnOfC);
  asm.mov(sums, columnOfSums);
  asm.mov(rowsLeft, rows);
  if (vectors.lanes > 1) {
    asm.cmp(frame.slot('cRowStride'), vectors.bytesOf(1));
    asm.jne(row);
    asm.bind(vector);
    asm.cmp(rowsLeft, vectors.lanes);
    asm.jl(rest);
    update(vectors.lanes);
    asm.add(c, vectors.bytesOf(vectors.lanes));
    asm.add(sums, vectors.bytesOf(vectors.lanes));
    asm.sub(rowsLeft, vectors.lanes);
    asm.jmp(vector);
    asm.bind(rest);
    asm.test(rowsLeft, rowsLeft);
    asm.jz(next);
    if (vectors.hasMasks) {
      update(vectors.lanes, edgeMask);
      asm.jmp(next);
    }
  }
  asm.bind(row);
  update(1);
  asm.add(c, frame.slot('cRowStride'));
  asm.add(sums, vectors.bytesOf(1));
  asm.dec(rowsLeft);
  asm.jnz(row);
  asm.bind(next);
  asm.add(columnOfC, tile.cColumnStride);
  asm.add(columnOfSums, vectors.bytesOf(spec.mu));
  asm.dec(columns);
  asm.jnz(column);
  asm.jmp(done);
}
