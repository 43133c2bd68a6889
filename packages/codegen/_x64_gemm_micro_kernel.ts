import { betaIs, type GemmContext } from './_x64_gemm_context.ts';
import { CACHE_LINE_BYTES } from './_x64_gemm_packing.ts';
import { emitStep, prefetchersOf } from './_x64_gemm_prefetch.ts';
import { emitStridedPrefetch } from './_x64_gemm_tile_update.ts';
import type { MicroTile } from './_x64_gemm_tiles.ts';
import type { Lanes, Part } from './_x64_vectors.ts';
import type { MicroKernel } from './micro_kernel.ts';
import type { Gpr64, Label, Memory } from './x64_operands.ts';
import {
  type AddressOptions,
  mem,
  r8,
  r9,
  r10,
  r11,
  r12,
  r13,
  r14,
  r15,
  rax,
  rbp,
  rbx,
  rcx,
  rdi,
  rdx,
  rsi,
} from './x64_operands.ts';

/** Loops start where a fetch of 32 bytes and a line of the cache of decoded instructions do. */
const LOOP_ALIGNMENT_BYTES = 64;

/**
 * Steps of k between the last prefetch of C and its use. Memory answers within some 100 ns, 400 cycles; a step takes 12
 * (two 512-bit multiply-adds a cycle) to 24 of them.
 */
const PREFETCH_STEPS = 24;

/**
 * Registers of the macro-kernel, which the micro-kernels read: where the tile is, and the strides of operands that are not
 * packed. The micro-kernels themselves may change rax, rcx, rdx, rdi, r14 and every vector register.
 */
export const tile = {
  /** First element of A. */
  panelA: r8,
  /** First element of B. */
  panelB: r9,
  /** Tile of C. */
  c: r10,
  /** Bytes from one column of C to the next. */
  cColumnStride: r11,
  /** Bytes from one column of A to the next, if A is not packed. */
  aDepthStride: rsi,
  /** Bytes from one row of B to the next, if B is not packed. */
  bDepthStride: r15,
  /** Bytes from one column of B to the next, and so many times as much, if B is not packed. */
  bColumnStride: rbx,
  threeColumns: rbp,
  fiveColumns: r12,
  sevenColumns: r13,
} as const;

/** Moving pointers into A and B, steps of k that are left, a pointer into C that runs ahead, and what comes up. */
const [a, b, left, ahead, spare] = [rax, rdx, rcx, rdi, r14];

/** Where a micro-kernel goes when it is done. */
export interface MicroKernelExits {
  /** C is up to date. */
  done: Label;
  /** The sums are in the scratch area of the frame and C is still to be updated. */
  update: Label;
}

/** Vector registers of a micro-kernel: accumulators first, then a column of A, an element of B, a product. */
function plan({ spec, vectors: { registers } }: GemmContext, { vectors, columns }: MicroTile) {
  const accumulators = vectors * columns;
  const elements = Math.max(1, registers - accumulators - vectors - spec.latency);
  return {
    accumulator: (vector: number, column: number) => column * vectors + vector,
    a: (vector: number) => accumulators + vector,
    // Broadcasts take turns, so that the next does not wait for the last to be used.
    b: (column: number) => accumulators + vectors + (column % Math.min(elements, columns)),
    product: (index: number) => registers - 1 - index,
    // When the accumulation is over the operands' registers are free.
    alpha: registers - 1,
    beta: registers - 2,
    element: registers - 3,
    spare: registers - 4,
  };
}

/** How a loop over k walks an operand: the places of a step, and what moves the pointer after a step and after a turn of steps. */
interface Walk {
  place(index: number, step: number): Memory;
  afterStep(): void;
  afterTurn(steps: number): void;
}

/**
 * Walks an operand whose steps are `stepBytes` apart, so that one addition a turn is enough; `across` is the place of an
 * element of the first step.
 */
