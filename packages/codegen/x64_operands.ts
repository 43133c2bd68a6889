/**
 * Operands of x86-64 instructions: registers, masks, memory, labels. They are plain immutable values; an
 * {@linkcode Assembler} checks them against the instruction they are given to.
 *
 * @module
 */

import { generalClass, labelClass, maskClass, maskedClass, memoryClass, vectorClass } from './_x64_operand_class.ts';

const general64 = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'];
const general32 = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];
const general8 = ['al', 'cl', 'dl', 'bl', 'spl', 'bpl', 'sil', 'dil'];

/**
 * A general-purpose register seen through its low 8, 32 or 64 bits. There is a constant for each: `rax`, `r9d`, `cl`.
 *
 * @example
 * ```ts
 * import { GeneralRegister, r9 } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.ok(r9 instanceof GeneralRegister);
 * assert.equal(String(r9.as(32)), 'r9d');
 * ```
 */
export class GeneralRegister<Bits extends 8 | 32 | 64 = 8 | 32 | 64> {
  readonly kind = 'general';
  /** What the assembler tells operands apart by. */
  readonly class: number;

  constructor(
    /** Width in bits. */
    readonly bits: Bits,
    /** Number in the encoding, 0 (`rax`) to 15 (`r15`). */
    readonly number: number,
  ) {
    this.class = generalClass(bits, number);
  }

  /** The same register at another width: `rax.as(32)` is `eax`. */
  as<Other extends 8 | 32 | 64>(bits: Other): GeneralRegister<Other> {
    return new GeneralRegister(bits, this.number);
  }

  /** Intel name. */
  toString(): string {
    const { bits, number } = this;
    if (number < 8) return (bits === 64 ? general64 : bits === 32 ? general32 : general8)[number]!;
    return `r${number}${bits === 64 ? '' : bits === 32 ? 'd' : 'b'}`;
  }
}

/**
 * A vector register of 128, 256 or 512 bits. Made by {@linkcode xmm}, {@linkcode ymm} and {@linkcode zmm}.
 *
 * @example
 * ```ts
 * import { VectorRegister, zmm } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.ok(zmm(3) instanceof VectorRegister);
 * assert.equal(String(zmm(3).as(256)), 'ymm3');
 * ```
 */
export class VectorRegister<Bits extends 128 | 256 | 512 = 128 | 256 | 512> {
  readonly kind = 'vector';
  /** What the assembler tells operands apart by. */
  readonly class: number;

  constructor(
    /** Width in bits. */
    readonly bits: Bits,
    /** Number, 0 to 31. */
    readonly number: number,
  ) {
    this.class = vectorClass(bits, number);
  }

  /** The same register at another width: `zmm(3).as(256)` is `ymm3`. */
  as<Other extends 128 | 256 | 512>(bits: Other): VectorRegister<Other> {
    return new VectorRegister(bits, this.number);
  }

  /** This register as a destination of which only the elements that `mask` selects are written: `zmm1{k1}`. */
  mask<This extends VectorRegister>(this: This, mask: MaskRegister): Masked<This> {
    return new Masked(this, mask, false);
  }

  /** Intel name. */
  toString(): string {
    return `${this.bits === 128 ? 'x' : this.bits === 256 ? 'y' : 'z'}mm${this.number}`;
  }
}

/**
 * An AVX-512 mask register, `k0` to `k7`. Made by {@linkcode k}.
 *
 * @example
 * ```ts
 * import { k, MaskRegister } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.ok(k(1) instanceof MaskRegister);
 * assert.equal(String(k(2).mask(k(1))), 'k2{k1}');
 * ```
 */
export class MaskRegister {
  readonly kind = 'mask';
  /** What the assembler tells operands apart by. */
  readonly class: number = maskClass;

  constructor(
    /** Number, 0 to 7. */
    readonly number: number,
  ) {}

  /** This register as the destination of a comparison of which only the elements that `mask` selects count: `k2{k1}`. */
  mask(mask: MaskRegister): Masked<MaskRegister> {
    return new Masked(this, mask, false);
  }

  /** Intel name. */
  toString(): string {
    return `k${this.number}`;
  }
}

