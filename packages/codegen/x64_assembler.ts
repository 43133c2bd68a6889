/**
 * An assembler for x86-64: one method per instruction, Intel operand order, bytes and a listing out.
 *
 * @module
 */

import { addressProblem, CodeBuffer, encode, mismatch, plain, shortest } from './_x64_encode.ts';
import { type Encoding, encodingOf, mnemonics, type Pattern, patternsOf } from './_x64_encodings.ts';
import { expectation } from './_x64_format.ts';
import type { Essential, OperandTypes } from './_x64_forms.ts';
import {
  CodeLayout,
  type Fixup,
  type Gap,
  type LabelPlace,
  type Place,
  type Relocation,
  writeNops,
} from './_x64_layout.ts';
import { CLASSES, immediateClass } from './_x64_operand_class.ts';
import type { table } from './_x64_table.ts';
import { directives, Trace } from './_x64_trace.ts';
import { AssemblerError } from './assembler_error.ts';
import { type Gpr64, Label, type Memory, type MemoryOperand, mem, type Operand, type Vector } from './x64_operands.ts';

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
  /** Displacements that lead out of the code, to be filled in where it is put. */
  readonly relocations: readonly Relocation[];
  /** How a debugger finds the caller, in the order of the code. */
  readonly unwind: readonly UnwindRow[];
  /** Where a label ended up, in bytes from the start. */
  offsetOf(label: Label): number;
}

export type { Relocation } from './_x64_layout.ts';

/**
 * What a debugger, a profiler or an exception must know to get from a function to its caller. The frame address is that of
 * the stack before the call: 8 bytes above the return address.
 */
export type UnwindRule =
  | {
      /** The frame address is so many bytes above a register. */
      readonly kind: 'frame';
      readonly register: Gpr64;
      readonly bytes: number;
    }
  | {
      /** The frame address is so many bytes above the address that memory holds, a displacement from a register. */
      readonly kind: 'frame in memory';
      readonly register: Gpr64;
      readonly displacement: number;
      readonly bytes: number;
    }
  | {
      /** The caller's value of a register stands so many bytes below the frame address. */
      readonly kind: 'saved';
      readonly register: Gpr64;
      readonly bytes: number;
    }
  | {
      /** A register has the caller's value again. */
      readonly kind: 'restored';
      readonly register: Gpr64;
    };

/** A rule and the place in the code from which on it holds. */
export interface UnwindRow {
  readonly offset: number;
  readonly rule: UnwindRule;
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

/** The forms of an instruction, and the encodings chosen so far, by the classes of the operands. */
interface Forms {
  readonly patterns: readonly Pattern[];
  readonly chosen: Map<number, Encoding>;
  /** To a label, with a distance of one byte and of four. */
  readonly short: Encoding | undefined;
  readonly near: Encoding | undefined;
}

const known = new Map<string, Forms>();

/** The forms of an instruction, read at its first use. */
function formsOf(mnemonic: Mnemonic): Forms {
  let forms = known.get(mnemonic);
  if (forms === undefined) {
    const patterns = patternsOf(mnemonic);
    const toLabel = (bytes: number) => {
      const pattern = patterns.find(({ slots }) => {
        const one = slots[0]?.alternatives[0];
        return one?.kind === 'relative' && one.bytes === bytes;
      });
      return pattern && encodingOf(pattern);
    };
    forms = { patterns, chosen: new Map(), short: toLabel(1), near: toLabel(4) };
    known.set(mnemonic, forms);
  }
  return forms;
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
    for (const mnemonic of mnemonics as readonly Mnemonic[]) {
      methods[mnemonic] = function (this: Assembler, ...operands: Operand[]) {
        this.#emit(mnemonic, operands);
      };
    }
    Object.setPrototypeOf(Assembler.prototype, Object.setPrototypeOf(methods, Object.prototype));
  }