function evenWalk(
  { asm }: GemmContext,
  pointer: Gpr64,
  stepBytes: number,
  across: (index: number) => AddressOptions & { index?: Gpr64 },
): Walk {
  return {
    place: (index, step) => mem({ base: pointer, ...across(index) }).at(step * stepBytes),
    afterStep() {},
    afterTurn: (steps) => asm.add(pointer, steps * stepBytes),
  };
}

function walkA(context: GemmContext): Walk {
  const { asm, spec, vectors } = context;
  const across = (vector: number) => ({ displacement: vectors.bytesOf(vector * vectors.lanes) });
  if (spec.packA) return evenWalk(context, a, vectors.bytesOf(spec.mu), across);
  return {
    place: (vector) => mem({ base: a, ...across(vector) }),
    afterStep: () => asm.add(a, tile.aDepthStride),
    afterTurn() {},
  };
}

function walkB(context: GemmContext): Walk {
  const { asm, spec, vectors } = context;
  if (spec.packB) {
    return evenWalk(context, b, vectors.bytesOf(spec.nu), (column) => ({
      displacement: vectors.bytesOf(column),
    }));
  }
  const { bColumnStride, threeColumns, fiveColumns, sevenColumns } = tile;
  const terms = [
    {},
    { index: bColumnStride },
    { index: bColumnStride, scale: 2 },
    { index: threeColumns },
    { index: bColumnStride, scale: 4 },
    { index: fiveColumns },
    { index: threeColumns, scale: 2 },
    { index: sevenColumns },
  ] as const;
  if (spec.layoutB === 'column-major') return evenWalk(context, b, vectors.bytesOf(1), (column) => terms[column]!);
  return {
    place: (column) => mem({ base: b, ...terms[column] }),
    afterStep: () => asm.add(b, tile.bDepthStride),
    afterTurn() {},
  };
}

/** Sets the strides that {@linkcode tile} names for operands that are not packed; `columns` is the width of the widest tile. */
export function emitStrides({ asm, spec, frame }: GemmContext, columns: number): void {
  const { bColumnStride, threeColumns, fiveColumns, sevenColumns } = tile;
  if (!spec.packA) asm.mov(tile.aDepthStride, frame.slot('aColumnStride'));
  if (spec.packB) return;
  asm.mov(tile.bDepthStride, frame.slot('bRowStride'));
  asm.mov(bColumnStride, frame.slot('bColumnStride'));
  if (columns > 3) asm.lea(threeColumns, mem({ base: bColumnStride, index: bColumnStride, scale: 2 }));
  if (columns > 5) asm.lea(fiveColumns, mem({ base: bColumnStride, index: bColumnStride, scale: 4 }));
  if (columns > 7) asm.lea(sevenColumns, mem({ base: threeColumns, index: bColumnStride, scale: 4 }));
}

/** Prefetches the lines that begin in this step's share of a panel, `distance` bytes on: each line once in a turn of the loop. */
function prefetchPanel({ asm }: GemmContext, panel: Gpr64, distance: number, stepBytes: number, step: number): void {
  if (distance === 0) return;
  const first = Math.ceil((step * stepBytes) / CACHE_LINE_BYTES) * CACHE_LINE_BYTES;
  for (let line = first; line < (step + 1) * stepBytes; line += CACHE_LINE_BYTES) {
    asm.prefetcht0(mem({ base: panel, displacement: distance + line }));
  }
}

/** Prefetches one column of the tile of C at an address. A prefetch of what is not there does nothing. */
function prefetchColumn({ asm, vectors }: GemmContext, rows: number, column: Gpr64): void {
  const last = vectors.bytesOf(rows) - 1;
  for (let offset = 0; offset < last; offset += CACHE_LINE_BYTES) {
    asm.prefetcht0(mem({ base: column, displacement: offset }));
  }
  asm.prefetcht0(mem({ base: column, displacement: last }));
}

