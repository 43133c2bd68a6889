import { elementBytes, type Precision, vectorClass } from './_vector_class.ts';
import type { InstructionSet } from './gemm_spec.ts';
import type { Assembler } from './x64_assembler.ts';
import { type MaskRegister, type Memory, mem, rax, rcx, type Vector, type Xmm, xmm, ymm, zmm } from './x64_operands.ts';

/** Elements that an operation works on at once; the narrow ones serve edges of wide kernels. */
export type Lanes = 1 | 2 | 4 | 8 | 16;

/**
 * The elements of a vector that is filled in part, its first ones: so many; or as many as a mask has ones, in a register
 * (AVX-512) or in memory (AVX2).
 */
export type Part = { readonly lanes: number } | { readonly mask: MaskRegister } | { readonly maskAt: Memory };

/** Bytes in which vectors are shuffled: no interleaving crosses from one such quarter of a zmm register to the next. */
const PIECE_BYTES = 16;

/** Orders of `pshufd` that turn four elements by 0 to 3 places. */
const TURNED = [0b11_10_01_00, 0b00_11_10_01, 0b01_00_11_10, 0b10_01_00_11] as const;

/** The instructions for elements of one type: `p` is the ending of the packed ones, `s` of those for one element. */
function instructions<P extends 'pd' | 'ps', S extends 'sd' | 'ss'>(p: P, s: S) {
  return {
    move: { packed: `movu${p}`, one: `mov${s}` },
    multiply: { packed: `mul${p}`, one: `mul${s}` },
    add: { packed: `add${p}`, one: `add${s}` },
    unpackLow: `unpckl${p}`,
    unpackHigh: `unpckh${p}`,
    vmove: { packed: `vmovu${p}`, one: `vmov${s}` },
    vmultiply: { packed: `vmul${p}`, one: `vmul${s}` },
    vadd: { packed: `vadd${p}`, one: `vadd${s}` },
    vmultiplyAdd: `vfmadd231${p}`,
    vscaleAdd: { packed: `vfmadd213${p}`, one: `vfmadd213${s}` },
    vmaskedMove: `vmaskmov${p}`,
    vbroadcast: `vbroadcast${s}`,
    vunpackLow: `vunpckl${p}`,
    vunpackHigh: `vunpckh${p}`,
  } as const;
}

const instructionsFor = { double: instructions('pd', 'sd'), single: instructions('ps', 'ss') };

/**
 * Arithmetic on vectors, written once for all instruction sets and precisions: the generators say what is computed, this
 * class knows that SSE2 overwrites an operand, that AVX-512 masks, and how one element is repeated. Vector registers are
 * given by number; `lanes` defaults to the full vector. Arithmetic is on one element or on whole registers.
 */
export class Vectors {
  readonly lanes: Lanes;
  readonly registers: number;
  /**
   * Elements of the vectors that edges of few elements are computed with: half, where some processors do two of those in the time of a
   * whole one (AVX-512 on units of 256 bits), else all.
   */
  readonly narrowerLanes: Lanes;
  readonly hasMasks: boolean;
  /** Whether a {@linkcode Part} can be a mask, so that code need not know how many elements there are. */
  readonly hasMaskedParts: boolean;
  /** Bytes of an element. */
  readonly elementBytes: 4 | 8;
  /** Elements in the pieces that {@linkcode loadPieces} and {@linkcode transpose} work on. */
  readonly pieceLanes: 2 | 4;
  readonly #asm: Assembler;
  readonly #isa: InstructionSet;
  readonly #fused: boolean;
  readonly #is: (typeof instructionsFor)[Precision];

  constructor(asm: Assembler, isa: InstructionSet, muladd: 'fused' | 'separate', precision: Precision) {
    const { lanes, registers } = vectorClass(isa, precision);
    this.#asm = asm;
    this.#isa = isa;
    this.#fused = muladd === 'fused';
    this.#is = instructionsFor[precision];
    this.lanes = lanes as Lanes;
    this.registers = registers;
    this.narrowerLanes = (isa === 'avx512' ? lanes / 2 : lanes) as Lanes;
    this.hasMasks = isa === 'avx512';
    this.hasMaskedParts = isa === 'avx512' || isa === 'avx2';
    this.elementBytes = elementBytes[precision];
    this.pieceLanes = precision === 'double' ? 2 : 4;
  }

  /** Bytes of so many elements. */
  bytesOf(elements: number): number {
    return elements * this.elementBytes;
  }

