import type { GeneratedCode } from './_generated_code.ts';
import {
  emitContiguous,
  emitGroups,
  emitPieces,
  emitWalk,
  jumpIfZero,
  type LinesContext,
  lines,
  PIECE_BYTES,
  startWalk,
} from './_x64_lines.ts';
import { linesKernel } from './_x64_lines_kernel.ts';
import { jumpIfLong, mayBeShort, ShortLines } from './_x64_short_lines.ts';
import { type GemvBlockField, gemvX64Abi } from './gemv_abi.ts';
import type { GemvSpec } from './gemv_spec.ts';
import { type Label, mem, rax, rdx } from './x64_operands.ts';

/** State of the loops. A name ending in `Left` counts down, one ending in `At` is an address that moves. */
const loopSlots = [
  ...(['rows', 'rowsLeft', 'aRowsAt', 'yAt', 'sumsAt', 'firstSum', 'alphaIsZero', 'betaIsZero'] as const),
  ...(['columnsLeft', 'aAt', 'xAt', 'batch', 'batchLeft', 'batchAt', 'batchSumsAt'] as const),
] as const;

type Slot = GemvBlockField | (typeof loopSlots)[number];

type Context = LinesContext<Slot>;

/** Rows of which a vector each waits to be summed together: a multiple of the elements of any vector. */
const BATCH_ROWS = 32;

const CACHE_LINE_BYTES = 64;

/** Where the scratch area has what: the sums of a piece of y, the vectors of a batch, a copy of a piece of x. */
const scratch = {
  // Sums begin in a cache line where A does, and loads and stores of whole vectors reach beyond both ends.
  sums: CACHE_LINE_BYTES,
  batch: CACHE_LINE_BYTES + PIECE_BYTES + 2 * CACHE_LINE_BYTES,
  x: CACHE_LINE_BYTES + PIECE_BYTES + (2 + BATCH_ROWS) * CACHE_LINE_BYTES,
} as const;

/** Adds the columns of a piece of y to its sums, several at once. */
function emitColumns(context: Context, { xUnroll }: GemvSpec): void {
  const { asm, vectors, frame } = context;
  const [sum, element, product] = [xUnroll, xUnroll + 1, xUnroll + 2];
  asm.mov(lines.elementStride, frame.slot('aRowStride'));
  asm.mov(lines.vectorAt, frame.slot('sumsAt'));
  asm.mov(rax, frame.slot('rows'));
  asm.mov(frame.slot('length'), rax);
  emitGroups(context, xUnroll, (count) => {
    for (let column = 0; column < count; column++) {
      vectors.broadcast(column, mem({ base: lines.otherAt }));
      asm.add(lines.otherAt, lines.otherStride);
    }
    emitWalk(context, count, ({ lanes, mask, line, vector }) => {
      vectors.load(sum, vector, lanes);
      for (let column = 0; column < count; column++) {
        vectors.multiplyAddMemory(sum, column, line(column), { element, product }, lanes, mask);
      }
      vectors.store(vector, sum, lanes);
    });
  });
}

/** Makes the sums of a piece of y whose columns are short. */
function emitShortColumns(context: Context, { xUnroll }: GemvSpec): void {
  const { asm, vectors, frame, prefetch } = context;
  const short = new ShortLines(context, 'masked');
  const [factor, element, product] = [0, 1, 2].map((index) => short.registers + index) as [number, number, number];
  const loop = asm.label('shortColumns');
  short.start('rows');
  asm.mov(lines.line, lines.groupAt);
  for (let sum = 0; sum < short.registers; sum++) vectors.zero(sum);
  asm.bind(loop);
  vectors.broadcast(factor, mem({ base: lines.otherAt }));
  asm.add(lines.otherAt, lines.otherStride);
  short.walk(
    ({ register, lanes, mask, at }) =>
      vectors.multiplyAddMemory(register, factor, at, { element, product }, lanes, mask),
    xUnroll * prefetch,
  );
  asm.add(lines.line, lines.lineStride);
  asm.dec(lines.linesLeft);
  asm.jnz(loop);
  asm.mov(lines.line, frame.slot('sumsAt'));
  short.walk(({ register, lanes, at }) => vectors.store(at, register, lanes));
}

