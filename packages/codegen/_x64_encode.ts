/** Matching operands against forms, and the bytes of a form with its operands. */

import { type Alternative, type Encoding, encodingOf, kindBit, type Pattern, type Slot } from './_x64_encodings.ts';
import type { GeneralRegister, Masked, MaskRegister, MemoryOperand, Operand, VectorRegister } from './x64_operands.ts';

/** The longest instruction there is. */
const MOST_BYTES = 15;

/** Bytes of code as they come. Generators emit thousands of instructions, so nothing is allocated for one. */
export class CodeBuffer {
  bytes = new Uint8Array(4096);
  length = 0;

  /** The bytes, with room for another `count`. */
  reserve(count: number): Uint8Array {
    if (this.length + count > this.bytes.length) {
      const larger = new Uint8Array(2 * this.bytes.length + count);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    return this.bytes;
  }
}

type Plain = Exclude<Operand, Masked<VectorRegister | MaskRegister | MemoryOperand>>;

/** The operand without its mask. Callers without types may have given anything. */
export function plain(operand: Operand): Plain {
  return typeof operand === 'object' && operand?.kind === 'masked' ? operand.target : operand;
}

function isInt32(value: number): boolean {
  return (value | 0) === value;
}

function fits(one: Alternative, operand: Plain, space: Pattern['space']): boolean {
  if (typeof operand !== 'object') {
    if (one.kind !== 'immediate') return false;
    if (typeof operand === 'number' && !Number.isSafeInteger(operand)) return false;
    return operand >= one.minimum && operand <= one.maximum;
  }
  switch (operand.kind) {
    case 'general':
      return one.kind === 'general' && one.bits === operand.bits && (one.only ?? operand.number) === operand.number;
    case 'vector':
      return one.kind === 'vector' && one.bits === operand.bits && (space === 'evex' || operand.number < 16);
    case 'mask':
      return one.kind === 'mask';
    case 'label':
      return one.kind === 'relative';
    case 'memory':
      if (one.kind !== 'memory' && one.kind !== 'broadcast' && one.kind !== 'indexed') return false;
      if (one.bytes !== 0 && operand.bytes !== undefined && operand.bytes !== one.bytes) return false;
      if ((one.kind === 'broadcast' ? one.factor : undefined) !== operand.broadcast) return false;
      if (operand.index?.kind !== 'vector') return one.kind !== 'indexed';
      return (
        one.kind === 'indexed' && one.bits === operand.index.bits && (space === 'evex' || operand.index.number < 16)
      );
  }
}

/** The alternative of a slot that takes an operand, if one does. */
export function chosen(slot: Slot, operand: Operand, space: Pattern['space']): Alternative | undefined {
  const target = plain(operand);
  for (const one of slot.alternatives) if (fits(one, target, space)) return one;
  return undefined;
}

function masked(slot: Slot, operand: Operand): boolean {
  if (typeof operand !== 'object' || operand.kind !== 'masked') return slot.masking !== 'demanded';
  if (slot.masking === 'none' || operand.by.number === 0) return false;
  return !operand.zeroing || slot.masking === 'zero';
}

/** -1 when the form takes these operands, else the first operand it does not take. */
export function mismatch({ slots, space }: Pick<Pattern, 'slots' | 'space'>, operands: readonly Operand[]): number {
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!;
    const operand = operands[i] ?? undefined;
    if (operand === undefined || !masked(slot, operand)) return i;
    const target = plain(operand);
    if (chosen(slot, target, space) === undefined) return i;
  }
  return operands.length > slots.length ? slots.length : -1;
}

/** What keeps an address from being encoded by any instruction, in words. */
export function addressProblem(memory: MemoryOperand): string | undefined {
  const { base, index, scale, displacement } = memory;
  if (!isInt32(displacement)) return `displacement must be a signed 32-bit integer, got ${displacement}`;
  if (![1, 2, 4, 8].includes(scale)) return `scale must be 1, 2, 4 or 8, got ${String(scale)}`;
  if (base !== undefined && base.kind !== 'label' && !(base.kind === 'general' && base.bits === 64))
    return `base must be a 64-bit register or a label, got ${String(base)}`;
  if (index === undefined) return undefined;
  if (base?.kind === 'label') return `an address relative to a label takes no index, got ${String(index)}`;
  if (index.kind === 'vector') return undefined;
  if (index.kind !== 'general' || index.bits !== 64)
    return `index must be a 64-bit register or a vector, got ${String(index)}`;
  return index.number === 4 ? 'rsp cannot be an index' : undefined;
}

