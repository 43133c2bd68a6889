/** The parts that every ELF file has (System V ABI, chapter 4; AMD64 supplement). */

import { ByteWriter } from './_byte_writer.ts';

export const sectionType = {
  ...{ none: 0, program: 1, symbols: 2, strings: 3, relocations: 4, hash: 5, dynamic: 6, zeros: 8, dynamicSymbols: 11 },
} as const;
export const flag = { write: 1, allocate: 2, execute: 4 } as const;
export const binding = { local: 0, global: 1, weak: 2 } as const;
export const symbolType = { none: 0, object: 1, function: 2, section: 3, file: 4 } as const;
export const relocationType = { distance: 2, tableEntry: 6, toTableEntry: 9 } as const;

export const SYMBOL_BYTES = 24;
export const RELOCATION_BYTES = 24;
export const HEADER_BYTES = 64;
export const SEGMENT_BYTES = 56;
const SECTION_BYTES = 64;

/** A section: what it is, where it is, and what it holds. */
export interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags?: number;
  /** In memory; 0 where that is not decided yet, or the section is not there. */
  readonly address?: number;
  readonly alignment: number;
  readonly contents: Uint8Array;
  /** Size in memory, where the file holds nothing. */
  readonly zeroBytes?: number;
  /** Name of the section that this one belongs to. */
  readonly link?: string;
  /** Name of another section, or a number, whose meaning depends on the type. */
  readonly info?: string | number;
  readonly entryBytes?: number;
}

/** A range of the file as it is to be in memory. */
export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
  readonly alignment: number;
}

export interface ElfSymbol {
  readonly name: string;
  readonly binding: number;
  readonly type: number;
  /** The index of the section that it is in. */
  readonly section: number;
  readonly value: number;
  readonly bytes: number;
}

/** Names that others refer to by their place. */
export class Strings {
  readonly #writer = new ByteWriter().u8(0);
  readonly #known = new Map([['', 0]]);

  /** Where the name is. */
  add(name: string): number {
    let at = this.#known.get(name);
    if (at === undefined) {
      at = this.#writer.length;
      this.#known.set(name, at);
      this.#writer.text(name);
    }
    return at;
  }

  get bytes(): Uint8Array {
    return this.#writer.bytes;
  }
}

/** A table of symbols, the local ones first, as they must be. */
export function symbolTable(symbols: readonly ElfSymbol[], strings: Strings): Uint8Array {
  const to = new ByteWriter().raw(new Uint8Array(SYMBOL_BYTES));
  for (const { name, binding, type, section, value, bytes } of symbols) {
    to.u32(strings.add(name))
      .u8(binding * 16 + type, 0)
      .u16(section)
      .u64(value, bytes);
  }
  return to.bytes;
}

export interface ElfRelocation {
  readonly offset: number;
  readonly type: number;
  /** Index of the symbol. */
  readonly symbol: number;
  readonly addend: number;
}

export function relocationTable(relocations: readonly ElfRelocation[]): Uint8Array {
  const to = new ByteWriter();
  for (const { offset, type, symbol, addend } of relocations) to.u64(offset).u32(type, symbol).u64(addend);
  return to.bytes;
}

/**
 * The file: header, segments, sections with an address at just that place of the file, then the others, and the table of sections.
 */
export function elfFile(
  type: 'relocatable' | 'shared',
  sections: readonly Section[],
  segments: readonly Segment[] = [],
) {
  const names = new Strings();
  const all = [{ name: '', type: sectionType.none, alignment: 0, contents: new Uint8Array() }, ...sections];
  const nameTable = { name: '.shstrtab', type: sectionType.strings, alignment: 1 };
  for (const { name } of [...all, nameTable]) names.add(name);
  const table: Section[] = [...all, { ...nameTable, contents: names.bytes }];

  const body = new ByteWriter();
  const start = HEADER_BYTES + segments.length * SEGMENT_BYTES;
  const offsets = table.map(({ address, alignment, contents }) => {
    const offset = start + body.length;
    const from = address ?? Math.ceil(offset / Math.max(1, alignment)) * Math.max(1, alignment);
    body.raw(new Uint8Array(from - offset)).raw(contents);
    return from;
  });
  body.align(8);

  const indexOf = (name: string | undefined) => (name === undefined ? 0 : table.findIndex((one) => one.name === name));
  const to = new ByteWriter()
    // 64 bits, little-endian, version 1, System V
    .u8(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0)
    .u64(0)
    .u16(type === 'relocatable' ? 1 : 3, 62)
    .u32(1)
    .u64(0, segments.length === 0 ? 0 : HEADER_BYTES, start + body.length)
    .u32(0)
    .u16(HEADER_BYTES, segments.length === 0 ? 0 : SEGMENT_BYTES, segments.length)
    .u16(SECTION_BYTES, table.length, table.length - 1);
  for (const { type, flags, offset, fileBytes, memoryBytes, alignment } of segments) {
    to.u32(type, flags).u64(offset, offset, offset, fileBytes, memoryBytes, alignment);
  }
  to.raw(body.bytes);
  table.forEach((section, index) => {
    const { name, type, flags = 0, address = 0, alignment, contents, zeroBytes, link, info, entryBytes = 0 } = section;
    to.u32(names.add(name), type)
      .u64(flags, address, index === 0 ? 0 : offsets[index]!, zeroBytes ?? contents.length)
      .u32(indexOf(link), typeof info === 'number' ? info : indexOf(info))
      .u64(alignment, entryBytes);
  });
  return to.bytes;
}
