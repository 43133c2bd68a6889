import { edgeMask, emitEdgeMask, emitNarrower, type LinesContext, lines } from './_x64_lines.ts';
import type { Lanes, Vectors } from './_x64_vectors.ts';
import { ecx, edx, type Label, type MaskRegister, type Memory, mem, r10, rdx } from './x64_operands.ts';

/*
 * Lines so short that the vector beside them stays in registers, a vector's worth in each: one line after the other then
 * costs little more than its elements.
 */

const CACHE_LINE_BYTES = 64;

/** Bytes of the whole vectors of a line. */
const wholeBytes = r10;

/** A vector's worth of a short line. */
export interface ShortStep {
  /** Number of the register that holds what is beside it. */
  register: number;
  lanes: Lanes;
  mask: MaskRegister | undefined;
  /** Its elements of the line. */
  at: Memory;
}

/** Whole vectors of a short line, at most. */
function mostVectors({ registers }: Vectors): number {
  return registers === 32 ? 24 : 8;
}

/** Whether lines have a short form: whole vectors are loaded of contiguous elements only. */
export function mayBeShort<Slot extends string>({ vectors, elements }: LinesContext<Slot>): boolean {
  return elements === 'contiguous' && vectors.lanes > 1;
}

/** Jumps where the lines, of as many elements as a slot says, are too long. */
export function jumpIfLong<Slot extends string>(
  { asm, vectors, frame }: LinesContext<Slot>,
  length: Slot | 'length',
  to: Label,
): void {
  asm.cmp(frame.slot(length), (mostVectors(vectors) + 1) * vectors.lanes);
  asm.jge(to);
}

/**
 * Emits walks along short lines.
 *
 * @param edges Whether what is left of a vector is done by a mask, where there are masks, or always by narrower vectors: a
 * store under a mask holds up loads from where it does not even write, such as those of the next line.
 */
export class ShortLines<Slot extends string> {
  /** How many registers the vector beside the lines takes, from 0 on. */
  readonly registers: number;
  readonly #context: LinesContext<Slot>;
  readonly #masked: boolean;
  readonly #whole: number;

  constructor(context: LinesContext<Slot>, edges: 'masked' | 'narrower') {
    const { vectors } = context;
    this.#context = context;
    this.#masked = edges === 'masked' && vectors.hasMasks;
    this.#whole = mostVectors(vectors);
    this.registers = this.#whole + (this.#masked ? 1 : Math.log2(vectors.lanes));
  }

  /** Prepares for lines of as many elements as a slot says: walks use rcx, r10 and the mask at edges; rdx is lost. */
  start(length: Slot | 'length'): void {
    const { asm, vectors, frame } = this.#context;
    asm.mov(lines.left, frame.slot(length));
    asm.mov(rdx, lines.left);
    asm.and(edx, -vectors.lanes);
    asm.lea(wholeBytes, mem({ index: rdx, scale: vectors.elementBytes }));
    asm.and(ecx, vectors.lanes - 1);
    if (this.#masked) emitEdgeMask(this.#context, ecx);
  }

  /**
   * Emits the walk along one line, from where `line` is; rsi is lost.
   *
   * @param prefetch Bytes to prefetch ahead of it, in memory where lines follow each other closely; 0 for none.
   */
  walk(step: (step: ShortStep) => void, prefetch = 0): void {
    const { asm, vectors } = this.#context;
    const { lanes } = vectors;
    const end = asm.label('shortEnd');
    if (this.#masked) {
      const whole = asm.label('whole');
      asm.test(ecx, ecx);
      asm.jz(whole);
      step({ register: this.#whole, lanes, mask: edgeMask, at: mem({ base: lines.line, index: wholeBytes }) });
      asm.bind(whole);
    } else {
      asm.lea(lines.vector, mem({ base: lines.line, index: wholeBytes }));
      emitNarrower(this.#context, (width, number) => {
        step({ register: this.#whole + number, lanes: width, mask: undefined, at: mem({ base: lines.vector }) });
        asm.add(lines.vector, vectors.bytesOf(width));
      });
    }
    for (let register = 0; register < this.#whole; register++) {
      const bytes = vectors.bytesOf(register * lanes);
      if (prefetch > 0 && bytes % CACHE_LINE_BYTES === 0)
        asm.prefetcht0(mem({ base: lines.line }).at(prefetch + bytes));
      asm.cmp(wholeBytes, bytes);
      asm.je(end);
      step({ register, lanes, mask: undefined, at: mem({ base: lines.line, displacement: bytes }) });
    }
    asm.bind(end);
  }
}