/** `spl`, `bpl`, `sil` and `dil` are `ah`, `ch`, `dh` and `bh` to an instruction without REX. */
function needsRex(operands: readonly Operand[]): boolean {
  return operands.some((one) => typeof one === 'object' && one.kind === 'general' && one.bits === 8 && one.number >= 4);
}

function writeInteger(bytes: Uint8Array, at: number, value: number | bigint, size: number): number {
  if (size === 8) {
    const whole = BigInt.asUintN(64, BigInt(value));
    const next = writeInteger(bytes, at, Number(whole & 0xffffffffn), 4);
    return writeInteger(bytes, next, Number(whole >> 32n), 4);
  }
  const low = typeof value === 'bigint' ? Number(BigInt.asIntN(32, value)) : value;
  bytes[at] = low;
  if (size === 1) return at + 1;
  bytes[at + 1] = low >> 8;
  bytes[at + 2] = low >> 16;
  bytes[at + 3] = low >> 24;
  return at + 4;
}

/** Writes ModRM, SIB and displacement of an address. One relative to a label has a displacement of zero for now. */
function writeAddress(bytes: Uint8Array, start: number, memory: MemoryOperand, reg: number, shift: number): number {
  let at = start;
  const { base, index, displacement } = memory;
  const field = (reg & 7) << 3;
  if (base !== undefined && base.kind === 'label') {
    bytes[at++] = field | 5;
    return writeInteger(bytes, at, 0, 4);
  }
  const low = base === undefined ? 5 : base.number & 7;
  const units = displacement >> shift;
  const short = units >= -128 && units <= 127 && units << shift === displacement;
  // Without a base the displacement has 32 bits under mod 0; rbp and r13 under mod 0 would mean that.
  const mod = base === undefined || (displacement === 0 && low !== 5) ? 0 : short ? 1 : 2;
  if (index !== undefined || base === undefined || low === 4) {
    bytes[at++] = (mod << 6) | field | 4;
    const scale = 31 - Math.clz32(memory.scale);
    bytes[at++] = (scale << 6) | ((index === undefined ? 4 : index.number & 7) << 3) | low;
  } else bytes[at++] = (mod << 6) | field | low;
  if (mod === 1) bytes[at++] = units;
  else if (mod === 2 || base === undefined) return writeInteger(bytes, at, displacement, 4);
  return at;
}

type Register = GeneralRegister | VectorRegister | MaskRegister;

/** Prefixes and opcode: all that comes before ModRM. `x` and `b` are 8 where a register in `rm` extends these bits. */
function writeHead(
  bytes: Uint8Array,
  start: number,
  encoding: Encoding,
  reg: number,
  vvvv: number,
  x: number,
  b: number,
): number {
  let at = start;
  const { map, w, length, pp, opcode } = encoding;
  const v = ((vvvv & 15) ^ 15) << 3;
  if (encoding.space === 'evex') {
    bytes[at] = 0x62;
    bytes[at + 1] = (0xf0 | map) ^ ((reg & 8) << 4) ^ (reg & 16) ^ (x << 3) ^ (b << 2);
    bytes[at + 2] = (w << 7) | v | 4 | pp;
    at += 4;
  } else if (map === 1 && w + x + b === 0) {
    bytes[at] = 0xc5;
    bytes[at + 1] = (0x80 ^ ((reg & 8) << 4)) | v | (length << 2) | pp;
    at += 2;
  } else {
    bytes[at] = 0xc4;
    bytes[at + 1] = (0xe0 | map) ^ ((reg & 8) << 4) ^ (x << 3) ^ (b << 2);
    bytes[at + 2] = (w << 7) | v | (length << 2) | pp;
    at += 3;
  }
  bytes[at] = opcode[0]!;
  return at + 1;
}

/**
 * Appends the bytes of a form that {@linkcode mismatch} found to take these operands. Branches come without their
 * distance.
 *
 * @returns The address whose displacement is still to come, where one is relative to a label.
 */
