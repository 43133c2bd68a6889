import { ByteWriter } from './_byte_writer.ts';
import {
  binding,
  type ElfSymbol,
  elfFile,
  flag,
  HEADER_BYTES,
  RELOCATION_BYTES,
  relocationTable,
  relocationType,
  SEGMENT_BYTES,
  type Section,
  type Segment,
  Strings,
  SYMBOL_BYTES,
  sectionType,
  symbolTable,
  symbolType,
} from './_elf_file.ts';
import { unwindEntries, unwindTable, unwindTableBytes } from './_elf_unwind.ts';
import { link } from './_link.ts';
import type { ObjectContents } from './elf_object.ts';

const PAGE_BYTES = 4096;
const ADDRESS_BYTES = 8;

/** Those of {@linkcode elfLibrary}. */
const SEGMENTS = 7;

const segmentType = { load: 1, dynamic: 2, unwind: 0x6474e550, stack: 0x6474e551, readOnly: 0x6474e552 } as const;
const permission = { execute: 1, write: 2, read: 4 } as const;

/** Entries of `.dynamic` (System V ABI, figure 5-10). */
const tag = {
  ...{ end: 0, hash: 4, strings: 5, symbols: 6, relocations: 7, relocationsBytes: 8, relocationBytes: 9 },
  ...{ stringsBytes: 10, symbolBytes: 11, name: 14 },
} as const;

/** The hash of a name that dynamic linkers look it up by (System V ABI, figure 5-13). */
function hashOf(name: string): number {
  let hash = 0;
  for (const character of name) {
    hash = (hash * 16 + character.charCodeAt(0)) >>> 0;
    const high = hash & 0xf0000000;
    hash = ((hash ^ (high >>> 24)) & ~high) >>> 0;
  }
  return hash;
}

/** The table that finds a symbol by its name, the first symbol being no symbol. */
function hashTable(names: readonly string[]): Uint8Array {
  const buckets = new Uint32Array(Math.max(1, names.length));
  const chains = new Uint32Array(names.length + 1);
  names.forEach((name, index) => {
    const bucket = hashOf(name) % buckets.length;
    chains[index + 1] = buckets[bucket]!;
    buckets[bucket] = index + 1;
  });
  return new ByteWriter().u32(buckets.length, chains.length, ...buckets, ...chains).bytes;
}

function roundUp(value: number, boundary: number): number {
  return Math.ceil(value / boundary) * boundary;
}

/**
 * Makes an ELF shared library of functions in machine code, which programs are linked with or load: position-independent, its code
 * not writable and its stack not executable, with symbols of all functions and unwind information. It needs no other library.
 *
 * @param contents The functions, and what they refer to. Global functions can be called from outside; an import is the function of that
 * name in the program or a library it has loaded, if there is one.
 * @param options `name` is what programs linked with it ask for (DT_SONAME), such as `libparatune.so`.
 * @returns The file.
 * @throws {RangeError} When a name stands for two things, or a function refers to what is not there.
 * @example
 * ```ts
 * import { Assembler, eax, elfLibrary } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const a = new Assembler(); // int answer(void)
 * a.mov(eax, 42);
 * a.ret();
 * const functions = [{ name: 'answer', isGlobal: true, code: a.finish() }];
 * const file = elfLibrary({ functions }, { name: 'libanswer.so' });
 * assert.equal(new DataView(file.buffer).getUint16(16, true), 3); // a shared object
 * ```
 */
