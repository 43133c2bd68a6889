import type { Frame } from './_x64_frame.ts';
import type { Lanes, Vectors } from './_x64_vectors.ts';
import type { Assembler } from './x64_assembler.ts';
import {
  eax,
  ecx,
  edx,
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
  /** How the elements of a line lie: side by side, apart, or as it turns out when the code runs. */
  readonly elements: 'contiguous' | 'spaced' | 'either';
  /** Which of the two cross no cache lines where both cannot: the first line of a group, or the vector beside it. */
  readonly aligned: 'line' | 'vector';
  /** Vectors in one turn of the innermost loop. */
  readonly unroll: number;
  /** Bytes that each line is prefetched ahead; 0 for none. */
  readonly prefetch: number;
}

/** Bytes in the pieces that long lines are cut into, so that the vector beside them stays in the level 1 cache: 16 KB of 32. */
export const PIECE_BYTES = 16384;

/** Pieces begin where whole cache lines do, if the vector does. */
const PIECE_GRAIN = 16;

const LOOP_ALIGNMENT_BYTES = 64;
const CACHE_LINE_BYTES = 64;

/** Elements at an end of a line that do not fill a vector, with an instruction set that has masks. */
export const edgeMask = k(1);

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
  /** Where a walk is: in the first line of the group, */
  line: rdi,
  /** and in the vector beside it. */
  vector: rsi,
  /** Elements that a walk has left. */
  left: rcx,
} as const;

const { line, vector, left } = lines;
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
  /** Which vector it is, counted from where the line starts in memory that is aligned, modulo those in a turn. */
  index: number;
  /** Elements in it, or with a mask at most so many. */
  lanes: Lanes;
  mask: MaskRegister | undefined;
  /** Its elements of a line. */
  line(index: number): Memory;
  /** Its elements of the vector beside the lines. */
  vector: Memory;
}

/** Puts into the mask that is used at edges as many ones as a register says; edx is lost. */
export function emitEdgeMask({ asm }: { asm: Assembler }, ones: typeof ecx): void {
  asm.mov(edx, -1);
  asm.bzhi(edx, edx, ones);
  asm.kmovw(edgeMask, edx);
}

/** Emits what is left of a line, less than a vector, without masks: by ever narrower vectors. */
export function emitNarrower(
  { asm, vectors }: { asm: Assembler; vectors: Vectors },
  step: (lanes: Lanes, number: number) => void,
): void {
  for (let lanes = vectors.lanes / 2, number = 0; lanes >= 1; lanes /= 2, number++) {
    const narrower = asm.label('narrower');
    asm.test(ecx, lanes);
    asm.jz(narrower);
    step(lanes as Lanes, number);
    asm.bind(narrower);
  }
}

/**
 * Emits a walk along `count` lines from their start, beside the vector, over as many elements as rcx says (at least 1).
 * Whole vectors first, unrolled; then what is left, by a mask or by narrower vectors; lines whose elements are not
 * contiguous element by element.
 *
 * With masks and lines that are contiguous for certain, vectors begin where vectors in aligned memory do; rcx must be at
 * least `unroll` vectors then. A line's elements meet the same indices and lanes, but for a rotation, wherever it lies.
 */