export function encode(buffer: CodeBuffer, encoding: Encoding, given: readonly Operand[]): MemoryOperand | undefined {
  const bytes = buffer.reserve(MOST_BYTES);
  let at = buffer.length;
  let operands = given;
  let mask = 0;
  if (encoding.maskable) {
    const first = given[0] as Operand & object;
    if (first.kind === 'masked') {
      mask = (first.zeroing ? 0x80 : 0) | first.by.number;
      operands = given.with(0, first.target);
    }
  }
  const reg = encoding.reg < 0 ? encoding.digit : (operands[encoding.reg] as Register).number;
  const vvvv = encoding.vvvv < 0 ? 0 : (operands[encoding.vvvv] as Register).number;
  const rm = encoding.rm < 0 ? undefined : (operands[encoding.rm] as Register | MemoryOperand);
  // What extends a register's number to 4 bits and 5: named as the manuals name the bits of the prefixes.
  let x = 0;
  let b = 0;
  let v2 = vvvv & 16;
  let broadcast = false;
  let relative: MemoryOperand | undefined;
  if (rm !== undefined && rm.kind === 'memory') {
    const { base, index } = rm;
    if (base !== undefined) {
      if (base.kind === 'label') relative = rm;
      else b = base.number & 8;
    }
    if (index !== undefined) {
      x = index.number & 8;
      // vvvv and a vector index share the field of their bit 4; no instruction has both.
      v2 |= index.number & 16;
    }
    broadcast = rm.broadcast !== undefined;
  } else if (rm !== undefined) {
    // A vector register in ModRM.rm takes its bit 4 from the field that extends the index of an address.
    x = (rm.number & 16) >> 1;
    b = rm.number & 8;
  }
  if (encoding.space !== 'legacy') {
    at = writeHead(bytes, at, encoding, reg, vvvv, x, b);
    if (encoding.space === 'evex')
      bytes[at - 2] = mask | (encoding.length << 5) | (broadcast ? 16 : 0) | (8 ^ (v2 >> 1));
  } else {
    const low = encoding.low < 0 ? 0 : (operands[encoding.low] as Register).number;
    const { prefix, opcode } = encoding;
    if (prefix !== 0) bytes[at++] = prefix;
    const rex = 0x40 | (encoding.w << 3) | ((reg & 8) >> 1) | (x >> 2) | ((b | (low & 8)) >> 3);
    if (rex !== 0x40 || (encoding.eightBit && needsRex(operands))) bytes[at++] = rex;
    for (let i = 0; i < opcode.length; i++) bytes[at++] = opcode[i]!;
    bytes[at - 1]! |= low & 7;
  }
  if (rm !== undefined) {
    if (rm.kind === 'memory')
      at = writeAddress(bytes, at, rm, reg, broadcast ? encoding.broadcastShift : encoding.memoryShift);
    else bytes[at++] = 0xc0 | ((reg & 7) << 3) | (rm.number & 7);
  }
  if (encoding.selector >= 0) bytes[at++] = (operands[encoding.selector] as Register).number << 4;
  if (encoding.immediateBytes > 0)
    at = writeInteger(bytes, at, operands[encoding.immediate] as number | bigint, encoding.immediateBytes);
  buffer.length = at;
  return relative;
}

const scratch = new CodeBuffer();

/** How many bytes {@linkcode encode} makes of it. */
export function encodedLength(encoding: Encoding, operands: readonly Operand[]): number {
  scratch.length = 0;
  encode(scratch, encoding, operands);
  return scratch.length;
}

/**
 * The shortest of the forms that take the operands, EVEX only where nothing else will do; `undefined` when none takes them.
 * The assembler keeps what this finds, so it may take its time.
 */
export function shortest(patterns: readonly Pattern[], operands: readonly Operand[]): Encoding | undefined {
  const kinds = operands.map((operand) => {
    const target = plain(operand);
    return kindBit(typeof target === 'object' && target !== null ? target : { kind: 'immediate' });
  });
  let best: Encoding | undefined;
  for (const pattern of patterns) {
    const { slots, space } = pattern;
    if (best !== undefined && space !== best.space) break;
    // Most patterns are out at first sight.
    if (slots.length !== kinds.length || slots.some((slot, i) => (slot.kinds & kinds[i]!) === 0)) continue;
    if (mismatch(pattern, operands) >= 0) continue;
    const encoding = encodingOf(pattern);
    if (best === undefined || encodedLength(encoding, operands) < encodedLength(best, operands)) best = encoding;
  }
  return best;
}
