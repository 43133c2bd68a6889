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
} from './_x64_lines.ts';
import { linesKernel } from './_x64_lines_kernel.ts';
import { jumpIfLong, mayBeShort, ShortLines } from './_x64_short_lines.ts';
import { type GerBlockField, gerX64Abi } from './ger_abi.ts';
import type { GerSpec } from './ger_spec.ts';
import { mem, rdx } from './x64_operands.ts';

/** State of the loops. A name ending in `Left` counts down, one ending in `At` is an address that moves. */
const loopSlots = ['rowsLeft', 'aRowsAt', 'xAt'] as const;

type Context = LinesContext<GerBlockField | (typeof loopSlots)[number]>;

/** factor = alpha times the next element of y, repeated. */
function emitFactor({ vectors }: Context, factor: number, alpha: number): void {
  vectors.load(factor, mem({ base: lines.otherAt }), 1);
  vectors.multiply(factor, alpha);
  vectors.repeat(factor);
}

/** Adds a piece of x, times the elements of y, to the columns of A, several at once. */
function emitColumns(context: Context, { yUnroll }: GerSpec): void {
  const { asm, vectors, frame } = context;
  const [ofX, element, product, alpha] = [yUnroll, yUnroll + 1, yUnroll + 2, yUnroll + 3];
  vectors.broadcast(alpha, frame.element('alpha'));
  emitGroups(context, yUnroll, (count, single) => {
    const skipped = asm.label('skipped');
    if (count > 1) {
      asm.mov(rdx, lines.otherAt);
      for (let column = 0; column < count; column++) {
        jumpIfZero(context, mem({ base: rdx }), single);
        asm.add(rdx, lines.otherStride);
      }
    } else jumpIfZero(context, mem({ base: lines.otherAt }), skipped);
    for (let column = 0; column < count; column++) {
      emitFactor(context, column, alpha);
      if (count > 1) asm.add(lines.otherAt, lines.otherStride);
    }
    emitWalk(context, count, ({ lanes, mask, line, vector }) => {
      if (count > 1) vectors.load(ofX, vector, lanes, mask);
      for (let column = 0; column < count; column++) {
        vectors.load(element, line(column), lanes, mask);
        if (count > 1) vectors.multiplyAdd(element, column, ofX, product);
        else vectors.multiplyAddMemory(element, column, vector, { element: ofX, product }, lanes, mask);
        vectors.store(line(column), element, lanes, mask);
      }
    });
    if (count === 1) {
      asm.bind(skipped);
      asm.add(lines.otherAt, lines.otherStride);
    }
  });
}

/** As {@linkcode emitColumns}, where columns are short. */
function emitShortColumns(context: Context, { yUnroll }: GerSpec): void {
  const { asm, vectors, frame, prefetch } = context;
  const short = new ShortLines(context, 'narrower');
  const factor = short.registers;
  const [element, product, alpha] = [factor + 1, factor + 2, factor + 3];
  const [loop, skipped] = [asm.label('shortColumns'), asm.label('skipped')];
  short.start('length');
  asm.mov(lines.line, lines.vectorAt);
  short.walk(({ register, lanes, at }) => vectors.load(register, at, lanes));
  vectors.broadcast(alpha, frame.element('alpha'));
  asm.mov(lines.line, lines.groupAt);
  asm.bind(loop);
  jumpIfZero(context, mem({ base: lines.otherAt }), skipped);
  emitFactor(context, factor, alpha);
  short.walk(({ register, lanes, at }) => {
    vectors.load(element, at, lanes);
    vectors.multiplyAdd(element, factor, register, product);
    vectors.store(at, element, lanes);
  }, yUnroll * prefetch);
  asm.bind(skipped);
  asm.add(lines.otherAt, lines.otherStride);
  asm.add(lines.line, lines.lineStride);
  asm.dec(lines.linesLeft);
  asm.jnz(loop);
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
export function x64Ger(spec: GerSpec): GeneratedCode {
  const moving = [
    { at: 'aRowsAt', from: 'a', stride: 'aRowStride' },
    { at: 'xAt', from: 'x', stride: 'xStride' },
  ] as const;
  const walks = { unroll: spec.xUnroll, aligned: 'line' } as const;
  return linesKernel(spec, walks, gerX64Abi.fields, loopSlots, PIECE_BYTES, (context, done) => {
    const { asm, frame } = context;
    jumpIfZero(context, frame.element('alpha'), done);
    emitPieces(context, 'm', { length: 'length', left: 'rowsLeft' }, moving, () => {
      const [long, updated] = [asm.label('longColumns'), asm.label('updated')];
      emitContiguous(context, { at: 'xAt', stride: 'xStride', copy: frame.scratch() });
      asm.mov(lines.lineStride, frame.slot('aColumnStride'));
      asm.mov(lines.elementStride, frame.slot('aRowStride'));
      asm.mov(lines.groupAt, frame.slot('aRowsAt'));
      asm.mov(lines.linesLeft, frame.slot('n'));
      asm.mov(lines.otherAt, frame.slot('y'));
      asm.mov(lines.otherStride, frame.slot('yStride'));
      if (mayBeShort(context)) {
        jumpIfLong(context, 'length', long);
        emitShortColumns(context, spec);
        asm.jmp(updated);
        asm.bind(long);
      }
      emitColumns(context, spec);
      asm.bind(updated);
    });
  });
}
