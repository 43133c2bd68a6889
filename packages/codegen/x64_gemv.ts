import { Frame } from './_x64_frame.ts';
import {
  advanceSlot,
  emitBlock,
  emitGather,
  emitGroups,
  emitPiece,
  emitWalk,
  jumpIfZero,
  type LinesContext,
  lines,
  PIECE_BYTES,
  type Step,
  startWalk,
} from './_x64_lines.ts';
import { Vectors } from './_x64_vectors.ts';
import { type GemvBlockField, gemvX64Abi } from './gemv_abi.ts';
import type { GemvSpec } from './gemv_spec.ts';
import { Assembler } from './x64_assembler.ts';
import { type Label, mem, rax, rcx, rdi, rdx } from './x64_operands.ts';

/** State of the loops. A name ending in `Left` counts down, one ending in `At` is an address that moves. */
const loopSlots = ['length', 'rows', 'rowsLeft', 'columnsLeft', 'aRowsAt', 'aAt', 'xAt', 'yAt', 'betaIsZero'] as const;

type Slot = GemvBlockField | (typeof loopSlots)[number];

interface Context extends LinesContext<Slot> {
  readonly spec: GemvSpec;
}

/** Bytes of the scratch area for the sums of a piece of y; a vector more, since whole vectors are stored. */
const SUMS_BYTES = PIECE_BYTES + 64;

/** Adds the columns of a piece of y to its sums: several columns at once, contiguous or not. */
function emitColumns(context: Context): void {
  const { asm, vectors, frame, spec } = context;
  const [sum, element, product] = [0, 1, 2].map((index) => spec.xUnroll + index) as [number, number, number];
  asm.mov(lines.lineStride, frame.slot('aColumnStride'));
  asm.mov(lines.elementStride, frame.slot('aRowStride'));
  asm.mov(lines.groupAt, frame.slot('aRowsAt'));
  asm.mov(lines.linesLeft, frame.slot('n'));
  asm.lea(lines.vectorAt, frame.scratch());
  asm.mov(lines.otherAt, frame.slot('x'));
  asm.mov(lines.otherStride, frame.slot('xStride'));
  asm.mov(rax, frame.slot('rows'));
  asm.mov(frame.slot('length'), rax);
  emitGroups(context, spec.xUnroll, (count) => {
    for (let column = 0; column < count; column++) {
      vectors.broadcast(column, mem({ base: lines.otherAt }));
      asm.add(lines.otherAt, lines.otherStride);
    }
    emitWalk(context, count, ({ lanes, mask, line, vector }: Step) => {
      vectors.load(sum, vector, lanes);
      for (let column = 0; column < count; column++) {
        vectors.load(element, line(column), lanes, mask);
        vectors.multiplyAdd(sum, column, element, product, true);
      }
      vectors.store(vector, sum, lanes);
    });
  });
}