/**
 * A destination under a mask: `zmm1{k1}`, `zmm1{k1}{z}`, `[rdi]{k1}`. Made by the `mask` methods of operands.
 *
 * @example
 * ```ts
 * import { k, Masked, mem, rdi, zmm } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.ok(zmm(1).mask(k(1)) instanceof Masked);
 * assert.equal(String(zmm(1).mask(k(1)).zero()), 'zmm1{k1}{z}');
 * assert.equal(String(mem({ base: rdi }).mask(k(1))), '[rdi]{k1}');
 * ```
 */
export class Masked<Target extends VectorRegister | MaskRegister | MemoryOperand> {
  readonly kind = 'masked';
  /** What the assembler tells operands apart by. */
  readonly class: number;

  constructor(
    /** What is written. */
    readonly target: Target,
    /** Which elements are. */
    readonly by: MaskRegister,
    /** Whether the other elements become zero instead of keeping their value. */
    readonly zeroing: boolean,
  ) {
    this.class = maskedClass(target, by, zeroing);
  }

  /** The same destination with the elements that the mask leaves out set to zero: `zmm1{k1}{z}`. Memory has no such form. */
  zero(this: Masked<VectorRegister>): Masked<Target> {
    return new Masked(this.target, this.by, true) as unknown as Masked<Target>;
  }

  /** Intel notation. */
  toString(): string {
    return `${this.target}{${this.by}}${this.zeroing ? '{z}' : ''}`;
  }
}

/**
 * A place in the code or in its data. Made by `Assembler.label`, given a place by `Assembler.bind`.
 *
 * @example
 * ```ts
 * import { Assembler, Label } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const a = new Assembler();
 * const end = a.label('end');
 * assert.ok(end instanceof Label);
 * a.jmp(end);
 * a.nop(3);
 * a.bind(end);
 * assert.equal(a.finish().offsetOf(end), 5);
 * ```
 */
export class Label {
  readonly kind = 'label';
  /** What the assembler tells operands apart by. */
  readonly class: number = labelClass;

  constructor(
    /** Name in the listing. */
    readonly name: string,
    /** The assembler that made it. */
    readonly owner: unknown,
  ) {}

  /** Name in the listing. */
  toString(): string {
    return this.name;
  }
}

/** What {@linkcode mem} takes: `[base + index*scale + displacement]` or `[label + displacement]`. */
export interface AddressOptions {
  /** A 64-bit register, or a label for an address relative to the instruction pointer. */
  readonly base?: Gpr64 | Label | undefined;
  /** A 64-bit register but `rsp`, or the vector of indices of a gather or scatter. */
  readonly index?: Gpr64 | Vector | undefined;
  /** Factor of the index: 1, 2, 4 or 8. Default 1. */
  readonly scale?: 1 | 2 | 4 | 8 | undefined;
  /** Signed 32-bit number of bytes. Default 0. */
  readonly displacement?: number | undefined;
  /** Elements that one element in memory is repeated to: 8 is `{1to8}`. AVX-512 only. */
  readonly broadcast?: 2 | 4 | 8 | 16 | undefined;
  /** Size of what is accessed, where the other operands leave it open: `inc dword ptr [rax]` is `bytes: 4`. */
  readonly bytes?: 1 | 2 | 4 | 8 | 16 | 32 | 64 | undefined;
}

/**
 * A memory operand; {@linkcode mem} makes it. `Kind` keeps broadcasts and vectors of indices to the instructions that
 * take them.
 *
 * @example
 * ```ts
 * import { mem, MemoryOperand, rsi } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const memory = mem({ base: rsi });
 * assert.ok(memory instanceof MemoryOperand);
 * assert.equal(String(memory.at(16).broadcastTo(8)), '[rsi+16]{1to8}');
 * ```
 */
export class MemoryOperand<Kind extends 'plain' | 'broadcast' | 'indexed' = 'plain' | 'broadcast' | 'indexed'> {
  // Declared and not defined, since every generated kernel makes hundreds: each definition would write the field once more.
  declare readonly kind: 'memory';
  /** Phantom of the type parameter. */
  declare readonly form: Kind;
  declare readonly base: Gpr64 | Label | undefined;
  declare readonly index: Gpr64 | Vector | undefined;
  declare readonly scale: 1 | 2 | 4 | 8;
  declare readonly displacement: number;
  declare readonly broadcast: 2 | 4 | 8 | 16 | undefined;
  declare readonly bytes: 1 | 2 | 4 | 8 | 16 | 32 | 64 | undefined;
  /** What the assembler tells operands apart by. */
  declare readonly class: number;