/**
 * Whether a tile is computed by diagonals: of a vector of B, which is multiplied as it lies and with its elements turned by each number of
 * places, instead of each element repeated. SSE2 repeats an element in two instructions, and turns a vector in one.
 */
function isTurned({ spec, vectors }: GemmContext, { columns }: MicroTile): boolean {
  return spec.isa === 'sse2' && spec.packB && spec.nu % vectors.lanes === 0 && columns % vectors.lanes === 0;
}

/** Makes columns of the diagonals. */
function orderSums(context: GemmContext, part: MicroTile): void {
  const { vectors } = context;
  const { accumulator, product } = plan(context, part);
  for (let first = 0; first < part.columns; first += vectors.lanes) {
    for (let vector = 0; vector < part.vectors; vector++) {
      const diagonals = Array.from({ length: vectors.lanes }, (_, turn) => accumulator(vector, first + turn));
      vectors.orderDiagonals(diagonals, product(0));
    }
  }
}

/**
 * Runs over k, unrolled ku times, from sums of zero.
 *
 * The last turns prefetch C, a column a turn: earlier, the panels streaming by would have pushed it out of the level 1 cache
 * again, and all at once it would fill the queue of misses.
 *
 * @returns What emits the ends of the prefetchers' rows, out of the way.
 */
function accumulate(context: GemmContext, part: MicroTile, whole: boolean): (() => void)[] {
  const { asm, spec, vectors, frame } = context;
  const registers = plan(context, part);
  const turned = isTurned(context, part);
  const [inA, inB] = [walkA(context), walkB(context)];
  // Edge tiles are few; the code of their loops counts more than its speed.
  const ku = whole ? spec.ku : 1;
  const prefetchers = whole ? prefetchersOf(spec) : [];
  const prefetched = spec.prefetchC && spec.layoutC !== 'strided';
  const [tail, tailLoop, done] = [asm.label('tail'), asm.label('depthTail'), asm.label('sum')];

  // Products that are still to be added, the oldest first.
  const waiting: { sum: number; product: number; lanes: Lanes }[] = [];
  let products = 0;
  const addOldest = () => {
    const { sum, product, lanes } = waiting.shift()!;
    vectors.add(sum, product, lanes);
  };
  const lanesOf = (vector: number) => (vector === part.vectors - 1 ? part.lastLanes : vectors.lanes);

  /** One step of k, `step` steps on from the pointers: a column of A times a row of B. */
  const multiplyAdd = (step: number) => {
    for (let vector = 0; vector < part.vectors; vector++) {
      const [register, place] = [registers.a(vector), inA.place(vector, step)];
      // A panel is filled up with zeros, an operand in place ends where it ends.
      if (part.part && !spec.packA && vector === part.vectors - 1) {
        vectors.loadPart(register, place, part.part, registers.b(0), part.lastLanes);
      } else vectors.load(register, place, lanesOf(vector));
    }
    if (spec.packA) prefetchPanel(context, a, spec.prefetchA, vectors.bytesOf(spec.mu), step);
    for (let column = 0; column < part.columns; column++) {
      if (turned) {
        const places = column % vectors.lanes;
        vectors.loadTurned(registers.b(column), inB.place(column - places, step), places);
      } else vectors.broadcast(registers.b(column), inB.place(column, step), lanesOf(0));
      for (let vector = 0; vector < part.vectors; vector++) {
        const sum = registers.accumulator(vector, column);
        const [x, y] = [registers.a(vector), registers.b(column)];
        const lanes = lanesOf(vector);
        if (spec.latency === 1) {
          vectors.multiplyAdd(sum, x, y, registers.product(0), vector === part.vectors - 1, lanes);
        } else {
          if (waiting.length === spec.latency) addOldest();
          const product = registers.product(products++ % spec.latency);
          vectors.multiplyTo(product, x, y, lanes);
          waiting.push({ sum, product, lanes });
        }
      }
    }
    inA.afterStep();
    inB.afterStep();
  };
  const turn = (steps: number) => {
    for (let step = 0; step < steps; step++) multiplyAdd(step);
    while (waiting.length > 0) addOldest();
    inA.afterTurn(steps);
    inB.afterTurn(steps);
  };

  const order = () => {
    if (turned) orderSums(context, part);
  };

  asm.mov(a, tile.panelA);
  asm.mov(b, tile.panelB);
  asm.mov(left, frame.slot('depth'));
  if (prefetched) asm.mov(ahead, tile.c);
  for (let index = 0; index < part.vectors * part.columns; index++) vectors.zero(index);
  const rowEnds: (() => void)[] = [];
  const turns = (name: string, fetching: boolean) => {
    const loop = asm.label(name);
    asm.align(LOOP_ALIGNMENT_BYTES);
    asm.bind(loop);
    if (fetching) {
      prefetchColumn(context, part.rows, ahead);
      // On to the next column in the turns from PREFETCH_STEPS and the number of columns before the end to PREFETCH_STEPS before.
      asm.lea(spare, mem({ base: left, displacement: -PREFETCH_STEPS }));
      asm.cmp(spare, ku * (part.columns - 1));
      asm.lea(spare, mem({ base: ahead, index: tile.cColumnStride }));
      asm.cmovb(ahead, spare);
    }
    rowEnds.push(...prefetchers.map((prefetcher) => emitStep(context, prefetcher, spare)));
    turn(ku);
    asm.sub(left, ku);
    if (ku === 1) asm.jnz(loop);
    else asm.jge(loop);
  };
  if (prefetched && whole && ku > 1) {
    // A loop without the prefetches of C until they begin: they are a tenth of the instructions of a turn.
    const late = asm.label('late');
    const lateSteps = PREFETCH_STEPS + ku * part.columns;
    asm.sub(left, ku + lateSteps);
    asm.jl(late);
    turns('earlyDepth', false);
    asm.bind(late);
    asm.add(left, lateSteps);
    asm.jl(tail);
  } else if (ku > 1) {
    asm.sub(left, ku);
    asm.jl(tail);
  }
  turns('depth', prefetched);
  if (ku === 1) {
    order();
    return rowEnds;
  }
  asm.bind(tail);
  asm.add(left, ku);
  asm.jz(done);
  asm.bind(tailLoop);
  turn(1);
  asm.dec(left);
  asm.jnz(tailLoop);
  asm.bind(done);
  order();
  return rowEnds;
}

