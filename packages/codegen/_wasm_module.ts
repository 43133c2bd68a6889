import { encode, Local, list, type Node, type Operand, plain, unsigned, type ValueType } from './_wasm_code.ts';
import type { WasmMemory } from './wasm_memory.ts';

const TYPES = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const satisfies Record<ValueType, number>;
const FUNCTION_TYPE = 0x60;
const KINDS = { function: 0x00, memory: 0x02 } as const;
const SECTIONS = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

/** `\0asm`, version 1. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Pages of memory that are asked for at least: one. */
const LEAST_PAGES = 1;

/** The most pages that a memory of 32-bit addresses has: 4 GiB. A shared memory must have a maximum, which must not be above this one. */
const MOST_PAGES = 65536;

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(name: string): number[] {
  return [...unsigned(name.length), ...Array.from(name, (character) => character.charCodeAt(0))];
}

/** A function under construction; it returns nothing. */
export class WasmFunction<Parameter extends string = string> {
  readonly name: string;
  readonly index: number;
  /** By their names, in their order. */
  readonly parameters: Readonly<Record<Parameter, Local>>;
  readonly #locals: Local[] = [];
  #body: readonly Node[] = [];

  constructor(name: string, index: number, parameters: Readonly<Record<Parameter, ValueType>>) {
    this.name = name;
    this.index = index;
    const types = Object.entries(parameters) as [Parameter, ValueType][];
    this.parameters = Object.fromEntries(
      types.map(([own, type], number) => [own, new Local(own, type, number)]),
    ) as Record<Parameter, Local>;
  }

  get #given(): Local[] {
    return Object.values(this.parameters);
  }

  local(name: string, type: ValueType): Local {
    const local = new Local(name, type, this.#given.length + this.#locals.length);
    this.#locals.push(local);
    return local;
  }

  /** Variables of one type, by their names. */
  locals<Name extends string>(type: ValueType, names: readonly Name[]): Record<Name, Local> {
    return Object.fromEntries(names.map((name) => [name, this.local(name, type)])) as Record<Name, Local>;
  }

  /** Says what it does: the last that is done with it. */
  define(body: readonly Node[]): void {
    this.#body = body;
  }

  call(...values: readonly Operand[]): Node {
    return plain('call', values, { bytes: unsigned(this.index), text: `$${this.name}` });
  }

  type(): number[] {
    return [FUNCTION_TYPE, ...vector(this.#given.map(({ type }) => [TYPES[type]])), 0];
  }

  code(): number[] {
    const bytes = vector(this.#locals.map(({ type }) => [1, TYPES[type]]));
    encode(this.#body, bytes);
    bytes.push(0x0b);
    return [...unsigned(bytes.length), ...bytes];
  }

  listing(exported: boolean): string {
    const parameters = this.#given.map(({ name, type }) => ` (param $${name} ${type})`).join('');
    const locals = this.#locals.map(({ name, type }) => `    (local $${name} ${type})\n`).join('');
    const face = exported ? ` (export "${this.name}")` : '';
    return `  (func $${this.name}${face}${parameters}\n${locals}${list(this.#body, '    ')}  )\n`;
  }
}

/** The types of parameters that all have the same. */
export function ofType<const Names extends readonly string[], Type extends ValueType>(
  type: Type,
  names: Names,
): Record<Names[number], Type> {
  return Object.fromEntries(names.map((name) => [name, type])) as Record<Names[number], Type>;
}

/** A module that works on a memory which it imports as `memory` of `env`, and exports some of its functions. */
export class WasmModule {
  readonly #memory: WasmMemory;
  readonly #functions: WasmFunction[] = [];
  readonly #exported = new Set<WasmFunction>();

  constructor(memory: WasmMemory) {
    this.#memory = memory;
  }

  function<Types extends Readonly<Record<string, ValueType>>>(
    name: string,
    parameters: Types,
  ): WasmFunction<keyof Types & string> {
    const made = new WasmFunction<keyof Types & string>(name, this.#functions.length, parameters);
    this.#functions.push(made);
    return made;
  }

  export(exported: WasmFunction): void {
    this.#exported.add(exported);
  }

  bytes(): Uint8Array {
    const { addressBits, shared } = this.#memory;
    const flags = (shared ? 0b011 : 0) + (addressBits === 64 ? 0b100 : 0);
    const limits = [flags, ...unsigned(LEAST_PAGES), ...(shared ? unsigned(MOST_PAGES) : [])];
    const functions = this.#functions;
    const section = (id: number, content: readonly number[]) => [id, ...unsigned(content.length), ...content];
    const exports = [...this.#exported].map(({ name, index }) => [...text(name), KINDS.function, ...unsigned(index)]);
    return Uint8Array.from([
      ...HEADER,
      ...section(SECTIONS.type, vector(functions.map((each) => each.type()))),
      ...section(SECTIONS.import, vector([[...text('env'), ...text('memory'), KINDS.memory, ...limits]])),
      ...section(SECTIONS.function, vector(functions.map(({ index }) => unsigned(index)))),
      ...section(SECTIONS.export, vector(exports)),
      ...section(SECTIONS.code, vector(functions.map((each) => each.code()))),
    ]);
  }

  /** The module in the text format. */
  listing(): string {
    const { addressBits, shared } = this.#memory;
    const limits = `${addressBits === 64 ? 'i64 ' : ''}${LEAST_PAGES}${shared ? ` ${MOST_PAGES} shared` : ''}`;
    const functions = this.#functions.map((each) => each.listing(this.#exported.has(each))).join('');
    return `(module\n  (import "env" "memory" (memory ${limits}))\n${functions})\n`;
  }
}