/** Leaves for each row of a batch a vector whose elements sum to its product with a piece of x. */
function emitRows(context: Context, { yUnroll }: GemvSpec): void {
  const { asm, vectors, unroll } = context;
  const vectorBytes = vectors.bytesOf(vectors.lanes);
  const accumulator = (row: number, index: number) => row * unroll + index;
  const ofX = accumulator(yUnroll, 0);
  const free = { element: ofX + 1, product: ofX + 2 };
  emitGroups(context, yUnroll, (count) => {
    for (let row = 0; row < count; row++) {
      for (let index = 0; index < unroll; index++) vectors.zero(accumulator(row, index));
    }
    emitWalk(context, count, ({ index, lanes, mask, line, vector }) => {
      vectors.load(ofX, vector, lanes, mask);
      for (let row = 0; row < count; row++) {
        vectors.multiplyAddMemory(accumulator(row, index), ofX, line(row), free, lanes, mask);
      }
    });
    for (let row = 0; row < count; row++) {
      // Halves to halves, so that it does not matter to which of them a line's start came.
      for (let half = unroll / 2; half >= 1; half /= 2) {
        for (let index = 0; index < half; index++) {
          vectors.add(accumulator(row, index), accumulator(row, index + half));
        }
      }
      vectors.store(mem({ base: lines.otherAt, displacement: row * vectorBytes }), accumulator(row, 0));
    }
    asm.add(lines.otherAt, count * vectorBytes);
  });
}

/** As {@linkcode emitRows}, where rows are short. */
function emitShortRows(context: Context, { yUnroll }: GemvSpec): void {
  const { asm, vectors, prefetch } = context;
  const short = new ShortLines(context, 'masked');
  const sum = short.registers;
  const free = { element: sum + 1, product: sum + 2 };
  const loop = asm.label('shortRows');
  short.start('length');
  asm.mov(lines.line, lines.vectorAt);
  short.walk(({ register, lanes, mask, at }) => vectors.load(register, at, lanes, mask));
  asm.mov(lines.line, lines.groupAt);
  asm.bind(loop);
  vectors.zero(sum);
  short.walk(
    ({ register, lanes, mask, at }) => vectors.multiplyAddMemory(sum, register, at, free, lanes, mask),
    yUnroll * prefetch,
  );
  vectors.store(mem({ base: lines.otherAt }), sum);
  asm.add(lines.otherAt, vectors.bytesOf(vectors.lanes));
  asm.add(lines.line, lines.lineStride);
  asm.dec(lines.linesLeft);
  asm.jnz(loop);
  asm.mov(lines.groupAt, lines.line);
}

/** Adds to the sums of a piece of y what the vectors of a batch of its rows sum to. */
function emitBatchSums(context: Context): void {
  const { asm, vectors, frame } = context;
  const [fill, filled, loop] = [asm.label('fillBatch'), asm.label('batchFilled'), asm.label('batchSums')];
  const sumsAt = rdx;
  const vectorBytes = vectors.bytesOf(vectors.lanes);
  asm.mov(lines.left, frame.slot('batch'));
  asm.comment('as many vectors as are summed together: sums of what is there by chance could raise exceptions');
  vectors.zero(0);
  asm.bind(fill);
  asm.test(lines.left, vectors.lanes - 1);
  asm.jz(filled);
  vectors.store(mem({ base: lines.otherAt }), 0);
  asm.add(lines.otherAt, vectorBytes);
  asm.inc(lines.left);
  asm.jmp(fill);
  asm.bind(filled);
  asm.mov(sumsAt, frame.slot('batchSumsAt'));
  asm.lea(lines.otherAt, frame.scratch(scratch.batch));
  asm.bind(loop);
  const [before, spare] = [0, 1];
  vectors.load(before, mem({ base: sumsAt }));
  const sums = vectors.sumEach(mem({ base: lines.otherAt }), spare);
  vectors.add(sums, before);
  vectors.store(mem({ base: sumsAt }), sums);
  asm.add(sumsAt, vectorBytes);
  asm.add(lines.otherAt, vectors.lanes * vectorBytes);
  asm.sub(lines.left, vectors.lanes);
  asm.jg(loop);
  asm.mov(frame.slot('batchSumsAt'), sumsAt);
}

