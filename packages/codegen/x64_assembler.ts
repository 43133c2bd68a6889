/**
 * An assembler for x86-64: one method per instruction, Intel operand order, bytes and a listing out.
 *
 * @module
 */

import { addressProblem, CodeBuffer, encode, type Fixup, mismatch, plain } from './_x64_encode.ts';
import { expectation, instructionText } from './_x64_format.ts';
import { type Encoding, type Essential, type OperandTypes, parse } from './_x64_forms.ts';
import { table } from './_x64_table.ts';
import { AssemblerError } from './assembler_error.ts';
import { Label, type Memory, mem, type Operand, type Vector } from './x64_operands.ts';

/** The name of an instruction, as the {@linkcode Assembler}'s method has it: `vfmadd231pd`, `jnz`, `lockXadd`. */
export type Mnemonic = keyof typeof table;

/**
 * The methods of an {@linkcode Assembler} that emit instructions: one a mnemonic, taking the operands its forms allow.
 * `V` is the one vector width of an instruction, so that a generator may hold registers as {@linkcode Vector} and no
 * instruction can mix widths.
 */
export type Instructions = {
  [Name in Mnemonic]: <V extends Vector = Vector>(
    ...operands: OperandTypes<Essential<(typeof table)[Name][number]['operands']>, V>
  ) => void;
};

/** What {@linkcode Assembler.finish} returns. */
export interface AssembledCode {
  /** Machine code, then constants. Position-independent; wants the alignment of the largest one asked for. */
  readonly bytes: Uint8Array;
  /** Offsets, bytes and Intel syntax, a line an instruction. */
  readonly listing: string;
  /** Where a label ended up, in bytes from the start. */
  offsetOf(label: Label): number;
}

/** Contents that {@linkcode Assembler.constant} takes. */
export type ConstantData =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Uint8Array;

/** An instruction of fixed size: what the listing needs to know of it. */
interface Line {
  readonly mnemonic: Mnemonic;
  readonly encoding: Encoding;
  readonly operands: readonly Operand[];
  /** Where its bytes start in the buffer. */
  readonly start: number;
  readonly fixup: Fixup | undefined;
}

/** Instructions on end, from `start` to `end` in the buffer. */
interface Run {
  readonly kind: 'run';
  readonly start: number;
  end: number;
  readonly lines: Line[];
  /** Whether one of them has a fixup. */
  relocated: boolean;
}

type Item =
  | Run
  | {
      readonly kind: 'branch';
      readonly mnemonic: Mnemonic;
      readonly label: Label;
      /** Opcodes with a distance of one byte and of four; some branches have only the second. */
      readonly short: Encoding | undefined;
      readonly near: Encoding;
    }
  | { readonly kind: 'label'; readonly label: Label }
  | { readonly kind: 'align'; readonly boundary: number; readonly filler: 'nop' | 'int3' }
  | { readonly kind: 'nop'; readonly bytes: readonly number[] }
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'data'; readonly data: ConstantData };

/** The forms of an instruction: all, and those that the kind of the first operand leaves. */
interface Forms {
  readonly all: readonly Encoding[];
  readonly byFirst: Map<number, readonly Encoding[]>;
}

const parsed = new Map<Mnemonic, Forms>();

/** The forms of an instruction, parsed at its first use. */
function formsOf(mnemonic: Mnemonic): Forms {
  let forms = parsed.get(mnemonic);
  if (forms === undefined) {
    const all = Object.hasOwn(table, mnemonic) ? table[mnemonic].flatMap(parse) : [];
    parsed.set(mnemonic, (forms = { all, byFirst: new Map() }));
  }
  return forms;
}

/** The forms worth a look: a vector instruction has up to ten, of which the first operand leaves one or two. */
function candidatesFor(mnemonic: Mnemonic, operands: readonly Operand[]): readonly Encoding[] {
  const { all, byFirst } = formsOf(mnemonic);
  const first = plain(operands[0]!);
  if (typeof first !== 'object' || (first?.kind !== 'vector' && first?.kind !== 'general')) return all;
  let left = byFirst.get(first.bits);
  if (left === undefined) {
    left = all.filter(({ slots }) =>
      slots[0]?.alternatives.some((one) => one.kind === first.kind && one.bits === first.bits),
    );
    byFirst.set(first.bits, left);
  }
  return left;
}