export function elfLibrary(contents: ObjectContents, { name }: { readonly name: string }): Uint8Array {
  const { functions, imports = [] } = contents;
  const linked = link(contents);
  const unwind = unwindEntries(functions, linked);
  const entries = unwind.bytes.u32(0);
  const exported = functions.filter(({ isGlobal }) => isGlobal).map((one) => one.name);
  const dynamicNames = [...exported, ...imports];
  const strings = new Strings();
  for (const each of [name, ...dynamicNames]) strings.add(each);

  let end = HEADER_BYTES + SEGMENTS * SEGMENT_BYTES;
  const place = (bytes: number, alignment = 8) => {
    const at = roundUp(end, alignment);
    end = at + bytes;
    return at;
  };
  const hash = hashTable(dynamicNames);
  const at = {
    hash: place(hash.length),
    symbols: place(SYMBOL_BYTES * (dynamicNames.length + 1)),
    strings: place(strings.bytes.length),
    relocations: place(RELOCATION_BYTES * imports.length),
    unwindTable: place(unwindTableBytes(functions.length)),
    unwind: place(entries.length),
  };
  const constantEnd = end;
  const text = place(linked.text.length, PAGE_BYTES);
  const dynamicBytes = 16 * 10;
  const dynamic = place(dynamicBytes, PAGE_BYTES);
  const addresses = place(ADDRESS_BYTES * imports.length);
  const writableEnd = end;
  const data = roundUp(end, PAGE_BYTES);

  const code = linked.text.slice();
  const view = new DataView(code.buffer);
  for (const { offset, name: to, addend } of linked.toData) {
    view.setInt32(offset, data + linked.data.get(to)!.offset + addend - (text + offset), true);
  }
  for (const { offset, name: to, addend } of linked.toImports) {
    view.setInt32(offset, addresses + ADDRESS_BYTES * imports.indexOf(to) + addend - (text + offset), true);
  }
  for (const { at: place, start } of unwind.places) entries.patch32(place, text + start - (at.unwind + place));

  // Of the sections below.
  const [textIndex, dataIndex] = [7, 10];
  const inText = (bindingOf: number) => (symbol: string) => {
    const { offset, bytes } = linked.functions.get(symbol)!;
    return {
      ...{ name: symbol, binding: bindingOf, type: symbolType.function, section: textIndex },
      ...{ value: text + offset, bytes },
    };
  };
  const globals: ElfSymbol[] = [
    ...exported.map(inText(binding.global)),
    ...imports.map((symbol) => {
      return { name: symbol, binding: binding.weak, type: symbolType.none, section: 0, value: 0, bytes: 0 };
    }),
  ];
  const locals: ElfSymbol[] = [
    ...functions.filter(({ isGlobal }) => !isGlobal).map((one) => inText(binding.local)(one.name)),
    ...[...linked.data].map(([symbol, { offset, bytes }]) => {
      return {
        ...{ name: symbol, binding: binding.local, type: symbolType.object, section: dataIndex },
        ...{ value: data + offset, bytes },
      };
    }),
  ];
  const allStrings = new Strings();
  const allSymbols = symbolTable([...locals, ...globals], allStrings);
  const relocations = relocationTable(
    imports.map((_, index) => ({
      ...{ offset: addresses + ADDRESS_BYTES * index, type: relocationType.tableEntry },
      ...{ symbol: exported.length + index + 1, addend: 0 },
    })),
  );
  const dynamicEntries = new ByteWriter().u64(
    ...[tag.name, strings.add(name), tag.hash, at.hash, tag.strings, at.strings, tag.symbols, at.symbols],
    ...[tag.stringsBytes, strings.bytes.length, tag.symbolBytes, SYMBOL_BYTES, tag.relocations, at.relocations],
    ...[tag.relocationsBytes, relocations.length, tag.relocationBytes, RELOCATION_BYTES, tag.end, 0],
  ).bytes;

  const { allocate, write, execute } = flag;
  const [program, symbols] = [sectionType.program, { alignment: 8, entryBytes: SYMBOL_BYTES }];
  const read = { flags: allocate, alignment: 8 };
  const sections: Section[] = [
    {
      name: '.hash',
      type: sectionType.hash,
      ...read,
      address: at.hash,
      link: '.dynsym',
      entryBytes: 4,
      contents: hash,
    },
    {
      ...{ name: '.dynsym', type: sectionType.dynamicSymbols, ...read, ...symbols, address: at.symbols },
      ...{ link: '.dynstr', info: 1, contents: symbolTable(globals, strings) },
    },
    { name: '.dynstr', type: sectionType.strings, ...read, address: at.strings, contents: strings.bytes },
    {
      ...{ name: '.rela.dyn', type: sectionType.relocations, ...read, address: at.relocations },
      ...{ link: '.dynsym', entryBytes: RELOCATION_BYTES, contents: relocations },
    },
    {
      ...{ name: '.eh_frame_hdr', type: program, ...read, address: at.unwindTable },
      contents: unwindTable(unwind.places, { table: at.unwindTable, entries: at.unwind, text }),
    },
    { name: '.eh_frame', type: program, ...read, address: at.unwind, contents: entries.bytes },
    { name: '.text', type: program, flags: allocate | execute, alignment: 64, address: text, contents: code },
    {
      ...{ name: '.dynamic', type: sectionType.dynamic, flags: allocate | write, alignment: 8, address: dynamic },
      ...{ link: '.dynstr', entryBytes: 16, contents: dynamicEntries },
    },
    {
      ...{ name: '.got', type: program, flags: allocate | write, alignment: 8, address: addresses },
      ...{ entryBytes: ADDRESS_BYTES, contents: new Uint8Array(ADDRESS_BYTES * imports.length) },
    },
    {
      ...{ name: '.bss', type: sectionType.zeros, flags: allocate | write, alignment: 64, address: data },
      ...{ contents: new Uint8Array(), zeroBytes: linked.dataBytes },
    },
    {
      ...{ name: '.symtab', type: sectionType.symbols, ...symbols },
      ...{ link: '.strtab', info: locals.length + 1, contents: allSymbols },
    },
    { name: '.strtab', type: sectionType.strings, alignment: 1, contents: allStrings.bytes },
  ];
  const segment = (type: number, flags: number, from: number, to: number, alignment: number): Segment => {
    return { type, flags, offset: from, fileBytes: to - from, memoryBytes: to - from, alignment };
  };
  const segments: Segment[] = [
    segment(segmentType.load, permission.read, 0, constantEnd, PAGE_BYTES),
    segment(segmentType.load, permission.read | permission.execute, text, text + code.length, PAGE_BYTES),
    {
      ...segment(segmentType.load, permission.read | permission.write, dynamic, writableEnd, PAGE_BYTES),
      memoryBytes: data + linked.dataBytes - dynamic,
    },
    segment(segmentType.dynamic, permission.read | permission.write, dynamic, dynamic + dynamicBytes, 8),
    segment(
      segmentType.unwind,
      permission.read,
      at.unwindTable,
      at.unwindTable + unwindTableBytes(functions.length),
      4,
    ),
    segment(segmentType.stack, permission.read | permission.write, 0, 0, 16),
    // What the dynamic linker has filled in is not written again.
    { ...segment(segmentType.readOnly, permission.read, dynamic, writableEnd, 1), memoryBytes: data - dynamic },
  ];
  return elfFile('shared', sections, segments);
}
