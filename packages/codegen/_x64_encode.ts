/** Matching operands against forms, and the bytes of a form with its operands. */

import type { Alternative, Encoding, Slot } from './_x64_forms.ts';
import type { Label, Masked, MaskRegister, MemoryOperand, Operand, VectorRegister } from './x64_operands.ts';

/** The bytes of an instruction, and the displacement in them that depends on where a label ends up. */
export interface Encoded {
  readonly bytes: readonly number[];
  readonly fixup?: { readonly position: number; readonly label: Label; readonly addend: number };
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
    if (!slot.alternatives.some((one) => fits(one, target, space))) return i;
  }
  return operands.length > slots.length ? slots.length : -1;
}

/** The alternative of a slot that takes an operand of a form that matched. */
export function chosen(slot: Slot, operand: Operand, space: Encoding['space']): Alternative {
  const target = plain(operand);
  return slot.alternatives.find((one) => fits(one, target, space))!;
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

interface Fields {
  reg: number;
  rm: Exclude<Plain, number | bigint | Label> | undefined;
  vvvv: number;
  low: number;
  mask: number;
  zeroing: boolean;
  /** Bytes the displacement of `rm` counts in when compressed. */
  unit: number;
  needsRex: boolean;
  /** Bytes after ModRM and displacement. */
  tail: number[];
}

function gather(encoding: Encoding, operands: readonly Operand[]): Fields {
  const fields: Fields = {
    reg: encoding.digit,
    rm: undefined,
    vvvv: 0,
    low: 0,
    mask: 0,
    zeroing: false,
    unit: 1,
    needsRex: false,
    tail: [],
  };
  encoding.slots.forEach((slot, i) => {
    const operand = operands[i]!;
    if (typeof operand === 'object' && operand.kind === 'masked') {
      fields.mask = operand.by.number;
      fields.zeroing = operand.zeroing;
    }
    const target = plain(operand);
    if (typeof target !== 'object') {
      if (slot.role === 'I') immediate(fields.tail, target, chosen(slot, target, encoding.space) as { bytes: number });
      return;
    }
    if (target.kind === 'label') return;
    if (target.kind === 'memory') {
      fields.rm = target;
      if (encoding.space === 'evex')
        fields.unit = encoding.unit ?? (chosen(slot, target, encoding.space) as { bytes: number }).bytes;
      return;
    }
    // spl, bpl, sil and dil are ah, ch, dh and bh to an instruction without REX.
    if (target.kind === 'general' && target.bits === 8 && target.number >= 4) fields.needsRex = true;
    if (slot.role === 'R') fields.reg = target.number;
    else if (slot.role === 'M') fields.rm = target;
    else if (slot.role === 'V') fields.vvvv = target.number;
    else if (slot.role === 'O') fields.low = target.number;
    else if (slot.role === 'S') fields.tail.push(target.number << 4);
  });
  return fields;
}

function immediate(bytes: number[], value: number | bigint, { bytes: size }: { bytes: number }): void {
  if (size <= 4) littleEndian(bytes, Number(typeof value === 'bigint' ? BigInt.asIntN(32, value) : value), size);
  else for (let i = 0n; i < 8n; i++) bytes.push(Number((BigInt(value) >> (8n * i)) & 0xffn));
}

function littleEndian(bytes: number[], value: number, size: number): void {
  for (let i = 0; i < size; i++) bytes.push((value >> (8 * i)) & 0xff);
}

/** Bits 3 and 4 of the numbers that extend ModRM, SIB and opcode. */
function extensions({ rm, reg, low }: Fields): { r: number; x: number; b: number; r2: number; x2: number; v2: number } {
  const r = (reg >> 3) & 1;
  const r2 = (reg >> 4) & 1;
  if (rm === undefined) return { r, x: 0, b: (low >> 3) & 1, r2, x2: 0, v2: 0 };
  // A vector register in ModRM.rm takes its bit 4 from the field that extends the index of an address.
  if (rm.kind !== 'memory') return { r, x: (rm.number >> 4) & 1, b: (rm.number >> 3) & 1, r2, x2: 0, v2: 0 };
  const index = rm.index?.number ?? 0;
  const base = rm.base === undefined || rm.base.kind === 'label' ? 0 : rm.base.number;
  return { r, x: (index >> 3) & 1, b: (base >> 3) & 1, r2, x2: 0, v2: (index >> 4) & 1 };
}

const simdPrefix: Record<number, number> = { 102: 1, 243: 2, 242: 3 };

function opcodeAndPrefixes(bytes: number[], encoding: Encoding, fields: Fields): void {
  const { r, x, b, r2, v2 } = extensions(fields);
  const { space, w, length, map, opcode, prefixes } = encoding;
  if (space === 'legacy') {
    bytes.push(...prefixes);
    const rex = 0x40 | (w << 3) | (r << 2) | (x << 1) | b;
    if (rex !== 0x40 || fields.needsRex) bytes.push(rex);
    bytes.push(...opcode);
    if (encoding.slots.some((slot) => slot.role === 'O')) bytes[bytes.length - 1]! |= fields.low & 7;
    return;
  }
  const pp = simdPrefix[prefixes[0] ?? 0] ?? 0;
  const v = ~fields.vvvv & 15;
  if (space === 'vex') {
    const rest = (v << 3) | (length << 2) | pp;
    if (map === 1 && !w && !x && !b) bytes.push(0xc5, ((r ^ 1) << 7) | rest);
    else bytes.push(0xc4, ((r ^ 1) << 7) | ((x ^ 1) << 6) | ((b ^ 1) << 5) | map, (w << 7) | rest);
  } else {
    const broadcast = fields.rm?.kind === 'memory' && fields.rm.broadcast !== undefined ? 1 : 0;
    bytes.push(
      0x62,
      ((r ^ 1) << 7) | ((x ^ 1) << 6) | ((b ^ 1) << 5) | ((r2 ^ 1) << 4) | map,
      (w << 7) | (v << 3) | 4 | pp,
      // vvvv and a vector index share their fifth bit; no instruction has both.
      (Number(fields.zeroing) << 7) |
        (length << 5) |
        (broadcast << 4) |
        (((fields.vvvv >> 4) | v2) === 0 ? 8 : 0) |
        fields.mask,
    );
  }
  bytes.push(...opcode);
}

function address(bytes: number[], memory: MemoryOperand, reg: number, unit: number, tail: number): Encoded['fixup'] {
  const { base, index, scale, displacement } = memory;
  const field = (reg & 7) << 3;
  if (base?.kind === 'label') {
    bytes.push(field | 5, 0, 0, 0, 0);
    return { position: bytes.length - 4, label: base, addend: displacement - tail };
  }
  const low = base === undefined ? 5 : base.number & 7;
  const short = displacement % unit === 0 && displacement / unit >= -128 && displacement / unit <= 127;
  // Without a base the displacement has 32 bits under mod 0; rbp and r13 under mod 0 would mean that.
  const mod = base === undefined || (displacement === 0 && low !== 5) ? 0 : short ? 1 : 2;
  if (index !== undefined || base === undefined || low === 4)
    bytes.push(
      (mod << 6) | field | 4,
      (Math.log2(scale) << 6) | ((index === undefined ? 4 : index.number & 7) << 3) | low,
    );
  else bytes.push((mod << 6) | field | low);
  if (mod === 1) bytes.push((displacement / unit) & 0xff);
  else if (mod === 2 || base === undefined) littleEndian(bytes, displacement, 4);
  return undefined;
}

/** The bytes of a form that {@linkcode mismatch} found to take these operands. Branches come without their distance. */
export function encode(encoding: Encoding, operands: readonly Operand[]): Encoded {
  const fields = gather(encoding, operands);
  const bytes: number[] = [];
  opcodeAndPrefixes(bytes, encoding, fields);
  let fixup: Encoded['fixup'];
  if (fields.rm?.kind === 'memory') fixup = address(bytes, fields.rm, fields.reg, fields.unit, fields.tail.length);
  else if (fields.rm !== undefined) bytes.push(0xc0 | ((fields.reg & 7) << 3) | (fields.rm.number & 7));
  bytes.push(...fields.tail);
  return fixup === undefined ? { bytes } : { bytes, fixup };
}
