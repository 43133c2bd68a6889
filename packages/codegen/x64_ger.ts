import { MOST_LINES } from './_spec_checks.ts';
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
} from './_x64_lines.ts';
import { Vectors } from './_x64_vectors.ts';
import { type GerBlockField, gerX64Abi } from './ger_abi.ts';
import type { GerSpec } from './ger_spec.ts';
import { Assembler } from './x64_assembler.ts';
import { mem, rax, rdi, rdx } from './x64_operands.ts';

/** State of the loops. A name ending in `Left` counts down, one ending in `At` is an address that moves. */
const loopSlots = ['length', 'rowsLeft', 'aRowsAt', 'xAt'] as const;

type Slot = GerBlockField | (typeof loopSlots)[number];

/** Scratch area in front of the piece of x: the factors of a group of columns. */
const FACTORS_BYTES = 64;

/** Adds a piece of x, times the elements of y, to the columns of A: several columns at once, contiguous or not. */
function emitColumns(context: LinesContext<Slot>, spec: GerSpec): void {
  const { asm, vectors, frame } = context;
  const [ofX, element, product, alpha] = [0, 1, 2, 3].map((index) => MOST_LINES + index) as [
    number,
    number,
    number,
    number,
  ];
  asm.mov(lines.lineStride, frame.slot('aColumnStride'));
  asm.mov(lines.elementStride, frame.slot('aRowStride'));
  asm.mov(lines.groupAt, frame.slot('aRowsAt'));
  asm.mov(lines.linesLeft, frame.slot('n'));
  asm.mov(lines.otherAt, frame.slot('y'));
  asm.mov(lines.otherStride, frame.slot('yStride'));
  vectors.broadcast(alpha, frame.element('alpha'));
  emitGroups(context, spec.yUnroll, (count, single) => {
    const [zero, nonzero] = [asm.label('zero'), asm.label('nonzero')];
    if (count > 1) {
      asm.mov(rdx, lines.otherAt);
      for (let column = 0; column < count; column++) {
        jumpIfZero(context, mem({ base: rdx }), single);
        asm.add(rdx, lines.otherStride);
      }
    } else jumpIfZero(context, mem({ base: lines.otherAt }), zero);
    for (let column = 0; column < count; column++) {
      vectors.load(column, mem({ base: lines.otherAt }), 1);
      vectors.multiply(column, alpha);
      vectors.store(frame.scratch(vectors.bytesOf(column)), column, 1);
      asm.add(lines.otherAt, lines.otherStride);
    }
    for (let column = 0; column < count; column++) vectors.broadcast(column, frame.scratch(vectors.bytesOf(column)));
    emitWalk(context, count, ({ lanes, mask, line, vector }) => {
      vectors.load(ofX, vector, lanes, mask);
      for (let column = 0; column < count; column++) {
        vectors.load(element, line(column), lanes, mask);
        vectors.multiplyAdd(element, column, ofX, product);
        vectors.store(line(column), element, lanes, mask);
      }
    });
    if (count === 1) {
      asm.jmp(nonzero);
      asm.bind(zero);
      asm.add(lines.otherAt, lines.otherStride);
      asm.bind(nonzero);
    }
  });
}

/**
 * Generates a GER kernel as x86-64 machine code for the System V ABI: `void ger(double *block)`.
 *
 * The function computes A = alpha x y^T + A for a matrix and vectors of any size and strides, described by a block of
 * doubles ({@linkcode gerX64Abi}). `yUnroll` columns at once are read and written, beside a piece of x that stays in the
 * level 1 cache; columns whose elements are not contiguous element by element. The code is position-independent, calls
 * nothing, keeps no state, and writes to nothing but A and its own stack (some 20 KB).
 *
 * Special values are those of the reference BLAS: `alpha = 0` reads and writes nothing, and columns whose element of y is
 * zero are neither read nor written, so that a NaN or infinity in x does not reach them; everything else propagates.
 *
 * @param spec The kernel, as {@linkcode gerSpec} makes it.
 * @returns The code and a function that lists it in Intel syntax.
 * @example
 * ```ts
 * import { gerSpec, x64Ger } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const { bytes, listing } = x64Ger(gerSpec({ isa: 'avx2' }));
 * assert.ok(bytes instanceof Uint8Array && bytes.length > 0);
 * assert.match(listing(), /vfmadd231pd ymm/);
 * ```
 */
export function x64Ger(spec: GerSpec): { bytes: Uint8Array; listing: () => string } {
  const asm = new Assembler();
  const vectors = new Vectors(asm, spec.isa, spec.muladd, spec.precision);
  const fields = Object.keys(gerX64Abi.fields) as GerBlockField[];
  const frame = new Frame<Slot>(asm, [...fields, ...loopSlots], FACTORS_BYTES + PIECE_BYTES);
  const context: LinesContext<Slot> = { asm, vectors, frame, unroll: spec.xUnroll, prefetch: spec.prefetch };
  const [rowLoop, gather, ready, done] = [
    asm.label('rows'),
    asm.label('gatherX'),
    asm.label('xReady'),
    asm.label('done'),
  ];
  frame.enter();
  emitBlock<Slot>(context, gerX64Abi.fields as Record<Slot, number>);
  for (const size of ['m', 'n'] as const) {
    asm.cmp(frame.slot(size), 0);
    asm.jle(done);
  }
  jumpIfZero(context, frame.element('alpha'), done);
  for (const [to, from] of [
    ['rowsLeft', 'm'],
    ['aRowsAt', 'a'],
    ['xAt', 'x'],
  ] as const) {
    asm.mov(rax, frame.slot(from));
    asm.mov(frame.slot(to), rax);
  }
  asm.bind(rowLoop);
  emitPiece(context, 'length', 'rowsLeft');
  asm.cmp(frame.slot('xStride'), vectors.bytesOf(1));
  asm.jne(gather);
  asm.mov(lines.vectorAt, frame.slot('xAt'));
  asm.jmp(ready);
  asm.bind(gather);
  asm.mov(rdi, frame.slot('xAt'));
  emitGather(context, 'xStride', frame.scratch(FACTORS_BYTES), 'length');
  asm.lea(lines.vectorAt, frame.scratch(FACTORS_BYTES));
  asm.bind(ready);
  emitColumns(context, spec);
  advanceSlot(context, 'aRowsAt', 'length', 'aRowStride');
  advanceSlot(context, 'xAt', 'length', 'xStride');
  asm.mov(rax, frame.slot('length'));
  asm.sub(frame.slot('rowsLeft'), rax);
  asm.jg(rowLoop);
  asm.bind(done);
  vectors.leave();
  frame.leave();
  const code = asm.finish();
  return { bytes: code.bytes, listing: () => code.listing };
}
