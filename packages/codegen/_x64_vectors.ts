import { vectorClasses } from './_vector_class.ts';
import type { InstructionSet } from './gemm_spec.ts';
import type { Assembler } from './x64_assembler.ts';
import { type MaskRegister, type Memory, type Vector, xmm, ymm, zmm } from './x64_operands.ts';

/** Doubles that an operation works on at once; the narrow ones serve edges of wide kernels. */
export type Lanes = 1 | 2 | 4 | 8;

const BYTES_PER_DOUBLE = 8;

/**
 * Arithmetic on vectors of doubles, written once for all instruction sets: the generators say what is computed, this
 * class knows that SSE2 overwrites an operand, that AVX-512 masks, and how one double is repeated. Vector registers are
 * given by number; `lanes` defaults to the full vector.
 */
export class Vectors {
  readonly lanes: Lanes;
  readonly registers: number;
  readonly hasMasks: boolean;
  readonly #asm: Assembler;
  readonly #isa: InstructionSet;
  readonly #fused: boolean;

  constructor(asm: Assembler, isa: InstructionSet, muladd: 'fused' | 'separate') {
    this.#asm = asm;
    this.#isa = isa;
    this.#fused = muladd === 'fused';
    this.lanes = vectorClasses[isa].lanes;
    this.registers = vectorClasses[isa].registers;
    this.hasMasks = isa === 'avx512';
  }

