/** Matching operands against forms, and the bytes of a form with its operands. */

import type { Alternative, Encoding, Slot } from './_x64_forms.ts';
import type {
  GeneralRegister,
  Label,
  Masked,
  MaskRegister,
  MemoryOperand,
  Operand,
  VectorRegister,
} from './x64_operands.ts';

/** Bytes of code as they come. Generators emit thousands of instructions, so nothing is allocated for one. */
export class CodeBuffer {
  bytes = new Uint8Array(256);
  length = 0;

  push(byte: number): void {
    if (this.length === this.bytes.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = byte;
  }

  pushLittleEndian(value: number, size: number): void {
    for (let i = 0; i < size; i++) this.push((value >> (8 * i)) & 0xff);
  }

  /** Takes out the bytes from `start` to `end`, which may be any but the last. */
  remove(start: number, end: number): void {
    this.bytes.copyWithin(start, end, this.length);
    this.length -= end - start;
  }
}

/** A displacement in the code that depends on where a label ends up. */
export interface Fixup {
  /** Where its four bytes are, from the start of the instruction. */
  readonly position: number;
  readonly label: Label;
  /** What to add to the distance from the displacement's end to the label. */
  readonly addend: number;
}

type Plain = Exclude<Operand, Masked<VectorRegister | MaskRegister | MemoryOperand>>;

/** The operand without its mask. Callers without types may have given anything. */
export function plain(operand: Operand): Plain {
  return typeof operand === 'object' && operand?.kind === 'masked' ? operand.target : operand;
}

function isInt32(value: number): boolean {
  return (value | 0) === value;
}

function fits(one: Alternative, operand: Plain, space: Encoding['space']): boolean {
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
export function chosen(slot: Slot, operand: Operand, space: Encoding['space']): Alternative | undefined {
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
export function mismatch(encoding: Encoding, operands: readonly Operand[]): number {
  const { slots, space } = encoding;
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

// What goes where in the instruction being encoded: one object for all of them.
const fields = {
  reg: 0,
  rm: undefined as GeneralRegister | VectorRegister | MaskRegister | MemoryOperand | undefined,
  vvvv: 0,
  low: 0,
  mask: 0,
  zeroing: 0,
  needsRex: false,
  /** Bytes the displacement of `rm` counts in when compressed. */
  unit: 1,
};

function gather(encoding: Encoding, operands: readonly Operand[]): void {
  const { slots, space } = encoding;
  fields.reg = encoding.digit;
  fields.rm = undefined;
  fields.vvvv = fields.low = fields.mask = fields.zeroing = 0;
  fields.needsRex = false;
  fields.unit = 1;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!;
    const operand = operands[i]!;
    if (typeof operand === 'object' && operand.kind === 'masked') {
      fields.mask = operand.by.number;
      fields.zeroing = Number(operand.zeroing);
    }
    const target = plain(operand);
    if (typeof target !== 'object' || target.kind === 'label') continue;
    if (target.kind === 'memory') {
      fields.rm = target;
      if (space === 'evex') fields.unit = encoding.unit ?? (chosen(slot, target, space) as { bytes: number }).bytes;
      continue;
    }
    // spl, bpl, sil and dil are ah, ch, dh and bh to an instruction without REX.
    if (target.kind === 'general' && target.bits === 8 && target.number >= 4) fields.needsRex = true;
    if (slot.role === 'R') fields.reg = target.number;
    else if (slot.role === 'M') fields.rm = target;
    else if (slot.role === 'V') fields.vvvv = target.number;
    else if (slot.role === 'O') fields.low = target.number;
  }
}

const simdPrefix: Record<number, number> = { 102: 1, 243: 2, 242: 3 };

/** Prefixes and opcode: all that comes before ModRM. */
function head(buffer: CodeBuffer, { space, prefixes, w, map, length, opcode }: Encoding): void {
  const { rm, reg, vvvv, low, mask, zeroing } = fields;
  // Bits 3 and 4 of register numbers, named as the manuals name the prefixes' bits.
  const r = (reg >> 3) & 1;
  let x = 0;
  let b = low >> 3;
  let indexBit4 = 0;
  if (rm?.kind === 'memory') {
    const index = rm.index?.number ?? 0;
    x = (index >> 3) & 1;
    indexBit4 = index >> 4;
    b = rm.base === undefined || rm.base.kind === 'label' ? 0 : rm.base.number >> 3;
  } else if (rm !== undefined) {
    // A vector register in ModRM.rm takes its bit 4 from the field that extends the index of an address.
    x = rm.number >> 4;
    b = (rm.number >> 3) & 1;
  }
  if (space === 'legacy') {
    for (const prefix of prefixes) buffer.push(prefix);
    const rex = 0x40 | (w << 3) | (r << 2) | (x << 1) | b;
    if (rex !== 0x40 || fields.needsRex) buffer.push(rex);
    for (let i = 0; i < opcode.length - 1; i++) buffer.push(opcode[i]!);
    buffer.push(opcode[opcode.length - 1]! | (low & 7));
    return;
  }
  const pp = prefixes.length === 0 ? 0 : simdPrefix[prefixes[0]!]!;
  const v = ~vvvv & 15;
  const rxb = ((r ^ 1) << 7) | ((x ^ 1) << 6) | ((b ^ 1) << 5);
  if (space === 'evex') {
    const broadcast = rm?.kind === 'memory' && rm.broadcast !== undefined ? 1 : 0;
    // vvvv and a vector index share the field of their bit 4; no instruction has both.
    const v2 = (vvvv >> 4) | indexBit4;
    buffer.push(0x62);
    buffer.push(rxb | (((reg >> 4) ^ 1) << 4) | map);
    buffer.push((w << 7) | (v << 3) | 4 | pp);
    buffer.push((zeroing << 7) | (length << 5) | (broadcast << 4) | ((v2 ^ 1) << 3) | mask);
  } else if (map === 1 && !w && !x && !b) {
    buffer.push(0xc5);
    buffer.push((rxb & 0x80) | (v << 3) | (length << 2) | pp);
  } else {
    buffer.push(0xc4);
    buffer.push(rxb | map);
    buffer.push((w << 7) | (v << 3) | (length << 2) | pp);
  }
  buffer.push(opcode[0]!);
}

/** ModRM, SIB and displacement of `fields.rm`. */
function address(buffer: CodeBuffer, memory: MemoryOperand): void {
  const { base, index, scale, displacement } = memory;
  const field = (fields.reg & 7) << 3;
  if (base?.kind === 'label') {
    buffer.push(field | 5);
    buffer.pushLittleEndian(0, 4);
    return;
  }
  const low = base === undefined ? 5 : base.number & 7;
  const units = displacement / fields.unit;
  const short = units >= -128 && units <= 127 && Number.isInteger(units);
  // Without a base the displacement has 32 bits under mod 0; rbp and r13 under mod 0 would mean that.
  const mod = base === undefined || (displacement === 0 && low !== 5) ? 0 : short ? 1 : 2;
  if (index !== undefined || base === undefined || low === 4) {
    buffer.push((mod << 6) | field | 4);
    buffer.push((scaleBits[scale]! << 6) | ((index === undefined ? 4 : index.number & 7) << 3) | low);
  } else buffer.push((mod << 6) | field | low);
  if (mod === 1) buffer.push(units & 0xff);
  else if (mod === 2 || base === undefined) buffer.pushLittleEndian(displacement, 4);
}

const scaleBits: Record<number, number> = { 1: 0, 2: 1, 4: 2, 8: 3 };

function immediates(buffer: CodeBuffer, { slots }: Encoding, operands: readonly Operand[]): void {
  for (let i = 0; i < slots.length; i++) {
    const { role, alternatives } = slots[i]!;
    if (role === 'S') buffer.push((operands[i] as VectorRegister).number << 4);
    if (role !== 'I') continue;
    const value = operands[i] as number | bigint;
    const size = (alternatives[0] as { bytes: number }).bytes;
    if (size === 8) {
      const whole = BigInt(value);
      for (let shift = 0n; shift < 64n; shift += 8n) buffer.push(Number((whole >> shift) & 0xffn));
    } else buffer.pushLittleEndian(Number(typeof value === 'bigint' ? BigInt.asIntN(32, value) : value), size);
  }
}

/**
 * Appends the bytes of a form that {@linkcode mismatch} found to take these operands. Branches come without their
 * distance.
 */
export function encode(buffer: CodeBuffer, encoding: Encoding, operands: readonly Operand[]): Fixup | undefined {
  const start = buffer.length;
  gather(encoding, operands);
  head(buffer, encoding);
  const { rm, reg } = fields;
  if (rm?.kind === 'memory') address(buffer, rm);
  else if (rm !== undefined) buffer.push(0xc0 | ((reg & 7) << 3) | (rm.number & 7));
  const end = buffer.length;
  immediates(buffer, encoding, operands);
  if (rm?.kind !== 'memory' || rm.base?.kind !== 'label') return undefined;
  return { position: end - 4 - start, label: rm.base, addend: rm.displacement - (buffer.length - end) };
}
