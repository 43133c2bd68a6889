/** Unwind information: how to get from any place in the code to the caller (DWARF 5, 6.4; System V ABI, AMD64 supplement, 4.2.4). */

import { ByteWriter } from './_byte_writer.ts';
import type { Linked } from './_link.ts';
import type { ObjectFunction } from './elf_object.ts';
import type { UnwindRule } from './x64_assembler.ts';
import type { GeneralRegister } from './x64_operands.ts';

/** DWARF's numbers of the registers, by those of the encoding (AMD64 supplement, figure 3.36). */
const dwarfNumbers = [0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15];
const STACK_POINTER = 7;
const RETURN_ADDRESS = 16;

/** Saved registers are told in multiples of this, downwards. */
const DATA_ALIGNMENT = -8;

/** Addresses are told as 32-bit distances from where they are told. */
const PC_RELATIVE = 0x1b;

const call = {
  ...{ advance: 0x40, offset: 0x80, restore: 0xc0 },
  ...{ nop: 0x00, advance1: 0x02, advance2: 0x03, advance4: 0x04, frame: 0x0c, frameExpression: 0x0f },
} as const;
const operation = { dereference: 0x06, plus: 0x23, register: 0x70 } as const;

function numberOf({ number }: GeneralRegister): number {
  return dwarfNumbers[number]!;
}

function writeRule(to: ByteWriter, rule: UnwindRule): void {
  const register = numberOf(rule.register);
  switch (rule.kind) {
    case 'frame':
      to.u8(call.frame).uleb(register).uleb(rule.bytes);
      return;
    case 'frame in memory': {
      const expression = new ByteWriter()
        .u8(operation.register + register)
        .sleb(rule.displacement)
        .u8(operation.dereference, operation.plus)
        .uleb(rule.bytes).bytes;
      to.u8(call.frameExpression).uleb(expression.length).raw(expression);
      return;
    }
    case 'saved':
      to.u8(call.offset + register).uleb(rule.bytes / -DATA_ALIGNMENT);
      return;
    case 'restored':
      to.u8(call.restore + register);
  }
}

function writeAdvance(to: ByteWriter, bytes: number): void {
  if (bytes === 0) return;
  if (bytes < 0x40) to.u8(call.advance + bytes);
  else if (bytes < 0x100) to.u8(call.advance1, bytes);
  else if (bytes < 0x10000) to.u8(call.advance2).u16(bytes);
  else to.u8(call.advance4).u32(bytes);
}

/** An entry with its length before it, filled up. */
function writeEntry(to: ByteWriter, body: ByteWriter): void {
  body.align(8, call.nop);
  // The length does not count itself, and the next entry is aligned all the same.
  while ((to.length + 4 + body.length) % 8 !== 0) body.u8(call.nop);
  to.u32(body.length).raw(body.bytes);
}

/** A place in unwind information that tells the start of a function, as its distance from there. */
export interface UnwindPlace {
  /** Where the distance is. */
  readonly at: number;
  /** Where the entry begins that it is of. */
  readonly entry: number;
  /** The function, in bytes from the start of the text. */
  readonly start: number;
}

/** The contents of `.eh_frame`, its distances still to be filled in. */
export function unwindEntries(
  functions: readonly ObjectFunction[],
  linked: Linked,
): { bytes: ByteWriter; places: UnwindPlace[] } {
  const bytes = new ByteWriter();
  const common = new ByteWriter()
    .u32(0)
    .u8(1)
    .text('zR')
    .uleb(1)
    .sleb(DATA_ALIGNMENT)
    .u8(RETURN_ADDRESS)
    .uleb(1)
    .u8(PC_RELATIVE)
    .u8(call.frame, STACK_POINTER, 8)
    .u8(call.offset + RETURN_ADDRESS, 1);
  writeEntry(bytes, common);
  const places: UnwindPlace[] = [];
  for (const { name, code } of functions) {
    const { offset: start, bytes: length } = linked.functions.get(name)!;
    const entry = bytes.length;
    // Back to the common entry, which is the first; the start; the length; no augmentation.
    const body = new ByteWriter().u32(entry + 4, 0, length).uleb(0);
    let at = 0;
    for (const { offset, rule } of code.unwind ?? []) {
      writeAdvance(body, offset - at);
      writeRule(body, rule);
      at = offset;
    }
    writeEntry(bytes, body);
    places.push({ at: entry + 8, entry, start });
  }
  return { bytes, places };
}

/** The contents of `.eh_frame_hdr`: a table of functions by address, to be searched. */
export function unwindTable(
  places: readonly UnwindPlace[],
  { table, entries, text }: { table: number; entries: number; text: number },
): Uint8Array {
  const [unsigned32, relativeToTable] = [0x03, 0x3b];
  const to = new ByteWriter().u8(1, PC_RELATIVE, unsigned32, relativeToTable);
  to.u32(entries - (table + 4)).u32(places.length);
  for (const { start, entry } of [...places].sort((one, other) => one.start - other.start)) {
    to.u32(text + start - table, entries + entry - table);
  }
  return to.bytes;
}

/** Bytes of {@linkcode unwindTable}. */
export function unwindTableBytes(functions: number): number {
  return 12 + 8 * functions;
}