  static {
    Object.assign(MemoryOperand.prototype, { kind: 'memory' });
  }

  constructor(options: AddressOptions) {
    this.base = options.base;
    this.index = options.index;
    this.scale = options.scale ?? 1;
    this.displacement = options.displacement ?? 0;
    this.broadcast = options.broadcast;
    this.bytes = options.bytes;
    this.class = memoryClass(options);
  }

  /** The operand `bytes` further on. */
  at(bytes: number): MemoryOperand<Kind> {
    const { base, index, scale, displacement, broadcast, bytes: size } = this;
    return new MemoryOperand<Kind>({ base, index, scale, displacement: displacement + bytes, broadcast, bytes: size });
  }

  /** The same address with one element repeated to `factor` elements: `[rsi]{1to8}`. AVX-512 only. */
  broadcastTo(factor: 2 | 4 | 8 | 16): Broadcast {
    return new MemoryOperand<'broadcast'>({ ...this, broadcast: factor });
  }

  /** This memory as a destination of which only the elements that `mask` selects are written. */
  mask(mask: MaskRegister): Masked<MemoryOperand<Kind>> {
    return new Masked(this, mask, false);
  }

  /** Intel notation, without the size of the access. */
  toString(): string {
    const { base, index, scale, displacement, broadcast } = this;
    const terms: string[] = [];
    if (base !== undefined) terms.push(base.kind === 'label' ? `rip+${base}` : `${base}`);
    if (index !== undefined) terms.push(`${index}*${scale}`);
    const sum = terms.join('+');
    const offset =
      displacement === 0 && sum !== ''
        ? ''
        : `${displacement < 0 ? '-' : sum === '' ? '' : '+'}${Math.abs(displacement)}`;
    return `[${sum}${offset}]${broadcast ? `{1to${broadcast}}` : ''}`;
  }
}

/** An 8-bit general-purpose register, `al` to `r15b`. */
export type Gpr8 = GeneralRegister<8>;
/** A 32-bit general-purpose register, `eax` to `r15d`. Writing it clears the upper half of the 64-bit register. */
export type Gpr32 = GeneralRegister<32>;
/** A 64-bit general-purpose register, `rax` to `r15`. */
export type Gpr64 = GeneralRegister<64>;
/** A 128-bit vector register. */
export type Xmm = VectorRegister<128>;
/** A 256-bit vector register. */
export type Ymm = VectorRegister<256>;
/** A 512-bit vector register. */
export type Zmm = VectorRegister<512>;
/** A vector register of any width. A generator for several widths holds its registers as this. */
export type Vector = Xmm | Ymm | Zmm;
/** A memory operand with general-purpose registers only. */
export type Memory = MemoryOperand<'plain'>;
/** A memory operand of one element repeated to a vector: `[rsi]{1to8}`. */
export type Broadcast = MemoryOperand<'broadcast'>;
/** A memory operand whose index is a vector: a gather's or scatter's. */
export type IndexedMemory = MemoryOperand<'indexed'>;
/** Whatever an instruction can be given. */
export type Operand =
  | GeneralRegister
  | VectorRegister
  | MaskRegister
  | MemoryOperand
  | Masked<VectorRegister | MaskRegister | MemoryOperand>
  | Label
  | number
  | bigint;

/**
 * A memory operand `[base + index*scale + displacement]`.
 *
 * Whether an instruction can encode it (no `rsp` as index, 32-bit displacement, a broadcast that fills the vector) is
 * checked by the instruction, which can name itself and the operand.
 *
 * @param options The parts of the address, all optional.
 * @example
 * ```ts
 * import { mem, rcx, rdi, zmm } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(String(mem({ base: rdi, index: rcx, scale: 8, displacement: 64 })), '[rdi+rcx*8+64]');
 * assert.equal(String(mem({ base: rdi, broadcast: 8 })), '[rdi]{1to8}');
 * assert.equal(String(mem({ base: rdi, index: zmm(2), scale: 8 })), '[rdi+zmm2*8]');
 * assert.equal(String(mem({ base: rdi }).at(-8)), '[rdi-8]');
 * ```
 */
