/**
 * A row of the instruction table as a string, so that reading it takes no parsing: a character is a number, its code less that
 * of `0`; after those come the bytes of the opcode in hexadecimal.
 */

/** Vector lengths in bits. */
export const widths = [128, 256, 512] as const;
export type Width = (typeof widths)[number];

/** How the prefixes of instructions are built. */
export const spaces = ['legacy', 'vex', 'evex'] as const;
export type Space = (typeof spaces)[number];

/** Mandatory prefixes in the order of the bits that VEX and EVEX have for them, then `lock`. */
export const prefixes: readonly number[] = [0, 0x66, 0xf3, 0xf2, 0xf0];

/** Units of compressed displacements; `undefined` is the size of the access. */
export const units: readonly (number | undefined)[] = [undefined, 4, 8];

/** Which fields of the encoding the operands go into, in their order. */
export const roleLists: readonly string[] = 'ZO O I D M OI MI XI MX MR RM RMI MRI VMI RMV RVM MVR RVMI RVMS'.split(' ');

/** The characters of a record. */
export const RECORD = {
  space: 0,
  /** A bit for each of the {@linkcode widths}. */
  widths: 1,
  /** Two characters. */
  operandList: 2,
  roles: 4,
  prefix: 5,
  map: 6,
  w: 7,
  digit: 8,
  unit: 9,
  opcode: 10,
} as const;

const ZERO = 48;
/** Numbers of a character: enough for the halves of the number of an operand list, and all of them printable. */
const RANGE = 64;

/** Numbers as characters. */
export function characters(...numbers: readonly number[]): string {
  return String.fromCharCode(...numbers.map((number) => ZERO + number));
}

/** The number of an operand list as two characters. */
export function operandListCharacters(index: number): string {
  return characters(Math.floor(index / RANGE), index % RANGE);
}

/** The number of a character. */
export function digitAt(record: string, position: number): number {
  return record.charCodeAt(position) - ZERO;
}

/** The number of the operand list of a record. */
export function operandListAt(record: string): number {
  return digitAt(record, RECORD.operandList) * RANGE + digitAt(record, RECORD.operandList + 1);
}

/** The byte in hexadecimal at a position. */
export function hexAt(record: string, position: number): number {
  return Number.parseInt(record.slice(position, position + 2), 16);
}