  /** Whether the three-operand VEX and EVEX encodings exist; mixing them with legacy ones costs a transition. */
  get #threeOperands(): boolean {
    return this.#isa === 'avx512' || this.#isa === 'avx2';
  }

  #wide(number: number, lanes: Lanes): Vector {
    return lanes === 8 ? zmm(number) : lanes === 4 ? ymm(number) : xmm(number);
  }

  /** Widths of vectors that make up `count` doubles, widest first. */
  widthsOf(count: number): Lanes[] {
    const widths: Lanes[] = [];
    for (let lanes: number = this.lanes; count > 0; lanes /= 2) {
      for (; count >= lanes; count -= lanes) widths.push(lanes as Lanes);
    }
    return widths;
  }

  /** x = 0. */
  zero(x: number): void {
    if (this.#isa === 'avx512') this.#asm.vpxorq(zmm(x), zmm(x), zmm(x));
    else if (this.#isa === 'avx2') this.#asm.vxorpd(ymm(x), ymm(x), ymm(x));
    else this.#asm.xorpd(xmm(x), xmm(x));
  }

  /** x = memory; where a mask is given the elements outside it are zero and not read. */
  load(x: number, from: Memory, lanes: Lanes = this.lanes, mask?: MaskRegister): void {
    const to = this.#wide(x, lanes);
    if (mask !== undefined) this.#asm.vmovupd(to.mask(mask).zero(), from);
    else if (lanes === 1) this.#threeOperands ? this.#asm.vmovsd(xmm(x), from) : this.#asm.movsd(xmm(x), from);
    else if (this.#threeOperands) this.#asm.vmovupd(to, from);
    else this.#asm.movupd(xmm(x), from);
  }

  /** memory = x; where a mask is given the elements outside it are not written. */
  store(to: Memory, x: number, lanes: Lanes = this.lanes, mask?: MaskRegister): void {
    const from = this.#wide(x, lanes);
    if (mask !== undefined) this.#asm.vmovupd(to.mask(mask), from);
    else if (lanes === 1) this.#threeOperands ? this.#asm.vmovsd(to, xmm(x)) : this.#asm.movsd(to, xmm(x));
    else if (this.#threeOperands) this.#asm.vmovupd(to, from);
    else this.#asm.movupd(to, xmm(x));
  }

  /** x = one double of memory, repeated. */
  broadcast(x: number, from: Memory): void {
    if (this.#isa === 'avx512') this.#asm.vbroadcastsd(zmm(x), from);
    else if (this.#isa === 'avx2') this.#asm.vbroadcastsd(ymm(x), from);
    else {
      this.#asm.movsd(xmm(x), from);
      if (this.lanes > 1) this.#asm.unpcklpd(xmm(x), xmm(x));
    }
  }

  /**
   * sum += x * y; `product` is a free register, untouched where the operation is fused. Where y is not needed again, two
   * operands are enough and a copy is saved.
   */
  multiplyAdd(sum: number, x: number, y: number, product: number, lastUseOfY = false): void {
    const [s, a, b, p] = [sum, x, y, product].map((number) => this.#wide(number, this.lanes)) as [
      Vector,
      Vector,
      Vector,
      Vector,
    ];
    if (this.#fused) this.#asm.vfmadd231pd(s, a, b);
    else if (this.#threeOperands) {
      this.#asm.vmulpd(p, a, b);
      this.#asm.vaddpd(s, s, p);
    } else {
      const result = lastUseOfY ? y : product;
      if (!lastUseOfY) this.#asm.movapd(xmm(product), xmm(y));
      this.#multiply2(result, x, this.lanes);
      this.#add2(sum, result, this.lanes);
    }
  }

  /** x = x * factor + addend. */
  scaleAdd(x: number, factor: number, addend: number, lanes: Lanes = this.lanes): void {
    const [to, f, d] = [x, factor, addend].map((number) => this.#wide(number, lanes)) as [Vector, Vector, Vector];
    if (!this.#threeOperands) {
      this.#multiply2(x, factor, lanes);
      this.#add2(x, addend, lanes);
    } else if (lanes === 1) {
      if (this.#fused) this.#asm.vfmadd213sd(xmm(x), xmm(factor), xmm(addend));
      else {
        this.#asm.vmulsd(xmm(x), xmm(x), xmm(factor));
        this.#asm.vaddsd(xmm(x), xmm(x), xmm(addend));
      }
    } else if (this.#fused) this.#asm.vfmadd213pd(to, f, d);
    else {
      this.#asm.vmulpd(to, to, f);
      this.#asm.vaddpd(to, to, d);
    }
  }

  /** x = factor * memory; a mask as in {@linkcode load}. */
  loadScaled(x: number, factor: number, from: Memory, lanes: Lanes = this.lanes, mask?: MaskRegister): void {
    const to = this.#wide(x, lanes);
    const by = this.#wide(factor, lanes);
    if (mask !== undefined) this.#asm.vmulpd(to.mask(mask).zero(), by, from);
    else if (this.#threeOperands) {
      if (lanes === 1) this.#asm.vmulsd(xmm(x), xmm(factor), from);
      else this.#asm.vmulpd(to, by, from);
    } else {
      this.load(x, from, lanes);
      this.#multiply2(x, factor, lanes);
    }
  }

  /** x = x * factor + memory; `element` is a free register. */
  scaleAddMemory(x: number, factor: number, addend: Memory, element: number): void {
    const [to, f] = [this.#wide(x, this.lanes), this.#wide(factor, this.lanes)];
    if (this.#fused) this.#asm.vfmadd213pd(to, f, addend);
    else {
      this.load(element, addend);
      this.scaleAdd(x, factor, element);
    }
  }

  /** Two doubles of two places: x = (first, second). */
  loadTwo(x: number, first: Memory, second: Memory): void {
    this.load(x, first, 1);
    if (this.#threeOperands) this.#asm.vmovhpd(xmm(x), xmm(x), second);
    else this.#asm.movhpd(xmm(x), second);
  }

  /** Fills x with pairs of doubles, one pair from each place. */
  loadPairs(x: number, places: readonly Memory[]): void {
    this.load(x, places[0]!, 2);
    for (const [position, place] of places.entries()) {
      if (position === 0) continue;
      if (places.length === 2) this.#asm.vinsertf128(ymm(x), ymm(x), place, position);
      else this.#asm.vinsertf32x4(zmm(x), zmm(x), place, position);
    }
  }

  /** low = (x0, y0, x2, y2, ...), y = (x1, y1, x3, y3, ...); x is lost where instructions have two operands. */
  interleave(low: number, x: number, y: number, lanes: Lanes): void {
    const [l, a, b] = [low, x, y].map((number) => this.#wide(number, lanes)) as [Vector, Vector, Vector];
    if (this.#threeOperands) {
      this.#asm.vunpcklpd(l, a, b);
      this.#asm.vunpckhpd(b, a, b);
    } else {
      this.#asm.movapd(xmm(low), xmm(x));
      this.#asm.unpcklpd(xmm(low), xmm(y));
      this.#asm.unpckhpd(xmm(x), xmm(y));
      this.#asm.movapd(xmm(y), xmm(x));
    }
  }

  /** Clears the upper halves that code compiled for SSE would otherwise stumble over. */
  leave(): void {
    if (this.#threeOperands) this.#asm.vzeroupper();
  }

  #multiply2(x: number, y: number, lanes: Lanes): void {
    if (lanes === 1) this.#asm.mulsd(xmm(x), xmm(y));
    else this.#asm.mulpd(xmm(x), xmm(y));
  }

  #add2(x: number, y: number, lanes: Lanes): void {
    if (lanes === 1) this.#asm.addsd(xmm(x), xmm(y));
    else this.#asm.addpd(xmm(x), xmm(y));
  }
}

/** Bytes of so many doubles. */
export function bytesOf(doubles: number): number {
  return doubles * BYTES_PER_DOUBLE;
}