export function mem(options: AddressOptions & { readonly broadcast: 2 | 4 | 8 | 16 }): Broadcast;
export function mem(options: AddressOptions & { readonly index: Vector }): IndexedMemory;
export function mem(options: AddressOptions & { readonly index?: Gpr64 | undefined }): Memory;
export function mem(options: AddressOptions): MemoryOperand {
  return new MemoryOperand(options);
}

function bank<Register>(name: string, count: number, make: (number: number) => Register): (number: number) => Register {
  const registers = Array.from({ length: count }, (_, number) => make(number));
  return (number) => {
    const register = registers[number];
    if (register === undefined)
      throw new RangeError(`'number' of ${name} must be an integer from 0 to ${count - 1}, got ${String(number)}`);
    return register;
  };
}

/**
 * The 128-bit vector register of a number from 0 to 31; 16 and above exist in AVX-512 only.
 *
 * @throws {RangeError} When there is no such register.
 * @example
 * ```ts
 * import { xmm } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(String(xmm(7)), 'xmm7');
 * assert.throws(() => xmm(32), RangeError);
 * ```
 */
export const xmm: (number: number) => Xmm = bank('xmm', 32, (number) => new VectorRegister(128, number));

/**
 * The 256-bit vector register of a number from 0 to 31; 16 and above exist in AVX-512 only.
 *
 * @throws {RangeError} When there is no such register.
 * @example
 * ```ts
 * import { ymm } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(String(ymm(15)), 'ymm15');
 * ```
 */
export const ymm: (number: number) => Ymm = bank('ymm', 32, (number) => new VectorRegister(256, number));

/**
 * The 512-bit vector register of a number from 0 to 31.
 *
 * @throws {RangeError} When there is no such register.
 * @example
 * ```ts
 * import { k, zmm } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(String(zmm(31).mask(k(1)).zero()), 'zmm31{k1}{z}');
 * ```
 */
export const zmm: (number: number) => Zmm = bank('zmm', 32, (number) => new VectorRegister(512, number));

/**
 * The mask register of a number from 0 to 7; `k0` can be computed with, but not be a mask (its number means none).
 *
 * @throws {RangeError} When there is no such register.
 * @example
 * ```ts
 * import { k } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(String(k(1)), 'k1');
 * ```
 */
export const k: (number: number) => MaskRegister = bank('k', 8, (number) => new MaskRegister(number));
type Sixteen<T> = readonly [T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T];

function sixteen<Bits extends 8 | 32 | 64>(bits: Bits): Sixteen<GeneralRegister<Bits>> {
  return Array.from({ length: 16 }, (_, number) => new GeneralRegister(bits, number)) as unknown as Sixteen<
    GeneralRegister<Bits>
  >;
}

/**
 * The 64-bit general-purpose registers, each a constant of its name. `rsp` is the stack pointer and cannot be an index.
 *
 * @example
 * ```ts
 * import { rax, r9 } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(String(r9), 'r9');
 * assert.deepEqual(rax.as(64), rax);
 * ```
 */
export const [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15]: Sixteen<Gpr64> =
  sixteen(64);

/**
 * The 32-bit general-purpose registers, each a constant of its name. Writing one clears the upper half of its 64-bit register.
 *
 * @example
 * ```ts
 * import { eax, rax, r9d } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(String(r9d), 'r9d');
 * assert.deepEqual(rax.as(32), eax);
 * ```
 */
export const [eax, ecx, edx, ebx, esp, ebp, esi, edi, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d]: Sixteen<Gpr32> =
  sixteen(32);

/**
 * The 8-bit general-purpose registers, each a constant of its name. The legacy high halves (`ah` and the like) are left out.
 *
 * @example
 * ```ts
 * import { al, rax, r9b } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(String(r9b), 'r9b');
 * assert.deepEqual(rax.as(8), al);
 * ```
 */
export const [al, cl, dl, bl, spl, bpl, sil, dil, r8b, r9b, r10b, r11b, r12b, r13b, r14b, r15b]: Sixteen<Gpr8> =
  sixteen(8);