export function emitWalk<Slot extends string>(
  context: LinesContext<Slot>,
  count: number,
  step: (step: Step) => void,
): void {
  const { asm, vectors, unroll, prefetch, elements, aligned } = context;
  const { lanes, hasMasks } = vectors;
  const done = asm.label('walked');
  const emit = (index: number, width: Lanes, mask?: MaskRegister) => {
    const bytes = vectors.bytesOf(index * width);
    step({
      index,
      lanes: width,
      mask,
      line: (number) => lineAt(number).at(bytes),
      vector: mem({ base: vector, displacement: bytes }),
    });
  };
  const advance = (number: number) => {
    asm.add(line, vectors.bytesOf(number));
    asm.add(vector, vectors.bytesOf(number));
  };
  /** A loop that goes on while so many vectors are left; `entry` comes to the second vector of a turn. */
  const turns = (number: number, entry?: Label) => {
    const [loop, rest] = [asm.label('vectors'), asm.label('rest')];
    if (entry === undefined) {
      asm.sub(left, number * lanes);
      asm.jl(rest);
    }
    asm.align(LOOP_ALIGNMENT_BYTES);
    asm.bind(loop);
    for (let index = 0; index < number; index++) {
      emit(index, lanes);
      if (index === 0 && entry !== undefined) asm.bind(entry);
    }
    if (prefetch > 0) {
      for (let ahead = 0; ahead < vectors.bytesOf(number * lanes); ahead += CACHE_LINE_BYTES) {
        for (let number = 0; number < count; number++) asm.prefetcht0(lineAt(number).at(prefetch + ahead));
      }
    }
    advance(number * lanes);
    asm.sub(left, number * lanes);
    asm.jge(loop);
    asm.bind(rest);
    asm.add(left, number * lanes);
  };
  const fromAligned = () => {
    const entry = asm.label('aligned');
    asm.mov(rax, aligned === 'line' ? line : vector);
    asm.and(eax, vectors.bytesOf(lanes) - vectors.bytesOf(1));
    asm.sub(line, rax);
    asm.sub(vector, rax);
    asm.shr(eax, Math.log2(vectors.bytesOf(1)));
    asm.mov(edx, -1);
    asm.shlx(edx, edx, eax);
    asm.kmovw(edgeMask, edx);
    asm.lea(left, mem({ base: left, index: rax, displacement: -unroll * lanes }));
    emit(0, lanes, edgeMask);
    asm.jmp(entry);
    turns(unroll, entry);
  };
  /** The rest of a turn, each vector with its own index. */
  const maskedEnd = () => {
    const ends = Array.from({ length: unroll }, () => asm.label('end'));
    asm.mov(eax, ecx);
    asm.and(eax, lanes - 1);
    emitEdgeMask(context, eax);
    for (const [index, end] of ends.slice(0, -1).entries()) {
      asm.cmp(ecx, (index + 1) * lanes);
      asm.jl(end);
      emit(index, lanes);
    }
    for (const [index, end] of [...ends.entries()].reverse()) {
      asm.bind(end);
      asm.test(eax, eax);
      asm.jz(done);
      emit(index, lanes, edgeMask);
      if (index > 0 || elements === 'either') asm.jmp(done);
    }
  };
  const scalar = asm.label('elements');
  if (lanes > 1 && elements !== 'spaced') {
    if (elements === 'either') {
      asm.cmp(lines.elementStride, vectors.bytesOf(1));
      asm.jne(scalar);
    }
    if (hasMasks && elements === 'contiguous') fromAligned();
    else turns(unroll);
    if (hasMasks) maskedEnd();
    else {
      if (unroll > 1) turns(1);
      emitNarrower(context, (width) => {
        emit(0, width);
        advance(width);
      });
      if (elements === 'either') asm.jmp(done);
    }
  }
  if (lanes === 1 || elements !== 'contiguous') {
    asm.bind(scalar);
    emit(0, 1);
    asm.add(line, lines.elementStride);
    asm.add(vector, vectors.bytesOf(1));
    asm.dec(left);
    asm.jnz(scalar);
  }
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
  asm.mov(vector, beside);
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

/**
 * vectorAt = where the piece of a vector at a slot lies side by side: there, or in a copy of its `length` elements, of any
 * stride, at `copy`. rax, the registers of walks and vector register 0 are lost.
 */
export function emitContiguous<Slot extends string>(
  { asm, vectors, frame }: LinesContext<Slot>,
  { at, stride, copy }: { readonly at: Slot; readonly stride: Slot; readonly copy: Memory },
): void {
  const [loop, ready] = [asm.label('gather'), asm.label('gathered')];
  asm.mov(lines.vectorAt, frame.slot(at));
  asm.mov(rax, frame.slot(stride));
  asm.cmp(rax, vectors.bytesOf(1));
  asm.je(ready);
  asm.mov(line, lines.vectorAt);
  asm.lea(vector, copy);
  asm.mov(lines.vectorAt, vector);
  asm.mov(left, frame.slot('length'));
  asm.bind(loop);
  vectors.load(0, mem({ base: line }), 1);
  vectors.store(mem({ base: vector }), 0, 1);
  asm.add(line, rax);
  asm.add(vector, vectors.bytesOf(1));
  asm.dec(left);
  asm.jnz(loop);
  asm.bind(ready);
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

/**
 * Emits a loop over the pieces of a vector and of the lines beside it.
 *
 * @param whole The slot that says how long they are.
 * @param parts Slots of the loop: `length` of a piece and what is `left`.
 * @param moving Slots that hold an address in the piece, each with where it starts and the stride that it goes on by.
 * @param work Emits the work on a piece.
 */
export function emitPieces<Slot extends string>(
  context: LinesContext<Slot>,
  whole: Slot,
  parts: { readonly length: Slot | 'length'; readonly left: Slot },
  moving: readonly { readonly at: Slot; readonly from: Slot; readonly stride: Slot }[],
  work: () => void,
): void {
  const { asm, frame } = context;
  const loop = asm.label('pieces');
  for (const [to, from] of [[parts.left, whole] as const, ...moving.map(({ at, from }) => [at, from] as const)]) {
    asm.mov(rax, frame.slot(from));
    asm.mov(frame.slot(to), rax);
  }
  asm.bind(loop);
  emitPiece(context, parts.length, parts.left);
  work();
  for (const { at, stride } of moving) {
    asm.mov(rax, frame.slot(parts.length));
    asm.imul(rax, frame.slot(stride));
    asm.add(frame.slot(at), rax);
  }
  asm.mov(rax, frame.slot(parts.length));
  asm.sub(frame.slot(parts.left), rax);
  asm.jg(loop);
}