/** Adds the rows of a piece of y, times x, to its sums: several rows at once, contiguous or not, x piece by piece. */
function emitRows(context: Context): void {
  const { asm, vectors, frame, spec, unroll } = context;
  const [columnLoop, gather, ready] = [asm.label('columns'), asm.label('gatherX'), asm.label('xReady')];
  const [element, product] = [0, 1];
  const accumulator = (row: number, index: number) => 2 + row * unroll + index;
  const ofX = (index: number) => accumulator(spec.yUnroll, index);
  asm.mov(rax, frame.slot('n'));
  asm.mov(frame.slot('columnsLeft'), rax);
  for (const [to, from] of [
    ['aAt', 'aRowsAt'],
    ['xAt', 'x'],
  ] as const) {
    asm.mov(rax, frame.slot(from));
    asm.mov(frame.slot(to), rax);
  }
  asm.mov(lines.lineStride, frame.slot('aRowStride'));
  asm.mov(lines.elementStride, frame.slot('aColumnStride'));
  asm.bind(columnLoop);
  emitPiece(context, 'length', 'columnsLeft');
  asm.cmp(frame.slot('xStride'), vectors.bytesOf(1));
  asm.jne(gather);
  asm.mov(lines.vectorAt, frame.slot('xAt'));
  asm.jmp(ready);
  asm.bind(gather);
  asm.mov(rdi, frame.slot('xAt'));
  emitGather(context, 'xStride', frame.scratch(SUMS_BYTES), 'length');
  asm.lea(lines.vectorAt, frame.scratch(SUMS_BYTES));
  asm.bind(ready);
  asm.mov(lines.groupAt, frame.slot('aAt'));
  asm.mov(lines.linesLeft, frame.slot('rows'));
  asm.lea(lines.otherAt, frame.scratch());
  emitGroups(context, spec.yUnroll, (count) => {
    for (let row = 0; row < count; row++) {
      for (let index = 0; index < unroll; index++) vectors.zero(accumulator(row, index));
    }
    emitWalk(context, count, ({ index, lanes, mask, line, vector }: Step) => {
      // Elements beyond the edge are loaded as zeros, so that they add nothing to whole registers.
      vectors.load(ofX(index), vector, lanes, mask);
      for (let row = 0; row < count; row++) {
        vectors.load(element, line(row), lanes, mask);
        vectors.multiplyAdd(accumulator(row, index), ofX(index), element, product, true);
      }
    });
    for (let row = 0; row < count; row++) {
      const sum = accumulator(row, 0);
      const at = mem({ base: lines.otherAt, displacement: vectors.bytesOf(row) });
      for (let index = 1; index < unroll; index++) vectors.add(sum, accumulator(row, index));
      vectors.sumLanes(sum, element);
      vectors.load(element, at, 1);
      vectors.add(element, sum, 1);
      vectors.store(at, element, 1);
    }
    asm.add(lines.otherAt, vectors.bytesOf(count));
  });
  advanceSlot(context, 'aAt', 'length', 'aColumnStride');
  advanceSlot(context, 'xAt', 'length', 'xStride');
  asm.mov(rax, frame.slot('length'));
  asm.sub(frame.slot('columnsLeft'), rax);
  asm.jg(columnLoop);
}

/** Sets the sums of a piece to zero, in whole vectors. */
function emitZeroSums({ asm, vectors, frame }: Context): void {
  const loop = asm.label('zeros');
  vectors.zero(0);
  asm.lea(rdx, frame.scratch());
  asm.mov(rcx, frame.slot('rows'));
  asm.bind(loop);
  vectors.store(mem({ base: rdx }), 0);
  asm.add(rdx, vectors.bytesOf(vectors.lanes));
  asm.sub(rcx, vectors.lanes);
  asm.jg(loop);
}

/** Walks along the piece of y, beside its sums. */
function emitAlongY(context: Context, step: (step: Step, element: number, beta: number) => void): void {
  const { asm, vectors, frame } = context;
  const [element, beta] = [0, 1] as const;
  vectors.broadcast(beta, frame.element('beta'));
  startWalk(context, frame.slot('yAt'), frame.scratch(), 'rows');
  asm.mov(lines.elementStride, frame.slot('yStride'));
  emitWalk({ ...context, prefetch: 0 }, 1, ({ index: _index, ...rest }) => {
    const overwrite = asm.label('overwrite');
    vectors.zero(element);
    asm.cmp(frame.slot('betaIsZero'), 1);
    asm.je(overwrite);
    vectors.load(element, rest.line(0), rest.lanes, rest.mask);
    vectors.multiply(element, beta);
    asm.bind(overwrite);
    step({ index: 0, ...rest }, element, beta);
  });
}

/** y = beta y, where no product is to be added. */
function emitScale(context: Context): void {
  const { vectors } = context;
  emitAlongY(context, ({ lanes, mask, line }, element) => vectors.store(line(0), element, lanes, mask));
}

/** y = alpha * sums + beta y. */
function emitUpdate(context: Context): void {
  const { vectors, frame } = context;
  const [sum, alpha] = [2, 3] as const;
  vectors.broadcast(alpha, frame.element('alpha'));
  emitAlongY(context, ({ lanes, mask, line, vector }, element) => {
    vectors.load(sum, vector, lanes);
    vectors.scaleAdd(sum, alpha, element);
    vectors.store(line(0), sum, lanes, mask);
  });
}

/** Goes on to the columns where those are contiguous, or where neither is but they are the denser; else to the rows. */
function emitChoice({ asm, vectors, frame }: Context, columns: Label, rows: Label): void {
  asm.mov(rax, frame.slot('aRowStride'));
  asm.mov(rdx, frame.slot('aColumnStride'));
  asm.cmp(rax, vectors.bytesOf(1));
  asm.je(columns);
  asm.cmp(rdx, vectors.bytesOf(1));
  asm.je(rows);
  for (const register of [rax, rdx]) {
    const positive = asm.label('positive');
    asm.test(register, register);
    asm.jns(positive);
    asm.neg(register);
    asm.bind(positive);
  }
  asm.cmp(rax, rdx);
  asm.jg(rows);
}