  /** Whether the three-operand VEX and EVEX encodings exist; mixing them with legacy ones costs a transition. */
  get #threeOperands(): boolean {
    return this.#isa === 'avx512' || this.#isa === 'avx2';
  }

  #wide(number: number, lanes: Lanes): Vector {
    const bytes = lanes * this.elementBytes;
    return bytes === 64 ? zmm(number) : bytes === 32 ? ymm(number) : xmm(number);
  }

  /** The instruction that moves so many elements between a register and memory; two singles go as a double. */
  #moving(lanes: Lanes) {
    const is = lanes * this.elementBytes === 8 ? instructionsFor.double : this.#is;
    const form = lanes * this.elementBytes < PIECE_BYTES ? 'one' : 'packed';
    return this.#threeOperands ? is.vmove[form] : is.move[form];
  }

  /** Widths of vectors that make up `count` elements, widest first. */
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
    if (mask !== undefined) this.#asm.emit(this.#is.vmove.packed, to.mask(mask).zero(), from);
    else this.#asm.emit(this.#moving(lanes), to, from);
  }

  /** memory = x; where a mask is given the elements outside it are not written. */
  store(to: Memory, x: number, lanes: Lanes = this.lanes, mask?: MaskRegister): void {
    const from = this.#wide(x, lanes);
    if (mask !== undefined) this.#asm.emit(this.#is.vmove.packed, to.mask(mask), from);
    else this.#asm.emit(this.#moving(lanes), to, from);
  }

  /** x = the part of a vector in memory, zeros beyond it, which is not read; `spare` is a free register. */
  loadPart(x: number, from: Memory, part: Part, spare: number, lanes: Lanes = this.lanes): void {
    if ('mask' in part) this.load(x, from, lanes, part.mask);
    else if ('maskAt' in part) {
      const to = this.#wide(x, this.lanes);
      this.load(x, part.maskAt);
      this.#asm.emit(this.#is.vmaskedMove, to, to, from);
    } else if (part.lanes === 3) {
      this.load(x, from, 2);
      this.load(spare, from.at(this.bytesOf(2)), 1);
      this.#asm.movlhps(xmm(x), xmm(spare));
    } else this.load(x, from, part.lanes as Lanes);
  }

  /** memory = the part of x, nothing beyond it is written; x may be lost and `spare` is a free register. */
  storePart(to: Memory, x: number, part: Part, spare: number): void {
    if ('mask' in part) this.store(to, x, this.lanes, part.mask);
    else if ('maskAt' in part) {
      this.load(spare, part.maskAt);
      this.#asm.emit(this.#is.vmaskedMove, to, this.#wide(spare, this.lanes), this.#wide(x, this.lanes));
    } else if (part.lanes === 3) {
      this.store(to, x, 2);
      this.#asm.movhlps(xmm(x), xmm(x));
      this.store(to.at(this.bytesOf(2)), x, 1);
    } else this.store(to, x, part.lanes as Lanes);
  }

  /**
   * Makes the mask of a part of as many elements as `count` says, from 1 to a whole vector: in `mask` (AVX-512) or at `at`
   * (AVX2). rax, rcx and vector register 0 are lost; `count` is rcx.
   */
  makeMask(mask: MaskRegister, at: Memory): Part {
    const asm = this.#asm;
    if (this.hasMasks) {
      asm.mov(rax.as(32), 1);
      asm.shl(rax.as(32), rcx.as(8));
      asm.dec(rax.as(32));
      asm.kmovw(mask, rax.as(32));
      return { mask };
    }
    // Ones, then zeros: a vector read `count` elements before the zeros begin is the mask.
    const table = new Int32Array(16).fill(-1, 0, 8);
    asm.lea(rax, asm.constant(table, 32));
    asm.neg(rcx);
    this.load(0, mem({ base: rax, index: rcx, scale: this.elementBytes, displacement: 32 }));
    this.store(at, 0);
    return { maskAt: at };
  }

  /** x = one element of memory, repeated. */
  broadcast(x: number, from: Memory, lanes: Lanes = this.lanes): void {
    if (this.#threeOperands) this.#asm.emit(this.#is.vbroadcast, this.#wide(x, lanes), from);
    else {
      this.load(x, from, 1);
      this.repeat(x);
    }
  }

  /**
   * x = a vector of SSE2 in memory that is aligned to its size, with its elements turned: from `places` on, then those before. It takes one
   * instruction, where a broadcast takes two.
   */
  loadTurned(x: number, from: Memory, places: number): void {
    if (places === 0) this.load(x, from);
    else this.#asm.pshufd(xmm(x), from, this.lanes === 2 ? TURNED[2] : TURNED[places as 1 | 2 | 3]);
  }

  /**
   * Puts diagonals in order: register i holds element j of column (i + j) modulo their number, which is that of elements in a
   * vector of SSE2, and then column i. `spare` is a free register.
   */
  orderDiagonals(diagonals: readonly number[], spare: number): void {
    const asm = this.#asm;
    const [one, two, three, four] = diagonals.map(xmm) as [Xmm, Xmm, Xmm, Xmm];
    if (this.lanes === 2) {
      // The second elements belong to each other's column.
      asm.movaps(xmm(spare), one);
      asm.shufpd(one, two, 0b10);
      asm.shufpd(two, xmm(spare), 0b10);
      return;
    }
    // Elements 0 and 2 of one and 1 and 3 of the one before; then of those the same again, two apart.
    const join = 0b11_01_10_00;
    asm.movaps(xmm(spare), four);
    asm.shufps(four, three, join);
    asm.shufps(three, two, join);
    asm.shufps(two, one, join);
    asm.shufps(one, xmm(spare), join);
    for (const [low, high] of [
      [one, three],
      [two, four],
    ] as const) {
      asm.movaps(xmm(spare), low);
      asm.shufps(low, high, join);
      asm.shufps(high, xmm(spare), join);
    }
  }

  /** x = its first element, repeated. */
  repeat(x: number): void {
    if (this.#threeOperands) this.#asm.emit(this.#is.vbroadcast, this.#wide(x, this.lanes), xmm(x));
    else if (this.lanes === 2) this.#asm.unpcklpd(xmm(x), xmm(x));
    else if (this.lanes === 4) this.#asm.shufps(xmm(x), xmm(x), 0);
  }

  /** The double in memory, rounded to an element, alone in x. */
  convert(x: number, from: Memory): void {
    if (this.elementBytes === 8) this.load(x, from, 1);
    else if (this.#threeOperands) this.#asm.vcvtsd2ss(xmm(x), xmm(x), from);
    else this.#asm.cvtsd2ss(xmm(x), from);
  }

  /**
   * sum += x * y; `product` is a free register, untouched where the operation is fused. Where y is not needed again, two
   * operands are enough and a copy is saved.
   */
  multiplyAdd(sum: number, x: number, y: number, product: number, lastUseOfY = false, lanes: Lanes = this.lanes): void {
    const s = this.#wide(sum, lanes);
    const a = this.#wide(x, lanes);
    const b = this.#wide(y, lanes);
    if (this.#fused) this.#asm.emit(this.#is.vmultiplyAdd, s, a, b);
    else if (this.#threeOperands) {
      const p = this.#wide(product, lanes);
      this.#asm.emit(this.#is.vmultiply.packed, p, a, b);
      this.#asm.emit(this.#is.vadd.packed, s, s, p);
    } else {
      const result = lastUseOfY ? y : product;
      if (!lastUseOfY) this.#asm.movaps(xmm(product), xmm(y));
      this.#multiply2(result, x, lanes);
      this.#add2(sum, result, lanes);
    }
  }

  /**
   * sum += x * memory, which is read as by {@linkcode load}; an element that is not read counts as zero or not at all. `element`
   * and `product` are free registers.
   */
  multiplyAddMemory(
    sum: number,
    x: number,
    from: Memory,
    { element, product }: { readonly element: number; readonly product: number },
    lanes: Lanes = this.lanes,
    mask?: MaskRegister,
  ): void {
    // Of narrower ones the whole register: an instruction for fewer elements would clear the others of the sum.
    if (this.#fused && lanes === this.lanes) {
      const [to, factor] = [this.#wide(sum, lanes), this.#wide(x, lanes)];
      this.#asm.emit(this.#is.vmultiplyAdd, mask === undefined ? to : to.mask(mask), factor, from);
    } else {
      this.load(element, from, lanes, mask);
      this.multiplyAdd(sum, x, element, product, true);
    }
  }

  /** product = x * y. */
  multiplyTo(product: number, x: number, y: number, lanes: Lanes = this.lanes): void {
    const [p, a, b] = [product, x, y].map((number) => this.#wide(number, lanes)) as [Vector, Vector, Vector];
    if (this.#threeOperands) this.#asm.emit(this.#is.vmultiply.packed, p, a, b);
    else {
      this.#asm.movaps(xmm(product), xmm(y));
      this.#multiply2(product, x, lanes);
    }
  }

  /** x = x * factor + addend. */
  scaleAdd(x: number, factor: number, addend: number, lanes: Lanes = this.lanes): void {
    const to = this.#wide(x, lanes);
    const f = this.#wide(factor, lanes);
    const d = this.#wide(addend, lanes);
    const form = lanes === 1 ? 'one' : 'packed';
    if (!this.#threeOperands) {
      this.#multiply2(x, factor, lanes);
      this.#add2(x, addend, lanes);
    } else if (this.#fused) this.#asm.emit(this.#is.vscaleAdd[form], to, f, d);
    else {
      this.#asm.emit(this.#is.vmultiply[form], to, to, f);
      this.#asm.emit(this.#is.vadd[form], to, to, d);
    }
  }

  /** x = factor * memory; a mask as in {@linkcode load}. */
  loadScaled(x: number, factor: number, from: Memory, lanes: Lanes = this.lanes, mask?: MaskRegister): void {
    const to = this.#wide(x, lanes);
    const by = this.#wide(factor, lanes);
    const { vmultiply } = this.#is;
    if (mask !== undefined) this.#asm.emit(vmultiply.packed, to.mask(mask).zero(), by, from);
    else if (this.#threeOperands) this.#asm.emit(lanes === 1 ? vmultiply.one : vmultiply.packed, to, by, from);
    else {
      this.load(x, from, lanes);
      this.#multiply2(x, factor, lanes);
    }
  }

  /** Fills a piece with elements of as many places; in single precision the two registers after x are lost. */
  gather(x: number, places: readonly Memory[]): void {
    const [first, second, third, fourth] = places as [Memory, Memory, Memory?, Memory?];
    this.load(x, first, 1);
    if (third === undefined || fourth === undefined) {
      if (this.#threeOperands) this.#asm.vmovhpd(xmm(x), xmm(x), second);
      else this.#asm.movhpd(xmm(x), second);
      return;
    }
    const [one, two, three] = [x, x + 1, x + 2].map(xmm) as [Xmm, Xmm, Xmm];
    this.load(x + 1, second, 1);
    if (this.#threeOperands) this.#asm.vunpcklps(one, one, two);
    else this.#asm.unpcklps(one, two);
    this.load(x + 1, third, 1);
    this.load(x + 2, fourth, 1);
    if (this.#threeOperands) {
      this.#asm.vunpcklps(two, two, three);
      this.#asm.vmovlhps(one, one, two);
    } else {
      this.#asm.unpcklps(two, three);
      this.#asm.movlhps(one, two);
    }
  }

  /** Fills x with pieces of 16 bytes, one from each place. */
  loadPieces(x: number, places: readonly Memory[]): void {
    this.load(x, places[0]!, this.pieceLanes);
    for (const [position, place] of places.entries()) {
      if (position === 0) continue;
      if (places.length === 2) this.#asm.vinsertf128(ymm(x), ymm(x), place, position);
      else this.#asm.vinsertf32x4(zmm(x), zmm(x), place, position);
    }
  }

  /**
   * Transposes the squares of elements that as many registers hold in each of their pieces; `spare` is one more register.
   *
   * @returns The registers, in the order of what were columns.
   */
  transpose(rows: readonly number[], spare: number, lanes: Lanes): number[] {
    const double = instructionsFor.double;
    if (rows.length === 2) {
      const [even, odd] = rows as [number, number];
      this.#interleave(double, spare, even, odd, lanes);
      return [spare, odd];
    }
    const [one, two, three, four] = rows as [number, number, number, number];
    const { single } = instructionsFor;
    this.#interleave(single, spare, one, two, lanes);
    this.#interleave(single, one, three, four, lanes);
    // Pairs of what are now pairs of singles.
    this.#interleave(double, three, spare, one, lanes);
    this.#interleave(double, spare, two, four, lanes);
    return [three, one, spare, four];
  }

  /** low = (x0, y0, x2, y2, ...), y = (x1, y1, x3, y3, ...) within each piece; x is lost where instructions have two operands. */
  #interleave(is: (typeof instructionsFor)[Precision], low: number, x: number, y: number, lanes: Lanes): void {
    const l = this.#wide(low, lanes);
    const a = this.#wide(x, lanes);
    const b = this.#wide(y, lanes);
    if (this.#threeOperands) {
      this.#asm.emit(is.vunpackLow, l, a, b);
      this.#asm.emit(is.vunpackHigh, b, a, b);
    } else {
      this.#asm.movaps(xmm(low), xmm(x));
      this.#asm.emit(is.unpackLow, l, b);
      this.#asm.emit(is.unpackHigh, a, b);
      this.#asm.movaps(xmm(y), xmm(x));
    }
  }

  /** x = x * factor. */
  multiply(x: number, factor: number): void {
    const [to, f] = [x, factor].map((number) => this.#wide(number, this.lanes)) as [Vector, Vector];
    if (this.#threeOperands) this.#asm.emit(this.#is.vmultiply.packed, to, to, f);
    else this.#multiply2(x, factor, this.lanes);
  }

  /** x = x + addend. */
  add(x: number, addend: number, lanes: Lanes = this.lanes): void {
    const [to, d] = [x, addend].map((number) => this.#wide(number, lanes)) as [Vector, Vector];
    if (this.#threeOperands) this.#asm.emit(this.#is.vadd[lanes === 1 ? 'one' : 'packed'], to, to, d);
    else this.#add2(x, addend, lanes);
  }

  /**
   * Sums the elements of each of as many vectors as have elements, which lie one after the other in memory. Halves are added
   * to halves throughout, so that vectors whose elements are rotated have the same sums to the bit.
   *
   * @param spare The first of the registers that are lost, one more than there are elements in a vector.
   * @returns The register with the sums, in order.
   */
  sumEach(from: Memory, spare: number): number {
    const { lanes, pieceLanes } = this;
    if (lanes === 1) {
      this.load(spare, from);
      return spare;
    }
    const free = spare + lanes;
    const rows = Array.from({ length: pieceLanes }, (_, row) => {
      const registers = Array.from({ length: lanes / pieceLanes }, (_, piece) => spare + row + piece * pieceLanes);
      for (const register of registers) this.load(register, from.at(this.bytesOf((register - spare) * lanes)));
      return this.#sumPieces(registers, free);
    });
    const columns = this.transpose(rows, free, lanes);
    this.#addHalves(columns);
    return columns[0]!;
  }

  /** Leaves in the first register the sum of the pieces of each, one after the other. */
  #sumPieces(registers: readonly number[], spare: number): number {
    const [one, two, three, four] = registers as [number, number, number, number];
    /** x = half the pieces of x and half those of y, added to the other halves. */
    const addPieces = (x: number, y: number, low: number, high: number) => {
      if (registers.length === 2) {
        this.#asm.vperm2f128(ymm(spare), ymm(x), ymm(y), high);
        this.#asm.vperm2f128(ymm(x), ymm(x), ymm(y), low);
      } else {
        this.#asm.vshuff64x2(zmm(spare), zmm(x), zmm(y), high);
        this.#asm.vshuff64x2(zmm(x), zmm(x), zmm(y), low);
      }
      this.add(x, spare);
    };
    if (registers.length === 2) addPieces(one, two, 0x20, 0x31);
    if (registers.length === 4) {
      // Pieces 0 and 1 of each beside pieces 2 and 3, then 0 and 2 of what results beside 1 and 3.
      addPieces(one, two, 0x44, 0xee);
      addPieces(three, four, 0x44, 0xee);
      addPieces(one, three, 0x88, 0xdd);
    }
    return one;
  }

  /** Leaves the sum of all registers in the first: the second half is added to the first, and so on. */
  #addHalves(registers: readonly number[]): void {
    for (let half = registers.length / 2; half >= 1; half /= 2) {
      for (let index = 0; index < half; index++) this.add(registers[index]!, registers[index + half]!);
    }
  }

  /** Clears the upper halves that code compiled for SSE would otherwise stumble over. */
  leave(): void {
    if (this.#threeOperands) this.#asm.vzeroupper();
  }

  #multiply2(x: number, y: number, lanes: Lanes): void {
    this.#asm.emit(this.#is.multiply[lanes === 1 ? 'one' : 'packed'], xmm(x), xmm(y));
  }

  #add2(x: number, y: number, lanes: Lanes): void {
    this.#asm.emit(this.#is.add[lanes === 1 ? 'one' : 'packed'], xmm(x), xmm(y));
  }
}