  readonly #buffer = new CodeBuffer();
  readonly #gaps: Gap[] = [];
  readonly #fixups: Fixup[] = [];
  readonly #trace = new Trace();
  readonly #labelNames = new Map<string, number>();
  readonly #places = new Map<Label, LabelPlace>();
  readonly #externals = new Map<Label, string>();
  readonly #unwind: { place: Place; rule: UnwindRule }[] = [];
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
    const encoding = this.#encodingFor(mnemonic, operands);
    if (encoding.distanceBytes > 0) {
      this.#branch(mnemonic, operands[0] as Label);
      return;
    }
    const buffer = this.#buffer;
    const start = buffer.length;
    const relative = encode(buffer, encoding, operands);
    if (relative !== undefined) this.#fix(mnemonic, encoding, operands, relative, start);
    this.#trace.instruction(mnemonic, operands);
  }

  #encodingFor(mnemonic: Mnemonic, operands: readonly Operand[]): Encoding {
    const forms = formsOf(mnemonic);
    let key = 0;
    for (let i = 0; i < operands.length; i++) {
      const operand = operands[i];
      key = key * CLASSES + (typeof operand === 'object' && operand !== null ? operand.class : immediateClass(operand));
    }
    return forms.chosen.get(key) ?? this.#choose(mnemonic, forms, operands, key);
  }

  /** The encoding that the operands get, and from now on all operands of their classes. */
  #choose(mnemonic: Mnemonic, forms: Forms, operands: readonly Operand[], key: number): Encoding {
    const best = shortest(forms.patterns, operands);
    if (best === undefined) throw this.#refusal(mnemonic, forms.patterns, operands);
    this.#checkAddresses(mnemonic, operands);
    if (!Number.isNaN(key)) forms.chosen.set(key, best);
    return best;
  }

  /** Notes that the instruction just emitted has the distance to a label to come, before its immediate if it has one. */
  #fix(
    mnemonic: Mnemonic,
    { immediateBytes }: Encoding,
    operands: readonly Operand[],
    relative: MemoryOperand,
    start: number,
  ): void {
    const operand = operands.findIndex((one) => plain(one) === relative) + 1;
    const label = relative.base as Label;
    const end = this.#buffer.length;
    // Emitted only if the label turns out to be one of ours.
    this.#buffer.length = start;
    this.#own(mnemonic, operand, label);
    this.#buffer.length = end;
    const position = end - immediateBytes - 4;
    const addend = relative.displacement - immediateBytes;
    this.#fixups.push({ position, gaps: this.#gaps.length, mnemonic, operand, label, addend });
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
    if (this.#places.has(label)) throw new AssemblerError('bind', 1, label, `label '${label}' is bound already`);
    const position = this.#buffer.length;
    this.#places.set(label, { position, gaps: this.#gaps.length, order: this.#places.size });
    this.#trace.note({ kind: 'label', label });
  }

  /**
   * Pads with `nop` to a multiple of `boundary` bytes from the start of the code.
   *
   * @param boundary A power of two up to 4096 (a page, what code is loaded at).
   * @throws {RangeError} When it is something else.
   */
  align(boundary: number): void {
    checkAlignment('boundary', boundary);
    this.#addGap({ kind: 'padding', position: this.#buffer.length, boundary });
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
    const buffer = this.#buffer;
    this.#trace.note({ kind: 'nop', bytes });
    writeNops(buffer.reserve(bytes), buffer.length, buffer.length + bytes);
    buffer.length += bytes;
  }

  /** Puts a line of comment into the listing. */
  comment(text: string): void {
    this.#trace.note({ kind: 'comment', text });
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
   * Memory or a function outside of the code, as a memory operand relative to the instruction pointer; `relocations` of what
   * {@linkcode finish} returns tells where it is referred to.
   *
   * @param name What it is called.
   */
  external(name: string): Memory {
    const known = [...this.#externals].find(([, other]) => other === name)?.[0];
    const label = known ?? this.label(name);
    this.#externals.set(label, name);
    return mem({ base: label });
  }

  /** Says what holds from here on when a debugger looks for the caller. At the start the return address is at `rsp`. */
  unwind(rule: UnwindRule): void {
    this.#unwind.push({ place: { position: this.#buffer.length, gaps: this.#gaps.length }, rule });
  }

  /**
   * The code so far. The assembler may go on afterwards.
   *
   * @throws {AssemblerError} When a label that an instruction names was never bound.
   */
  finish(): AssembledCode {
    // Largest alignment first, so that padding is rare.
    const constants = [...this.#constants.values()].sort((left, right) => right.alignment - left.alignment);
    const layout = new CodeLayout(
      {
        buffer: this.#buffer,
        gaps: this.#gaps,
        fixups: this.#fixups,
        places: this.#places,
        externals: this.#externals,
      },
      constants,
    );
    const trace = this.#trace;
    const lines = trace.length;
    const encodingFor = this.#encodingFor.bind(this);
    return {
      bytes: layout.bytes,
      relocations: layout.relocations,
      unwind: this.#unwind.map(({ place, rule }) => ({ offset: layout.at(place), rule })),
      get listing() {
        return trace.list(lines, encodingFor, layout, constants);
      },
      offsetOf: (label) => {
        this.#own('offsetOf', 1, label);
        const offset = layout.offsetOf(label);
        if (offset === undefined) throw new AssemblerError('offsetOf', 1, label, `label '${label}' is never bound`);
        return offset;
      },
    };
  }

  #addGap(gap: Gap): void {
    this.#trace.note({ kind: 'gap', gap });
    this.#gaps.push(gap);
  }

  #branch(mnemonic: Mnemonic, label: Label): void {
    this.#own(mnemonic, 1, label);
    const { short, near } = formsOf(mnemonic);
    this.#addGap({ kind: 'branch', position: this.#buffer.length, mnemonic, label, short, near: near! });
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
  #refusal(mnemonic: Mnemonic, candidates: readonly Pattern[], operands: readonly Operand[]): AssemblerError {
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
