import type { Frame } from './_x64_frame.ts';
import type { Lanes, Vectors } from './_x64_vectors.ts';
import type { Assembler } from './x64_assembler.ts';
import {
  eax,
  ecx,
  k,
  type Label,
  type MaskRegister,
  type Memory,
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

/*
 * Loops over a matrix in groups of lines. A line is a column or a row, whichever is contiguous: both routines on a matrix
 * and vectors walk along some lines at once, beside one vector that is as long as they are.
 */

/** What the parts of such a generator share; `Slot` are the names of its frame. */
export interface LinesContext<Slot extends string> {
  readonly asm: Assembler;
  readonly vectors: Vectors;
  readonly frame: Frame<Slot | 'length'>;
  /** Vectors in one turn of the innermost loop. */
  readonly unroll: number;
  /** Bytes that each line is prefetched ahead; 0 for none. */
  readonly prefetch: number;
}

/** Elements in the pieces that long lines are cut into, so that the vector beside them stays in the level 1 cache: 16 KB of 32. */
export const PIECE_BYTES = 16384;

/** Pieces begin where whole cache lines do, if the vector does. */
const PIECE_GRAIN = 16;

const LOOP_ALIGNMENT_BYTES = 64;
const CACHE_LINE_BYTES = 64;

/** The elements at the end of a line that do not fill a vector (AVX-512). */
const edgeMask = k(1);

/**
 * Registers of the loops. A group of lines is entered with `groupAt`, `linesLeft`, both strides, `vectorAt` and the slot
 * `length` set; rax, rdx and the moving pointers are lost, `otherAt` and `otherStride` are the routine's own.
 */
export const lines = {
  /** First element of the next group's first line. */
  groupAt: rbp,
  /** Lines still to be walked. */
  linesLeft: rbx,
  /** Bytes from one line to the next. */
  lineStride: r8,
  /** Bytes from one element of a line to the next. */
  elementStride: r12,
  /** First element of the vector beside the lines, which is contiguous. */
  vectorAt: r13,
  /** A vector that has an element for each line. */
  otherAt: r14,
  /** Bytes from one of its elements to the next. */
  otherStride: r15,
} as const;

/** Moving pointers and the count of elements that are left. */
const [line, vector, left] = [rdi, rsi, rcx];
const [threeStrides, fiveStrides, sevenStrides] = [r9, r10, r11];

/** The element of line `index` of the group at the moving pointer. */
function lineAt(index: number): Memory {
  const terms = [
    undefined,
    [lines.lineStride, 1],
    [lines.lineStride, 2],
    [threeStrides, 1],
    [lines.lineStride, 4],
    [fiveStrides, 1],
    [threeStrides, 2],
    [sevenStrides, 1],
  ] as const;
  const term = terms[index];
  return term === undefined ? mem({ base: line }) : mem({ base: line, index: term[0], scale: term[1] });
}

/** One vector's worth of a walk. */
export interface Step {
  /** Which of the unrolled vectors it is. */
  index: number;
  /** Elements in it, or with a mask at most so many. */
  lanes: Lanes;
  mask: MaskRegister | undefined;
  /** Its elements of a line. */
  line(index: number): Memory;
  /** Its elements of the vector beside the lines. */
  vector: Memory;
}

/**
 * Emits a walk along `count` lines from their start, beside the vector, over as many elements as rcx says (at least 1).
 * Whole vectors first, unrolled; then what is left, by a mask or by narrower vectors; lines whose elements are not
 * contiguous element by element.
 */
export function emitWalk<Slot extends string>(
  { asm, vectors, unroll, prefetch }: LinesContext<Slot>,
  count: number,
  step: (step: Step) => void,
): void {
  const [scalar, scalarLoop, done] = [asm.label('elements'), asm.label('element'), asm.label('walked')];
  const emit = (index: number, lanes: Lanes, mask?: MaskRegister) => {
    const bytes = vectors.bytesOf(index * lanes);
    step({
      index,
      lanes,
      mask,
      line: (number) => lineAt(number).at(bytes),
      vector: mem({ base: vector, displacement: bytes }),
    });
  };
  const advance = (lanes: number) => {
    asm.add(line, vectors.bytesOf(lanes));
    asm.add(vector, vectors.bytesOf(lanes));
  };
  /** A loop that goes on while so many vectors are left. */
  const turns = (number: number) => {
    const [loop, rest] = [asm.label('vectors'), asm.label('rest')];
    const lanes = number * vectors.lanes;
    asm.sub(left, lanes);
    asm.jl(rest);
    asm.align(LOOP_ALIGNMENT_BYTES);
    asm.bind(loop);
    for (let index = 0; index < number; index++) emit(index, vectors.lanes);
    if (prefetch > 0) {
      for (let ahead = 0; ahead < vectors.bytesOf(lanes); ahead += CACHE_LINE_BYTES) {
        for (let number = 0; number < count; number++) asm.prefetcht0(lineAt(number).at(prefetch + ahead));
      }
    }
    advance(lanes);
    asm.sub(left, lanes);
    asm.jge(loop);
    asm.bind(rest);
    asm.add(left, lanes);
  };
  if (vectors.lanes > 1) {
    asm.cmp(lines.elementStride, vectors.bytesOf(1));
    asm.jne(scalar);
    if (unroll > 1) turns(unroll);
    turns(1);
    asm.jz(done);
    if (vectors.hasMasks) {
      asm.mov(eax, 1);
      asm.shl(eax, rcx.as(8));
      asm.dec(eax);
      asm.kmovw(edgeMask, eax);
      emit(0, vectors.lanes, edgeMask);
      asm.jmp(done);
    } else {
      for (let lanes = vectors.lanes / 2; lanes > 1; lanes /= 2) {
        const narrower = asm.label('narrower');
        asm.test(ecx, lanes);
        asm.jz(narrower);
        emit(0, lanes as Lanes);
        advance(lanes);
        asm.bind(narrower);
      }
      asm.and(ecx, 1);
      asm.jz(done);
    }
  }
  asm.bind(scalar);
  asm.bind(scalarLoop);
  emit(0, 1);
  asm.add(line, lines.elementStride);
  asm.add(vector, vectors.bytesOf(1));
  asm.dec(left);
  asm.jnz(scalarLoop);
  asm.bind(done);
}

/** Starts a walk along one line that is not of the matrix: `at` beside `beside`, `length` elements. */
export function startWalk<Slot extends string>(
  { asm, frame }: LinesContext<Slot>,
  at: Memory,
  beside: Memory,
  length: Slot | 'length',
): void {
  asm.mov(line, at);
  asm.lea(vector, beside);
  asm.mov(left, frame.slot(length));
}

/**
 * Emits a loop over all lines in groups of at most `most`, then of half as many, and so on to one.
 *
 * @param group Emits the work on a group of so many lines; it may jump to `single` to have only the first of them done.
 */
export function emitGroups<Slot extends string>(
  { asm, frame }: LinesContext<Slot>,
  most: number,
  group: (count: number, single: Label) => void,
): void {
  const [first, single, end] = [asm.label('groups'), asm.label('single'), asm.label('lines')];
  if (most > 3) asm.lea(threeStrides, mem({ base: lines.lineStride, index: lines.lineStride, scale: 2 }));
  if (most > 5) asm.lea(fiveStrides, mem({ base: lines.lineStride, index: lines.lineStride, scale: 4 }));
  if (most > 7) asm.lea(sevenStrides, mem({ base: threeStrides, index: lines.lineStride, scale: 4 }));
  asm.bind(first);
  for (let count = most; count >= 1; count = Math.floor(count / 2)) {
    const [loop, fewer] = [asm.label('group'), asm.label('fewer')];
    asm.bind(loop);
    if (count > 1) {
      asm.cmp(lines.linesLeft, count);
      asm.jl(fewer);
    } else asm.bind(single);
    asm.mov(line, lines.groupAt);
    asm.mov(vector, lines.vectorAt);
    asm.mov(left, frame.slot('length'));
    group(count, single);
    if (count === 1 || count === 2 || count === 4 || count === 8) {
      asm.lea(lines.groupAt, mem({ base: lines.groupAt, index: lines.lineStride, scale: count }));
    } else {
      asm.imul(rax, lines.lineStride, count);
      asm.add(lines.groupAt, rax);
    }
    asm.sub(lines.linesLeft, count);
    if (count > 1) {
      asm.jg(loop);
      asm.jmp(end);
      asm.bind(fewer);
    } else asm.jg(first);
  }
  asm.bind(end);
}

/**
 * length = what the next piece of `left` elements takes: all, or a whole piece, or half where that is between one and two
 * pieces. rax and rdx are lost.
 */
export function emitPiece<Slot extends string>(
  { asm, vectors, frame }: LinesContext<Slot>,
  length: Slot | 'length',
  elementsLeft: Slot,
): void {
  const chosen = asm.label('piece');
  const most = PIECE_BYTES / vectors.elementBytes;
  asm.mov(rax, frame.slot(elementsLeft));
  asm.cmp(rax, most);
  asm.jle(chosen);
  asm.mov(rdx, rax);
  asm.mov(rax, most);
  asm.cmp(rdx, 2 * most);
  asm.jge(chosen);
  asm.lea(rax, mem({ base: rdx, displacement: 2 * PIECE_GRAIN - 1 }));
  asm.shr(rax, 1);
  asm.and(rax, -PIECE_GRAIN);
  asm.bind(chosen);
  asm.mov(frame.slot(length), rax);
}

/** Copies `length` elements of any stride from an address in rdi to `target`; rax, rcx, rsi and vector register 0 are lost. */
export function emitGather<Slot extends string>(
  { asm, vectors, frame }: LinesContext<Slot>,
  stride: Slot,
  target: Memory,
  length: Slot | 'length',
): void {
  const loop = asm.label('gather');
  asm.lea(vector, target);
  asm.mov(left, frame.slot(length));
  asm.mov(rax, frame.slot(stride));
  asm.bind(loop);
  vectors.load(0, mem({ base: line }), 1);
  vectors.store(mem({ base: vector }), 0, 1);
  asm.add(line, rax);
  asm.add(vector, vectors.bytesOf(1));
  asm.dec(left);
  asm.jnz(loop);
}

const BLOCK_FIELD_BYTES = 8;

/**
 * Reads the argument block that rdi points to into the frame: integers, with strides in bytes, and factors as elements. rax
 * and vector register 0 are lost.
 */
export function emitBlock<Field extends string>(
  { asm, vectors, frame }: LinesContext<Field>,
  fields: Readonly<Record<Field, number>>,
): void {
  for (const [name, index] of Object.entries(fields) as [Field, number][]) {
    const given = mem({ base: rdi, displacement: index * BLOCK_FIELD_BYTES });
    if (name === 'alpha' || name === 'beta') {
      asm.mov(frame.slot(name), 0); // the slot is compared as a whole
      vectors.convert(0, given);
      vectors.store(frame.element(name), 0, 1);
      continue;
    }
    asm.cvttsd2si(rax, given);
    if (name.endsWith('Stride')) asm.shl(rax, Math.log2(vectors.elementBytes));
    asm.mov(frame.slot(name), rax);
  }
}

/** Jumps where a register or a slot holds +0 or -0, as an element; rax is lost. */
export function jumpIfZero<Slot extends string>(
  { asm, vectors }: LinesContext<Slot>,
  element: Memory,
  to: Label,
): void {
  const bits = vectors.elementBytes === 8 ? rax : eax;
  asm.emit('mov', bits, element);
  asm.emit('add', bits, bits); // drops the sign
  asm.jz(to);
}

/** slot += count * stride, all in the frame; rax is lost. */
export function advanceSlot<Slot extends string>(
  { asm, frame }: LinesContext<Slot>,
  slot: Slot,
  count: Slot | 'length',
  stride: Slot,
): void {
  asm.mov(rax, frame.slot(count));
  asm.imul(rax, frame.slot(stride));
  asm.add(frame.slot(slot), rax);
}