/** Runs over k as {@linkcode accumulate} does, by a loop that was written by hand. */
function accumulateByHand(context: GemmContext, microKernel: MicroKernel): (() => void)[] {
  const { asm, spec, frame } = context;
  const rowEnds: (() => void)[] = [];
  asm.mov(a, tile.panelA);
  asm.mov(b, tile.panelB);
  asm.mov(left, frame.slot('depth'));
  microKernel.emit({
    ...{ asm, a, b, depth: left, c: tile.c, cColumnStride: tile.cColumnStride, scratch: ahead },
    walk() {
      rowEnds.push(...prefetchersOf(spec).map((prefetcher) => emitStep(context, prefetcher, spare)));
    },
  });
  return rowEnds;
}

/** sums = alpha * sums. */
function scaleSums(context: GemmContext, part: MicroTile): void {
  const { asm, spec, vectors, frame } = context;
  const { alpha, element } = plan(context, part);
  const [addend, scaled] = [asm.label('addend'), asm.label('scaled')];
  asm.cmp(frame.slot('alphaIsOne'), 0);
  asm.jne(scaled);
  vectors.broadcast(alpha, frame.element('alpha'));
  // Adding -0 changes nothing. Where C is not read +0 is added, as the reference does, which leaves no -0.
  vectors.zero(element);
  asm.cmp(frame.slot('betaNowIs'), betaIs.zero);
  asm.je(addend);
  vectors.broadcast(element, asm.constant(spec.precision === 'double' ? Float64Array.of(-0) : Float32Array.of(-0)));
  asm.bind(addend);
  for (let index = 0; index < part.vectors * part.columns; index++) vectors.scaleAdd(index, alpha, element);
  asm.bind(scaled);
}