/** Sets the sums of a piece of y, whose columns are many or long, to what was asked for. */
function emitFirstSums({ asm, vectors, frame }: Context): void {
  const loop = asm.label('firstSums');
  vectors.broadcast(0, frame.element('firstSum'));
  asm.mov(lines.vector, frame.slot('sumsAt'));
  asm.mov(lines.left, frame.slot('rows'));
  asm.bind(loop);
  vectors.store(mem({ base: lines.vector }), 0);
  asm.add(lines.vector, vectors.bytesOf(vectors.lanes));
  asm.sub(lines.left, vectors.lanes);
  asm.jg(loop);
}

/** Adds the product of a piece of y to its sums, by columns. */
function emitByColumns(context: Context, spec: GemvSpec): void {
  const { asm, frame } = context;
  const [long, summed] = [asm.label('longColumns'), asm.label('columnsSummed')];
  asm.mov(lines.lineStride, frame.slot('aColumnStride'));
  asm.mov(lines.groupAt, frame.slot('aRowsAt'));
  asm.mov(lines.linesLeft, frame.slot('n'));
  asm.mov(lines.otherAt, frame.slot('x'));
  asm.mov(lines.otherStride, frame.slot('xStride'));
  if (mayBeShort(context)) {
    jumpIfLong(context, 'rows', long);
    emitShortColumns(context, spec);
    asm.jmp(summed);
    asm.bind(long);
  }
  emitColumns(context, spec);
  asm.bind(summed);
}

/** Adds the product of a piece of y to its sums, by rows: x piece by piece, beside each all rows, some at a time. */
function emitByRows(context: Context, spec: GemvSpec): void {
  const { asm, frame } = context;
  const moving = [
    { at: 'aAt', from: 'aRowsAt', stride: 'aColumnStride' },
    { at: 'xAt', from: 'x', stride: 'xStride' },
  ] as const;
  emitPieces(context, 'n', { length: 'length', left: 'columnsLeft' }, moving, () => {
    const [loop, all, long, multiplied] = ['batch', 'wholeBatch', 'longRows', 'rowsMultiplied'].map((name) =>
      asm.label(name),
    ) as [Label, Label, Label, Label];
    emitContiguous(context, { at: 'xAt', stride: 'xStride', copy: frame.scratch(scratch.x) });
    asm.mov(lines.lineStride, frame.slot('aRowStride'));
    asm.mov(lines.elementStride, frame.slot('aColumnStride'));
    asm.mov(lines.groupAt, frame.slot('aAt'));
    for (const [to, from] of [
      ['batchLeft', 'rows'],
      ['batchSumsAt', 'sumsAt'],
    ] as const) {
      asm.mov(rax, frame.slot(from));
      asm.mov(frame.slot(to), rax);
    }
    asm.bind(loop);
    asm.mov(lines.linesLeft, BATCH_ROWS);
    asm.cmp(frame.slot('batchLeft'), BATCH_ROWS);
    asm.jge(all);
    asm.mov(lines.linesLeft, frame.slot('batchLeft'));
    asm.bind(all);
    asm.mov(frame.slot('batch'), lines.linesLeft);
    asm.lea(lines.otherAt, frame.scratch(scratch.batch));
    if (mayBeShort(context)) {
      jumpIfLong(context, 'length', long);
      emitShortRows(context, spec);
      asm.jmp(multiplied);
      asm.bind(long);
    }
    emitRows(context, spec);
    asm.bind(multiplied);
    emitBatchSums(context);
    asm.sub(frame.slot('batchLeft'), BATCH_ROWS);
    asm.jg(loop);
  });
}

/** y = alpha * sums + beta y, for a piece. */
function emitUpdate(context: Context): void {
  const { asm, vectors, frame } = context;
  const [element, beta, sum, alpha] = [0, 1, 2, 3] as const;
  vectors.broadcast(alpha, frame.element('alpha'));
  vectors.broadcast(beta, frame.element('beta'));
  startWalk(context, frame.slot('yAt'), frame.slot('sumsAt'), 'rows');
  asm.mov(lines.elementStride, frame.slot('yStride'));
  emitWalk({ ...context, elements: 'either', unroll: 1, prefetch: 0 }, 1, ({ lanes, mask, line, vector }) => {
    const overwrite = asm.label('overwrite');
    vectors.zero(element);
    asm.cmp(frame.slot('betaIsZero'), 1);
    asm.je(overwrite);
    vectors.load(element, line(0), lanes, mask);
    vectors.multiply(element, beta);
    asm.bind(overwrite);
    vectors.load(sum, vector, lanes);
    vectors.scaleAdd(sum, alpha, element);
    vectors.store(line(0), sum, lanes, mask);
  });
}