// Intel 64 and IA-32 Architectures Optimization Reference Manual, "Using NOPs".
const nops: readonly (readonly number[])[] = [
  [0x90],
  [0x66, 0x90],
  [0x0f, 0x1f, 0x00],
  [0x0f, 0x1f, 0x40, 0x00],
  [0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
  [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];

function nopBytes(length: number): number[] {
  const bytes: number[] = [];
  for (let left = length; left > 0; left -= 9) bytes.push(...nops[Math.min(left, 9) - 1]!);
  return bytes;
}

/**
 * Turns instructions into machine code and a listing. Each instruction is a method, operands in Intel order; where several
 * encodings exist the shortest is taken, EVEX only where VEX cannot express the instruction. Jumps find out by themselves
 * whether their distance fits one byte.
 *
 * Operands that the instruction does not take are compile-time errors where their types tell, and an
 * {@linkcode AssemblerError} otherwise.
 *
 * @example The sum of `rsi` doubles at `rdi`, in `xmm0`:
 * ```ts
 * import { Assembler, mem, rdi, rsi, xmm } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const a = new Assembler();
 * const loop = a.label('loop');
 * a.vxorpd(xmm(0), xmm(0), xmm(0));
 * a.bind(loop);
 * a.vaddsd(xmm(0), xmm(0), mem({ base: rdi }));
 * a.add(rdi, 8);
 * a.dec(rsi);
 * a.jnz(loop);
 * a.ret();
 * const { bytes, listing } = a.finish();
 * assert.equal(bytes.length, 18);
 * assert.match(listing, /vaddsd xmm0, xmm0, qword ptr \[rdi\]/);
 * ```
 */
export interface Assembler extends Instructions {}
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the static block defines every method of the interface
export class Assembler {
  static {
    // An object of their own, a dictionary from the start: V8 copies the shape of an ordinary prototype each time it gets
    // another method, which for hundreds of them came to 5 MB of garbage at import.
    const methods = Object.create(null) as Record<Mnemonic, unknown>;
    for (const mnemonic of Object.keys(table) as Mnemonic[]) {
      methods[mnemonic] = function (this: Assembler, ...operands: Operand[]) {
        this.#emit(mnemonic, operands);
      };
    }
    Object.setPrototypeOf(Assembler.prototype, Object.setPrototypeOf(methods, Object.prototype));
  }

  readonly #items: Item[] = [];
  readonly #buffer = new CodeBuffer();
  /** The run that instructions are added to, as long as nothing else comes between. */
  #run: Run | undefined;
  readonly #labelNames = new Map<string, number>();
  readonly #bound = new Set<Label>();
  readonly #constants = new Map<string, { label: Label; data: ConstantData; alignment: number }>();

  /**
   * Emits an instruction by name. The methods named after the instructions do the same with their operands' types checked
   * at compile time; this one is for generators that choose the instruction at run time.
   *
   * @throws {AssemblerError} When the instruction does not take these operands.
   */
  emit(mnemonic: Mnemonic, ...operands: readonly Operand[]): void {
    this.#emit(mnemonic, operands);
  }

  #emit(mnemonic: Mnemonic, operands: readonly Operand[]): void {
    const candidates = candidatesFor(mnemonic, operands);
    const buffer = this.#buffer;
    const start = buffer.length;
    let best: Encoding | undefined;
    let fixup: Fixup | undefined;
    for (const encoding of candidates) {
      if (best !== undefined && encoding.space !== best.space) break;
      if (mismatch(encoding, operands) >= 0) continue;
      if (encoding.slots[0]?.role === 'D') {
        this.#branch(mnemonic, candidates, operands[0] as Label);
        return;
      }
      if (best === undefined) this.#checkAddresses(mnemonic, operands);
      const end = buffer.length;
      const other = encode(buffer, encoding, operands);
      if (best === undefined || buffer.length - end < end - start) {
        buffer.remove(start, end);
        best = encoding;
        fixup = other;
      } else buffer.length = end;
    }
    if (best === undefined) throw this.#refusal(mnemonic, formsOf(mnemonic).all, operands);
    if (this.#run === undefined)
      this.#add((this.#run = { kind: 'run', start, end: start, lines: [], relocated: false }));
    this.#run.lines.push({ mnemonic, encoding: best, operands, start, fixup });
    this.#run.end = buffer.length;
    if (fixup !== undefined) this.#run.relocated = true;
  }

  /**
   * A new label, to be given a place by {@linkcode bind}.
   *
   * @param name Name in the listing; a number is appended when it is taken.
   */
  label(name = 'L'): Label {
    const count = (this.#labelNames.get(name) ?? 0) + 1;
    this.#labelNames.set(name, count);
    return new Label(count === 1 ? name : `${name}_${count}`, this);
  }

  /**
   * Puts a label here.
   *
   * @throws {AssemblerError} When the label has its place already or belongs to another assembler.
   */
  bind(label: Label): void {
    this.#own('bind', 1, label);
    if (this.#bound.has(label)) throw new AssemblerError('bind', 1, label, `label '${label}' is bound already`);
    this.#bound.add(label);
    this.#add({ kind: 'label', label });
  }

  /**
   * Pads with `nop` to a multiple of `boundary` bytes from the start of the code.
   *
   * @param boundary A power of two up to 4096 (a page, what code is loaded at).
   * @throws {RangeError} When it is something else.
   */
  align(boundary: number): void {
    checkAlignment('boundary', boundary);
    this.#add({ kind: 'align', boundary, filler: 'nop' });
  }

  /**
   * Emits `nop` of the given length, in as few instructions as it takes.
   *
   * @param bytes Length, a positive integer. Default 1.
   * @throws {RangeError} When it is something else.
   */
  nop(bytes = 1): void {
    if (!Number.isSafeInteger(bytes) || bytes < 1)
      throw new RangeError(`'bytes' must be a positive integer, got ${String(bytes)}`);
    this.#add({ kind: 'nop', bytes: nopBytes(bytes) });
  }

  /** Puts a line of comment into the listing. */
  comment(text: string): void {
    this.#add({ kind: 'comment', text });
  }

  /**
   * Data behind the code, as a memory operand relative to the instruction pointer. Equal data is stored once.
   *
   * @param data The contents, copied.
   * @param alignment In bytes, a power of two up to 4096. Default: the size of `data`, up to 64.
   * @throws {TypeError} When `data` is no typed array of a kind that {@linkcode ConstantData} lists.
   * @throws {RangeError} When `data` is empty or `alignment` is something else.
   * @example
   * ```ts
   * import { Assembler, xmm, zmm } from '@paratune/codegen';
   * import assert from 'node:assert/strict';
   *
   * const a = new Assembler();
   * const half = a.constant(new Float64Array([0.5]));
   * a.mulsd(xmm(0), half);
   * a.vmulpd(zmm(1), zmm(1), half.broadcastTo(8));
   * a.ret();
   * const { bytes } = a.finish();
   * assert.equal(new DataView(bytes.buffer).getFloat64(bytes.length - 8, true), 0.5);
   * ```
   */
  constant(data: ConstantData, alignment?: number): Memory {
    if (!ArrayBuffer.isView(data) || !(data.constructor.name in directives))
      throw new TypeError(`'data' must be a typed array of ${Object.keys(directives).join(', ')}, got ${String(data)}`);
    if (data.length === 0) throw new RangeError("'data' must not be empty");
    const wanted = alignment ?? Math.min(64, 2 ** Math.ceil(Math.log2(data.byteLength)));
    checkAlignment('alignment', wanted);
    const key = `${data.constructor.name} ${new Uint8Array(data.buffer, data.byteOffset, data.byteLength).join()}`;
    let constant = this.#constants.get(key);
    if (constant === undefined) {
      constant = { label: this.label('constant'), data: data.slice(), alignment: wanted };
      this.#constants.set(key, constant);
    }
    constant.alignment = Math.max(constant.alignment, wanted);
    return mem({ base: constant.label });
  }

  /**
   * The code so far. The assembler may go on afterwards.
   *
   * @throws {AssemblerError} When a label that an instruction names was never bound.
   */
  finish(): AssembledCode {
    // What comes later must not grow a run that this listing shows.
    this.#run = undefined;
    const items = [...this.#items, ...this.#dataItems()];
    const layout = arrange(items, this.#buffer);
    return {
      bytes: layout.bytes,
      get listing() {
        return list(items, layout);
      },
      offsetOf: (label) => {
        this.#own('offsetOf', 1, label);
        const offset = layout.labels.get(label);
        if (offset === undefined) throw new AssemblerError('offsetOf', 1, label, `label '${label}' is never bound`);
        return offset;
      },
    };
  }

  #add(item: Item): void {
    if (item.kind !== 'run') this.#run = undefined;
    this.#items.push(item);
  }

  #dataItems(): Item[] {
    // Largest alignment first, so that padding is rare.
    const constants = [...this.#constants.values()].sort((left, right) => right.alignment - left.alignment);
    return constants.flatMap(({ label, data, alignment }) => [
      { kind: 'align', boundary: alignment, filler: 'int3' } as const,
      { kind: 'label', label } as const,
      { kind: 'data', data } as const,
    ]);
  }

  #branch(mnemonic: Mnemonic, candidates: readonly Encoding[], label: Label): void {
    this.#own(mnemonic, 1, label);
    const of = (bytes: number) =>
      candidates.find(({ slots }) => (slots[0]!.alternatives[0] as { bytes?: number }).bytes === bytes);
    this.#add({ kind: 'branch', mnemonic, label, short: of(1), near: of(4)! });
  }

  #own(instruction: string, operand: number, label: Label): void {
    if (!(label instanceof Label))
      throw new AssemblerError(instruction, operand, label, `must be a label, got ${String(label)}`);
    if (label.owner !== this)
      throw new AssemblerError(instruction, operand, label, `label '${label}' belongs to another assembler`);
  }

  #checkAddresses(mnemonic: Mnemonic, operands: readonly Operand[]): void {
    for (let i = 0; i < operands.length; i++) {
      const memory = plain(operands[i]!);
      if (typeof memory !== 'object' || memory?.kind !== 'memory') continue;
      const problem = addressProblem(memory);
      if (problem !== undefined) throw new AssemblerError(mnemonic, i + 1, memory, problem);
      if (memory.base?.kind === 'label') this.#own(mnemonic, i + 1, memory.base);
    }
  }

  /** The error for operands that no form takes: about the first operand that stops the form that got furthest. */
  #refusal(mnemonic: Mnemonic, candidates: readonly Encoding[], operands: readonly Operand[]): AssemblerError {
    if (candidates.length === 0)
      return new AssemblerError(mnemonic, undefined, mnemonic, 'is not an instruction this assembler knows');
    this.#checkAddresses(mnemonic, operands);
    const stops = candidates.map((encoding) => mismatch(encoding, operands));
    const position = Math.max(...stops);
    const counts = [...new Set(candidates.map(({ slots }) => slots.length))].sort();
    if (!counts.includes(operands.length))
      return new AssemblerError(
        mnemonic,
        undefined,
        operands,
        `takes ${counts.join(' or ')} operands, got ${operands.length}`,
      );
    const slots = candidates.filter((_, i) => stops[i] === position).flatMap(({ slots }) => slots[position] ?? []);
    const operand = operands[position]!;
    const wanted = [...new Set(slots.flatMap((slot) => slot.alternatives.map(expectation)))];
    const notes: string[] = [];
    if (typeof operand === 'object' && operand?.kind === 'masked') {
      if (operand.by.number === 0) notes.push('k0 cannot be a mask');
      else if (slots.every(({ masking }) => masking === 'none')) notes.push('takes no mask here');
      else if (operand.zeroing && !slots.some(({ masking }) => masking === 'zero'))
        notes.push('cannot zero under a mask here');
    } else if (slots.some(({ masking }) => masking === 'demanded')) notes.push('needs a mask');
    const target = plain(operand);
    if (typeof target === 'object' && target?.kind === 'vector' && target.number > 15)
      notes.push('registers from 16 on exist in AVX-512 forms only');
    return new AssemblerError(
      mnemonic,
      position + 1,
      operand,
      `must be ${wanted.join(' or ')}${notes.map((note) => ` (${note})`).join('')}, got ${String(operand)}`,
    );
  }
}

function checkAlignment(name: string, value: number): void {
  if (![1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096].includes(value))
    throw new RangeError(`'${name}' must be a power of two from 1 to 4096, got ${String(value)}`);
}

interface Layout {
  readonly bytes: Uint8Array;
  /** Where each item starts, and where the last ends. */
  readonly offsets: readonly number[];
  readonly labels: ReadonlyMap<Label, number>;
}

/** Gives every item its place, branches the shortest distance that reaches, and the bytes their distances. */
function arrange(items: readonly Item[], buffer: CodeBuffer): Layout {
  const labels = new Map<Label, number>();
  const long = new Set<Item>(items.filter((item) => item.kind === 'branch' && item.short === undefined));
  let offsets: number[];
  // Branches only ever grow, so this ends.
  for (;;) {
    offsets = [0];
    for (const item of items) {
      const offset = offsets[offsets.length - 1]!;
      if (item.kind === 'label') labels.set(item.label, offset);
      offsets.push(offset + size(item, offset, long.has(item)));
    }
    const before = long.size;
    items.forEach((item, i) => {
      if (item.kind !== 'branch' || long.has(item)) return;
      const target = labels.get(item.label);
      if (target === undefined)
        throw new AssemblerError(item.mnemonic, 1, item.label, `label '${item.label}' is never bound`);
      const distance = target - offsets[i + 1]!;
      if (distance < -128 || distance > 127) long.add(item);
    });
    if (long.size === before) break;
  }
  const bytes = new Uint8Array(offsets[items.length]!);
  const view = new DataView(bytes.buffer);
  const placeOf = (instruction: string, operand: number, label: Label) => {
    const place = labels.get(label);
    if (place === undefined) throw new AssemblerError(instruction, operand, label, `label '${label}' is never bound`);
    return place;
  };
  items.forEach((item, i) => {
    const start = offsets[i]!;
    const end = offsets[i + 1]!;
    if (item.kind === 'run') {
      bytes.set(buffer.bytes.subarray(item.start, item.end), start);
      if (!item.relocated) return;
      for (const { mnemonic, operands, start: line, fixup } of item.lines) {
        if (fixup === undefined) continue;
        const operand = operands.findIndex((one) => (plain(one) as { base?: unknown }).base === fixup.label) + 1;
        const at = start + line - item.start + fixup.position;
        view.setInt32(at, placeOf(mnemonic, operand, fixup.label) + fixup.addend - (at + 4), true);
      }
    } else if (item.kind === 'branch') {
      const distance = placeOf(item.mnemonic, 1, item.label) - end;
      bytes.set((long.has(item) ? item.near : item.short!).opcode, start);
      if (long.has(item)) view.setInt32(end - 4, distance, true);
      else view.setInt8(end - 1, distance);
    } else if (item.kind === 'align') {
      if (item.filler === 'nop') bytes.set(nopBytes(end - start), start);
      else bytes.fill(0xcc, start, end);
    } else if (item.kind === 'nop') bytes.set(item.bytes, start);
    else if (item.kind === 'data')
      bytes.set(new Uint8Array(item.data.buffer, item.data.byteOffset, item.data.byteLength), start);
  });
  return { bytes, offsets, labels };
}

function size(item: Item, offset: number, long: boolean): number {
  switch (item.kind) {
    case 'run':
      return item.end - item.start;
    case 'branch':
      return long ? item.near.opcode.length + 4 : item.short!.opcode.length + 1;
    case 'align':
      return -offset & (item.boundary - 1);
    case 'nop':
      return item.bytes.length;
    case 'data':
      return item.data.byteLength;
    case 'label':
    case 'comment':
      return 0;
  }
}

const directives: Record<string, string> = {
  Float64Array: '.double',
  Float32Array: '.float',
  Int32Array: '.long',
  Uint32Array: '.long',
  BigInt64Array: '.quad',
  BigUint64Array: '.quad',
  Uint8Array: '.byte',
};

/** Offset, bytes, text: one line an instruction. Of data only the first bytes are shown. */
function list(items: readonly Item[], { bytes, offsets }: Layout): string {
  const lines: string[] = [];
  const add = (start: number, end: number, text: string) => {
    const code = Array.from(bytes.subarray(start, end), (byte) => byte.toString(16).padStart(2, '0')).join('');
    const shown = code.length > 24 ? `${code.slice(0, 21)}...` : code;
    lines.push(`${start.toString(16).padStart(6, '0')}  ${shown.padEnd(25)}${text}`);
  };
  items.forEach((item, i) => {
    const start = offsets[i]!;
    const end = offsets[i + 1]!;
    switch (item.kind) {
      case 'run':
        item.lines.forEach(({ mnemonic, encoding, operands, start: line }, j) => {
          const next = item.lines[j + 1]?.start ?? item.end;
          add(start + line - item.start, start + next - item.start, instructionText(mnemonic, encoding, operands));
        });
        break;
      case 'branch':
        add(start, end, `${item.mnemonic} ${item.label}`);
        break;
      case 'align':
        add(start, end, `.balign ${item.boundary}`);
        break;
      case 'nop':
        add(start, end, item.bytes.length === 1 ? 'nop' : `.nops ${item.bytes.length}`);
        break;
      case 'data':
        add(start, end, `${directives[item.data.constructor.name]} ${item.data.join(', ')}`);
        break;
      case 'label':
        lines.push(`${' '.repeat(31)}${item.label}:`);
        break;
      case 'comment':
        lines.push(`${' '.repeat(33)}; ${item.text}`);
    }
  });
  return `${lines.join('\n')}\n`;
}
