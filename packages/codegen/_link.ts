import { refuse } from './_spec_checks.ts';
import type { ObjectContents } from './elf_object.ts';

/** Functions start on a cache line, as their loops and constants are aligned to. */
const ALIGNMENT_BYTES = 64;

/** `int3`: what nothing ever runs into. */
const FILLER = 0xcc;

/** Where something is in its section. */
export interface Placed {
  readonly offset: number;
  readonly bytes: number;
}

/** A displacement of the text that leads out of it. */
export interface Reference {
  readonly offset: number;
  readonly name: string;
  readonly addend: number;
}

/** Functions put one after the other. */
export interface Linked {
  readonly text: Uint8Array;
  readonly functions: ReadonlyMap<string, Placed>;
  readonly data: ReadonlyMap<string, Placed>;
  readonly dataBytes: number;
  /** Displacements that lead to data. */
  readonly toData: readonly Reference[];
  /** Displacements that lead to the memory with the address of a function of others. */
  readonly toImports: readonly Reference[];
}

function place(sizes: readonly (readonly [name: string, bytes: number])[]): [Map<string, Placed>, end: number] {
  const places = new Map<string, Placed>();
  let end = 0;
  for (const [name, bytes] of sizes) {
    const offset = Math.ceil(end / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    if (places.has(name)) refuse('name', 'one of a kind', name);
    places.set(name, { offset, bytes });
    end = offset + bytes;
  }
  return [places, end];
}

/**
 * Puts the functions of an object file in their places, and what refers from one to another with it.
 *
 * @throws {RangeError} When a name stands for two things, or a function refers to one that nothing has.
 */
export function link({ functions, data = {}, imports = [] }: ObjectContents): Linked {
  const [placedFunctions, textBytes] = place(functions.map(({ name, code }) => [name, code.bytes.length]));
  const [placedData, dataBytes] = place(Object.entries(data));
  const text = new Uint8Array(textBytes).fill(FILLER);
  const view = new DataView(text.buffer);
  const toData: Reference[] = [];
  const toImports: Reference[] = [];
  for (const { name, code } of functions) {
    const start = placedFunctions.get(name)!.offset;
    text.set(code.bytes, start);
    for (const relocation of code.relocations ?? []) {
      const offset = start + relocation.offset;
      const { name: to, addend } = relocation;
      const target = placedFunctions.get(to);
      if (target !== undefined) view.setInt32(offset, target.offset + addend - offset, true);
      else if (placedData.has(to)) toData.push({ offset, name: to, addend });
      else if (imports.includes(to)) toImports.push({ offset, name: to, addend });
      else refuse('relocations', `to a function, data or an import of the object file (in '${name}')`, to);
    }
  }
  return { text, functions: placedFunctions, data: placedData, dataBytes, toData, toImports };
}
