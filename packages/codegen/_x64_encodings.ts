/** Forms of instructions as the assembler works with them: read from the compiled table at the first use of a mnemonic. */

import { instructions } from './_x64_instructions.ts';
import {
  digitAt,
  hexAt,
  operandListAt,
  prefixes,
  RECORD,
  roleLists,
  type Space,
  spaces,
  units,
  type Width,
  widths,
} from './_x64_record.ts';

/** One thing that an operand may be. */
export type Alternative =
  | { readonly kind: 'general'; readonly bits: 8 | 32 | 64; readonly only?: number; readonly writes32?: true }
  | { readonly kind: 'vector'; readonly bits: 128 | 256 | 512 }
  | { readonly kind: 'mask' }
  | { readonly kind: 'memory'; readonly bytes: number }
  | { readonly kind: 'broadcast'; readonly bytes: number; readonly factor: number }
  | { readonly kind: 'indexed'; readonly bytes: number; readonly bits: 128 | 256 | 512 }
  | {
      readonly kind: 'immediate';
      readonly bytes: 0 | 1 | 4 | 8;
      readonly minimum: number | bigint;
      readonly maximum: number | bigint;
    }
  | { readonly kind: 'relative'; readonly bytes: 1 | 4 };

/** One operand of a form of one vector length. */
export interface Slot {
  readonly alternatives: readonly Alternative[];
  readonly masking: 'none' | 'merge' | 'zero' | 'demanded';
  /** The {@linkcode kindBit} of each alternative. */
  readonly kinds: number;
}

/** One bit for what an operand or an alternative is at first sight; registers have their width, which is one bit. */
export function kindBit(one: { readonly kind: string; readonly bits?: number }): number {
  const { kind } = one;
  if (kind === 'general' || kind === 'vector') return one.bits!;
  if (kind === 'immediate') return 1;
  if (kind === 'mask') return 2;
  return kind === 'label' || kind === 'relative' ? 4 : 16;
}

/** A form for one vector length, ready to match operands. */
export interface Pattern {
  readonly space: Space;
  readonly slots: readonly Slot[];
  readonly width: Width;
  /** The whole form, compiled. */
  readonly record: string;
}

/** A form for one vector length, ready to encode. */
export interface Encoding {
  readonly space: Pattern['space'];
  readonly slots: readonly Slot[];
  /** Mandatory or lock prefix, 0 for none; and as VEX and EVEX have it. */
  readonly prefix: number;
  readonly pp: number;
  /** Legacy: every opcode byte. VEX and EVEX: the one after the prefix. */
  readonly opcode: readonly number[];
  readonly map: number;
  readonly w: number;
  /** The vector length as VEX and EVEX have it. */
  readonly length: number;
  /** Opcode extension in ModRM.reg. */
  readonly digit: number;
  /** Unit of the compressed displacement, where it is not the size of the access. */
  readonly unit: number | undefined;
  /** Whether the destination may be under a mask, and whether an operand may be a register of 8 bits. */
  readonly maskable: boolean;
  readonly eightBit: boolean;
  /** Which operand goes into each field of the encoding: its position, or -1. */
  readonly reg: number;
  readonly rm: number;
  readonly vvvv: number;
  readonly low: number;
  readonly selector: number;
  readonly immediate: number;
  readonly immediateBytes: number;
  /** Bytes of the distance to a label; 0 where it goes to none. */
  readonly distanceBytes: number;
  /** Binary logarithm of the unit that the displacement of `rm` counts in, plain and broadcast. */
  readonly memoryShift: number;
  readonly broadcastShift: number;
}

