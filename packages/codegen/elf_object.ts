import {
  binding,
  type ElfSymbol,
  elfFile,
  flag,
  RELOCATION_BYTES,
  relocationTable,
  relocationType,
  Strings,
  SYMBOL_BYTES,
  sectionType,
  symbolTable,
  symbolType,
} from './_elf_file.ts';
import { unwindEntries } from './_elf_unwind.ts';
import { link } from './_link.ts';
import type { Relocation, UnwindRow } from './x64_assembler.ts';

/** A function of an object file. */
export interface ObjectFunction {
  /** Its symbol. */
  readonly name: string;
  /** Whether other object files can call it. */
  readonly isGlobal: boolean;
  /** What an assembler's `finish` or a generator of machine code returns. */
  readonly code: {
    readonly bytes: Uint8Array;
    /** To other functions, data and imports of the same object file. */
    readonly relocations?: readonly Relocation[];
    readonly unwind?: readonly UnwindRow[];
  };
}

/** What is in an object file, or in a shared library. */
export interface ObjectContents {
  readonly functions: readonly ObjectFunction[];
  /** Bytes of memory that is zero at first, by name. */
  readonly data?: Readonly<Record<string, number>>;
  /** Functions of others that need not be there: memory of that name holds the function's address, or 0. */
  readonly imports?: readonly string[];
}

/**
 * Makes an ELF relocatable object file of functions in machine code, for a linker: `.text`, symbols, unwind information, a stack
 * that is not executable. Nothing but this function is needed: no assembler, no compiler.
 *
 * @param contents The functions, and what they refer to.
 * @returns The file.
 * @throws {RangeError} When a name stands for two things, or a function refers to what is not there.
 * @example
 * ```ts
 * import { Assembler, edi, eax, elfObject } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const a = new Assembler(); // int answer(void)
 * a.mov(eax, 42);
 * a.ret();
 * const file = elfObject({ functions: [{ name: 'answer', isGlobal: true, code: a.finish() }] });
 * assert.equal(String.fromCharCode(...file.subarray(1, 4)), 'ELF');
 * ```
 */
export function elfObject(contents: ObjectContents): Uint8Array {
  const { functions, imports = [] } = contents;
  const linked = link(contents);
  const unwind = unwindEntries(functions, linked);
  const [textIndex, dataIndex] = [1, 3];
  const placed = ({ name }: { name: string }) => linked.functions.get(name)!;
  const inText = (bindingOf: number) => (one: ObjectContents['functions'][number]) => {
    const { offset: value, bytes } = placed(one);
    return { name: one.name, binding: bindingOf, type: symbolType.function, section: textIndex, value, bytes };
  };
  const symbols: ElfSymbol[] = [
    { name: '', binding: binding.local, type: symbolType.section, section: textIndex, value: 0, bytes: 0 },
    { name: '', binding: binding.local, type: symbolType.section, section: dataIndex, value: 0, bytes: 0 },
    ...functions.filter(({ isGlobal }) => !isGlobal).map(inText(binding.local)),
    ...[...linked.data].map(([name, { offset: value, bytes }]) => {
      return { name, binding: binding.local, type: symbolType.object, section: dataIndex, value, bytes };
    }),
    ...functions.filter(({ isGlobal }) => isGlobal).map(inText(binding.global)),
    ...imports.map((name) => {
      return { name, binding: binding.weak, type: symbolType.none, section: 0, value: 0, bytes: 0 };
    }),
  ];
  const indexOf = (name: string) => symbols.findIndex((symbol) => symbol.name === name) + 1;
  const strings = new Strings();
  const [textSymbol, dataSymbol] = [1, 2];
  const references = [
    ...linked.toData.map(({ offset, name, addend }) => {
      const { offset: at } = linked.data.get(name)!;
      return { offset, type: relocationType.distance, symbol: dataSymbol, addend: addend + at };
    }),
    ...linked.toImports.map(({ offset, name, addend }) => {
      return { offset, type: relocationType.toTableEntry, symbol: indexOf(name), addend };
    }),
  ];
  const starts = unwind.places.map(({ at, start }) => {
    return { offset: at, type: relocationType.distance, symbol: textSymbol, addend: start };
  });
  const [nothing, { allocate, write, execute }] = [new Uint8Array(), flag];
  const relocations = { type: sectionType.relocations, alignment: 8, link: '.symtab', entryBytes: RELOCATION_BYTES };
  const locals = symbols.filter((symbol) => symbol.binding === binding.local).length + 1;
  const table = symbolTable(symbols, strings);
  return elfFile('relocatable', [
    { name: '.text', type: sectionType.program, flags: allocate | execute, alignment: 64, contents: linked.text },
    { name: '.rela.text', ...relocations, info: '.text', contents: relocationTable(references) },
    {
      ...{ name: '.bss', type: sectionType.zeros, flags: allocate | write, alignment: 64 },
      ...{ contents: nothing, zeroBytes: linked.dataBytes },
    },
    { name: '.eh_frame', type: sectionType.program, flags: allocate, alignment: 8, contents: unwind.bytes.bytes },
    { name: '.rela.eh_frame', ...relocations, info: '.eh_frame', contents: relocationTable(starts) },
    { name: '.note.GNU-stack', type: sectionType.program, alignment: 1, contents: nothing },
    {
      ...{ name: '.symtab', type: sectionType.symbols, alignment: 8, contents: table },
      ...{ link: '.strtab', info: locals, entryBytes: SYMBOL_BYTES },
    },
    { name: '.strtab', type: sectionType.strings, alignment: 1, contents: strings.bytes },
  ]);
}