/** Finds out which factors are zero, and what sums start from. */
function emitFactors(context: Context): void {
  const { asm, vectors, frame } = context;
  asm.mov(frame.slot('firstSum'), 0);
  for (const [factor, flag] of [
    ['alpha', 'alphaIsZero'],
    ['beta', 'betaIsZero'],
  ] as const) {
    const known = asm.label(flag);
    asm.mov(frame.slot(flag), 1);
    jumpIfZero(context, frame.element(factor), known);
    asm.mov(frame.slot(flag), 0);
    asm.bind(known);
  }
  const multiplied = asm.label('multiplied');
  asm.cmp(frame.slot('alphaIsZero'), 0);
  asm.je(multiplied);
  asm.comment('y is only scaled: to each element is added 0 * -0, which leaves it as it is, even -0');
  asm.mov(frame.slot('alpha'), 0);
  asm.mov(rax, 1);
  asm.shl(rax, 8 * vectors.elementBytes - 1);
  asm.mov(frame.slot('firstSum'), rax);
  asm.bind(multiplied);
}

/** Finds the place for the sums of a piece of y: as far into a cache line as its part of A, so that both cross none. */
function emitSumsAt({ asm, vectors, frame }: Context): void {
  asm.mov(rax, frame.slot('aRowsAt'));
  asm.and(rax, CACHE_LINE_BYTES - vectors.elementBytes);
  asm.lea(rdx, frame.scratch(scratch.sums));
  asm.add(rax, rdx);
  asm.mov(frame.slot('sumsAt'), rax);
}

/**
 * Generates a GEMV kernel as x86-64 machine code for the System V ABI: `void gemv(double *block)`.
 *
 * The function computes y = alpha A x + beta y for a matrix and vectors of any size and strides, of the `layout` it is made
 * for, described by a block of doubles ({@linkcode gemvX64Abi}). By columns, `xUnroll` of them at once are added to sums of a
 * piece of y that stays in the level 1 cache; by rows, `yUnroll` of them at once are multiplied by a piece of x. Where
 * columns or rows are short, the vector beside them stays in registers. Every element of A is read once. The code
 * is position-independent, calls nothing, keeps no state, and writes to nothing but y and its own stack (some 40 KB).
 *
 * Special values are those of the reference BLAS: `beta = 0` does not read y, `alpha = 0` does not read A or x, without
 * rows or columns nothing is done, and elements of x that are zero count like all others, so that a NaN in their
 * columns is seen. The products of an element of y are summed first, then scaled by alpha. That sum depends on the
 * specification, on n and, by rows, on nothing else: neither on the other rows nor on where A, x and y lie.
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
export function x64Gemv(spec: GemvSpec): GeneratedCode {
  const byRows = spec.layout.endsWith('rows');
  const scratchBytes = byRows ? scratch.x + PIECE_BYTES : scratch.batch;
  const moving = [
    { at: 'aRowsAt', from: 'a', stride: 'aRowStride' },
    { at: 'yAt', from: 'y', stride: 'yStride' },
  ] as const;
  const walks = { unroll: spec.unroll, aligned: byRows ? 'line' : 'vector' } as const;
  return linesKernel(spec, walks, gemvX64Abi.fields, loopSlots, scratchBytes, (context) => {
    const { asm, frame } = context;
    emitFactors(context);
    emitPieces(context, 'm', { length: 'rows', left: 'rowsLeft' }, moving, () => {
      const summed = asm.label('summed');
      emitSumsAt(context);
      emitFirstSums(context);
      asm.cmp(frame.slot('alphaIsZero'), 1);
      asm.je(summed);
      if (byRows) emitByRows(context, spec);
      else emitByColumns(context, spec);
      asm.bind(summed);
      emitUpdate(context);
    });
  });
}