/** Emits the loop over the pieces of y; `work` leaves each right. */
function emitPiecesOfY(context: Context, work: () => void): void {
  const { asm, frame } = context;
  const loop = asm.label('rows');
  for (const [to, from] of [
    ['rowsLeft', 'm'],
    ['aRowsAt', 'a'],
    ['yAt', 'y'],
  ] as const) {
    asm.mov(rax, frame.slot(from));
    asm.mov(frame.slot(to), rax);
  }
  asm.bind(loop);
  emitPiece(context, 'rows', 'rowsLeft');
  work();
  advanceSlot(context, 'aRowsAt', 'rows', 'aRowStride');
  advanceSlot(context, 'yAt', 'rows', 'yStride');
  asm.mov(rax, frame.slot('rows'));
  asm.sub(frame.slot('rowsLeft'), rax);
  asm.jg(loop);
}

/**
 * Generates a GEMV kernel as x86-64 machine code for the System V ABI: `void gemv(double *block)`.
 *
 * The function computes y = alpha A x + beta y for a matrix and vectors of any size and strides, described by a block of
 * doubles ({@linkcode gemvX64Abi}). Where the columns of A are contiguous, `xUnroll` of them at once are added to sums of a
 * piece of y that stays in the level 1 cache; where the rows are, `yUnroll` of them at once are multiplied by a piece of x.
 * Other strides go the same ways element by element, along the denser dimension. Every element of A is read once. The code
 * is position-independent, calls nothing, keeps no state, and writes to nothing but y and its own stack (some 40 KB).
 *
 * Special values are those of the reference BLAS: `beta = 0` does not read y, `alpha = 0` does not read A or x, without
 * rows or columns nothing is done, and elements of x that are zero count like all others, so that a NaN in their
 * columns is seen. The products of an element of y are summed first, then scaled by alpha.
 *
 * @param spec The kernel, as {@linkcode gemvSpec} makes it.
 * @returns The code and a function that lists it in Intel syntax.
 * @example
 * ```ts
 * import { gemvSpec, x64Gemv } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const { bytes, listing } = x64Gemv(gemvSpec({ isa: 'avx512' }));
 * assert.ok(bytes instanceof Uint8Array && bytes.length > 0);
 * assert.match(listing(), /vfmadd231pd zmm/);
 * ```
 */
export function x64Gemv(spec: GemvSpec): { bytes: Uint8Array; listing: () => string } {
  const asm = new Assembler();
  const vectors = new Vectors(asm, spec.isa, spec.muladd, spec.precision);
  const fields = Object.keys(gemvX64Abi.fields) as GemvBlockField[];
  const frame = new Frame<Slot>(asm, [...fields, ...loopSlots], SUMS_BYTES + PIECE_BYTES);
  const context: Context = { asm, vectors, frame, spec, unroll: spec.unroll, prefetch: spec.prefetch };
  const [scaling, betaKnown, done] = [asm.label('scaling'), asm.label('betaKnown'), asm.label('done')];
  frame.enter();
  emitBlock<Slot>(context, gemvX64Abi.fields as Record<Slot, number>);
  for (const size of ['m', 'n'] as const) {
    asm.cmp(frame.slot(size), 0);
    asm.jle(done);
  }
  asm.mov(frame.slot('betaIsZero'), 1);
  jumpIfZero(context, frame.element('beta'), betaKnown);
  asm.mov(frame.slot('betaIsZero'), 0);
  asm.bind(betaKnown);
  jumpIfZero(context, frame.element('alpha'), scaling);
  emitPiecesOfY(context, () => {
    const [columns, rows, summed] = [asm.label('byColumns'), asm.label('byRows'), asm.label('summed')];
    emitZeroSums(context);
    emitChoice(context, columns, rows);
    asm.bind(columns);
    emitColumns(context);
    asm.jmp(summed);
    asm.bind(rows);
    emitRows(context);
    asm.bind(summed);
    emitUpdate(context);
  });
  asm.jmp(done);
  asm.bind(scaling);
  emitPiecesOfY(context, () => emitScale(context));
  asm.bind(done);
  vectors.leave();
  frame.leave();
  const code = asm.finish();
  return { bytes: code.bytes, listing: () => code.listing };
}