/** C = alpha * sums + beta * C for a tile whose rows are contiguous. */
function updateColumns(context: GemmContext, part: MicroTile, exits: MicroKernelExits): void {
  const { asm, vectors, frame } = context;
  const { accumulator, beta, element, spare: register } = plan(context, part);
  const pointer = a;
  const overwrite = asm.label('overwrite');
  const body = (update: (sum: number, place: Memory, last: Part | undefined) => void) => {
    asm.mov(pointer, tile.c);
    for (let column = 0; column < part.columns; column++) {
      for (let vector = 0; vector < part.vectors; vector++) {
        const place = mem({ base: pointer, displacement: vectors.bytesOf(vector * vectors.lanes) });
        const sum = accumulator(vector, column);
        const last = vector === part.vectors - 1 ? part.part : undefined;
        update(sum, place, last);
        if (last) vectors.storePart(place, sum, last, register);
        else vectors.store(place, sum);
      }
      if (column + 1 < part.columns) asm.add(pointer, tile.cColumnStride);
    }
    asm.jmp(exits.done);
  };
  scaleSums(context, part);
  asm.cmp(frame.slot('betaNowIs'), betaIs.zero);
  asm.je(overwrite);
  vectors.broadcast(beta, frame.element('betaNow'));
  body((sum, place, last) => {
    if (last) {
      vectors.loadPart(element, place, last, register);
      vectors.multiplyAdd(sum, beta, element, register, true);
    } else vectors.multiplyAddMemory(sum, beta, place, { element, product: register });
  });
  asm.bind(overwrite);
  body(() => {});
}

/** Leaves the sums times alpha in the frame, column by column, for {@linkcode emitTileUpdate}. */
function spill(context: GemmContext, part: MicroTile, exits: MicroKernelExits): void {
  const { asm, spec, vectors, frame } = context;
  const { accumulator } = plan(context, part);
  scaleSums(context, part);
  for (let column = 0; column < part.columns; column++) {
    for (let vector = 0; vector < part.vectors; vector++) {
      const place = frame.scratch(vectors.bytesOf(column * spec.mu + vector * vectors.lanes));
      vectors.store(place, accumulator(vector, column));
    }
  }
  asm.jmp(exits.update);
}

/**
 * Emits a micro-kernel: the product of some rows of A and some columns of B, in registers, added to a tile of C.
 *
 * Tiles of contiguous columns are updated from the registers. Strided ones leave their sums in the frame, where code that
 * they share finds them.
 */
export function emitMicroKernel(context: GemmContext, part: MicroTile, exits: MicroKernelExits): void {
  const { asm, spec, vectors, frame, microKernel } = context;
  const whole = part.rows === spec.mu && part.columns === spec.nu;
  const [strided, columns] = [asm.label('strided'), asm.label('columns')];
  if (spec.prefetchC && spec.layoutC !== 'column-major') {
    asm.cmp(frame.slot('cRowStride'), vectors.bytesOf(1));
    asm.je(columns);
    emitStridedPrefetch(context, tile.c, part.columns);
    asm.bind(columns);
  }
  const rowEnds = microKernel && whole ? accumulateByHand(context, microKernel) : accumulate(context, part, whole);
  if (spec.layoutC === 'any') {
    asm.cmp(frame.slot('cRowStride'), vectors.bytesOf(1));
    asm.jne(strided);
  }
  if (spec.layoutC !== 'strided') updateColumns(context, part, exits);
  asm.bind(strided);
  if (spec.layoutC !== 'column-major') spill(context, part, exits);
  for (const emitRowEnd of rowEnds) emitRowEnd();
}