const only: Record<string, Alternative> = {
  al: { kind: 'general', bits: 8, only: 0 },
  cl: { kind: 'general', bits: 8, only: 1 },
  eax: { kind: 'general', bits: 32, only: 0 },
  rax: { kind: 'general', bits: 64, only: 0 },
  r8: { kind: 'general', bits: 8 },
  r32: { kind: 'general', bits: 32 },
  r64: { kind: 'general', bits: 64 },
  d64: { kind: 'general', bits: 64, writes32: true },
  x: { kind: 'vector', bits: 128 },
  y: { kind: 'vector', bits: 256 },
  z: { kind: 'vector', bits: 512 },
  k: { kind: 'mask' },
  m: { kind: 'memory', bytes: 0 },
  i8: { kind: 'immediate', bytes: 1, minimum: -128, maximum: 127 },
  u8: { kind: 'immediate', bytes: 1, minimum: 0, maximum: 255 },
  i32: { kind: 'immediate', bytes: 4, minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  u32: { kind: 'immediate', bytes: 4, minimum: 0, maximum: 2 ** 32 - 1 },
  n32: { kind: 'immediate', bytes: 4, minimum: 2n ** 64n - 2n ** 31n, maximum: 2n ** 64n - 1n },
  i64: { kind: 'immediate', bytes: 8, minimum: -(2n ** 63n), maximum: 2n ** 64n - 1n },
  '1': { kind: 'immediate', bytes: 0, minimum: 1, maximum: 1 },
  rel8: { kind: 'relative', bytes: 1 },
  rel32: { kind: 'relative', bytes: 4 },
};

function alternative(token: string, width: Width, beside: number): Alternative {
  const fixed = only[token];
  if (fixed !== undefined) return fixed;
  const half = Math.max(128, width / 2) as Width;
  if (token === 'v') return { kind: 'vector', bits: width };
  if (token === 'h') return { kind: 'vector', bits: half };
  if (token === 'mv') return { kind: 'memory', bytes: width / 8 };
  if (token === 'mh') return { kind: 'memory', bytes: width / 16 };
  const bytes = Number(token.slice(token[0] === 'i' ? 2 : 1)) / 8;
  if (token[0] === 'm') return { kind: 'memory', bytes };
  if (token[0] === 'b') return { kind: 'broadcast', bytes, factor: beside / bytes };
  return { kind: 'indexed', bytes, bits: token[1] === 'v' ? width : half };
}

const maskings = { '{k}': 'merge', '{kz}': 'zero', '{k!}': 'demanded' } as const;

function readSlot(operand: string, width: Width): Slot {
  const brace = operand.indexOf('{');
  const alternatives: Alternative[] = [];
  let beside = 0;
  let kinds = 0;
  for (const token of (brace < 0 ? operand : operand.slice(0, brace)).split('/')) {
    const one = alternative(token, width, beside);
    if (one.kind === 'memory') beside = one.bytes;
    kinds |= kindBit(one);
    alternatives.push(one);
  }
  const masking = brace < 0 ? 'none' : maskings[operand.slice(brace) as keyof typeof maskings];
  return { alternatives, masking, kinds };
}

// Forms share their operands, so each is read once for a vector length.
const slotsSoFar: Readonly<Record<Width, Map<string, Slot>>> = { 128: new Map(), 256: new Map(), 512: new Map() };

function slotsOf(operands: string, width: Width): Slot[] {
  if (operands === '') return [];
  const soFar = slotsSoFar[width];
  return operands.split(', ').map((operand) => {
    let slot = soFar.get(operand);
    if (slot === undefined) soFar.set(operand, (slot = readSlot(operand, width)));
    return slot;
  });
}

const operandLists = instructions.slice(0, instructions.indexOf('\n')).split(';');

/** Every instruction there is. */
export const mnemonics: readonly string[] = readMnemonics();

function readMnemonics(): string[] {
  const names: string[] = [];
  for (let end = instructions.indexOf('\n'); end >= 0; ) {
    const start = end + 1;
    names.push(instructions.slice(start, instructions.indexOf(' ', start)));
    end = instructions.indexOf('\n', start);
  }
  return names;
}

/** What the table has of an instruction, form by form; nothing if there is no such instruction. */
function recordsOf(mnemonic: string): string[] {
  const line = instructions.indexOf(`\n${mnemonic} `);
  if (line < 0) return [];
  const start = line + mnemonic.length + 2;
  const end = instructions.indexOf('\n', start);
  return instructions.slice(start, end < 0 ? undefined : end).split(' ');
}

/** The forms of an instruction, the shorter and older first; none if there is no such instruction. */
export function patternsOf(mnemonic: string): Pattern[] {
  const patterns: Pattern[] = [];
  for (const record of recordsOf(mnemonic)) {
    const operands = operandLists[operandListAt(record)]!;
    const space = spaces[digitAt(record, RECORD.space)]!;
    const lengths = digitAt(record, RECORD.widths);
    for (const [index, width] of widths.entries())
      if (lengths & (1 << index)) patterns.push({ space, slots: slotsOf(operands, width), width, record });
  }
  return patterns;
}

function log2(power: number): number {
  return 31 - Math.clz32(power);
}

/** Bytes of the operand at a position: an immediate or a distance. */
function bytesOf(slots: readonly Slot[], position: number): number {
  return position < 0 ? 0 : (slots[position]!.alternatives[0] as { bytes: number }).bytes;
}

/** How the operands that a pattern takes are encoded. */
export function encodingOf({ space, slots, width, record }: Pattern): Encoding {
  const roles = roleLists[digitAt(record, RECORD.roles)]!;
  const prefix = digitAt(record, RECORD.prefix);
  const unit = units[digitAt(record, RECORD.unit)];
  const opcode: number[] = [];
  for (let at: number = RECORD.opcode; at < record.length; at += 2) opcode.push(hexAt(record, at));
  const rm = roles.indexOf('M');
  const immediate = roles.indexOf('I');
  let memoryShift = 0;
  let broadcastShift = 0;
  if (space === 'evex' && rm >= 0) {
    for (const one of slots[rm]!.alternatives) {
      if (one.kind === 'broadcast') broadcastShift = log2(one.bytes);
      else if (one.kind === 'memory' || one.kind === 'indexed') memoryShift = log2(unit ?? one.bytes);
    }
  }
  return {
    space,
    slots,
    prefix: prefixes[prefix]!,
    pp: prefix & 3,
    opcode,
    map: digitAt(record, RECORD.map),
    w: digitAt(record, RECORD.w),
    length: width === 512 ? 2 : width === 256 ? 1 : 0,
    digit: digitAt(record, RECORD.digit),
    unit,
    maskable: slots.length > 0 && slots[0]!.masking !== 'none',
    eightBit: slots.some(({ kinds }) => (kinds & 8) !== 0),
    reg: roles.indexOf('R'),
    rm,
    vvvv: roles.indexOf('V'),
    low: roles === 'ZO' ? -1 : roles.indexOf('O'),
    selector: roles.indexOf('S'),
    immediate,
    immediateBytes: bytesOf(slots, immediate),
    distanceBytes: bytesOf(slots, roles.indexOf('D')),
    memoryShift,
    broadcastShift,
  };
}
