/** Where code ends up: branches get the shortest distance that reaches, padding its length, labels their offsets. */

import type { CodeBuffer } from './_x64_encode.ts';
import type { Encoding } from './_x64_encodings.ts';
import { AssemblerError } from './assembler_error.ts';
import type { ConstantData } from './x64_assembler.ts';
import type { Label } from './x64_operands.ts';

/** A point of code whose gaps have no size yet. */
export interface Place {
  /** Bytes before it, gaps not counted. */
  readonly position: number;
  /** Gaps before it. */
  readonly gaps: number;
}

/** The place of a label. */
export interface LabelPlace extends Place {
  /** How many labels were bound before it. */
  readonly order: number;
}

/** A jump or call to a label. */
export interface Branch {
  readonly kind: 'branch';
  readonly position: number;
  readonly mnemonic: string;
  readonly label: Label;
  /** With a distance of one byte and of four; some branches have only the second. */
  readonly short: Encoding | undefined;
  readonly near: Encoding;
}

/** Bytes up to a multiple of `boundary`. */
export interface Padding {
  readonly kind: 'padding';
  readonly position: number;
  readonly boundary: number;
}

/** What takes a number of bytes that depends on where everything is. */
export type Gap = Branch | Padding;

/** A displacement in the code that depends on where a label ends up: four bytes at a place. */
export interface Fixup extends Place {
  readonly mnemonic: string;
  /** Which operand it is of, counted from 1. */
  readonly operand: number;
  readonly label: Label;
  /** What to add to the distance from the displacement's end to the label. */
  readonly addend: number;
}

/** Data behind the code. */
export interface Constant {
  readonly label: Label;
  readonly data: ConstantData;
  readonly alignment: number;
}

/** A displacement in the code that only whoever puts it beside other code and data can fill in. */
export interface Relocation {
  /** Where its four bytes are. */
  readonly offset: number;
  /** What it leads to. */
  readonly name: string;
  /** What to add to the distance from the displacement's first byte to that. */
  readonly addend: number;
}

/** What an assembler has emitted. */
export interface Emitted {
  readonly buffer: CodeBuffer;
  readonly gaps: readonly Gap[];
  readonly fixups: readonly Fixup[];
  readonly places: ReadonlyMap<Label, LabelPlace>;
  /** Names of what is outside of the code. */
  readonly externals: ReadonlyMap<Label, string>;
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

/** Writes instructions that do nothing, as few as fill the bytes. */
export function writeNops(bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at += 9) bytes.set(nops[Math.min(end - at, 9) - 1]!, at);
}

function padding(offset: number, boundary: number): number {
  return -offset & (boundary - 1);
}

/** The bytes that gaps take: how many before each of them, and at last all. */
function shiftsOf(gaps: readonly Gap[], places: ReadonlyMap<Label, LabelPlace>): Int32Array {
  const count = gaps.length;
  const shifts = new Int32Array(count + 1);
  // Sizes of branches; boundaries as negative numbers.
  const sizes = new Int32Array(count);
  const targets: (Place | undefined)[] = [];
  for (let i = 0; i < count; i++) {
    const gap = gaps[i]!;
    if (gap.kind === 'padding') {
      sizes[i] = -gap.boundary;
      targets.push(undefined);
    } else {
      const target = gap.short === undefined ? undefined : places.get(gap.label);
      sizes[i] = target === undefined ? gap.near.opcode.length + 4 : gap.short!.opcode.length + 1;
      targets.push(target);
    }
  }
  // Branches only ever grow, so this ends.
  for (let grown = true; grown; ) {
    let shift = 0;
    for (let i = 0; i < count; i++) {
      const size = sizes[i]!;
      shift += size >= 0 ? size : padding(gaps[i]!.position + shift, -size);
      shifts[i + 1] = shift;
    }
    grown = false;
    for (let i = 0; i < count; i++) {
      const target = targets[i];
      if (target === undefined) continue;
      const distance = target.position + shifts[target.gaps]! - gaps[i]!.position - shifts[i + 1]!;
      if (distance >= -128 && distance <= 127) continue;
      sizes[i] = (gaps[i] as Branch).near.opcode.length + 4;
      targets[i] = undefined;
      grown = true;
    }
  }
  return shifts;
}

/** Code with everything in its place. It stays as it is when the assembler goes on. */
export class CodeLayout {
  readonly bytes: Uint8Array;
  readonly relocations: readonly Relocation[];
  readonly #shifts: Int32Array;
  /** Where labels are: those of the code when it was laid out, and those of constants. */
  readonly #places: ReadonlyMap<Label, LabelPlace>;
  readonly #bound: number;
  readonly #constants = new Map<Label, number>();

  constructor({ buffer, gaps, fixups, places, externals }: Emitted, constants: readonly Constant[]) {
    const shifts = shiftsOf(gaps, places);
    this.#shifts = shifts;
    this.#places = places;
    this.#bound = places.size;
    let filled = buffer.length + shifts[gaps.length]!;
    let end = filled;
    for (const { label, data, alignment } of constants) {
      end += padding(end, alignment);
      this.#constants.set(label, end);
      end += data.byteLength;
    }
    const bytes = new Uint8Array(end);
    this.bytes = bytes;
    const view = new DataView(bytes.buffer);
    bytes.set(buffer.bytes.subarray(0, buffer.length));
    // From the last gap to the first, what comes after a gap moves on by the gaps before.
    let after = buffer.length;
    for (let i = gaps.length - 1; i >= 0; i--) {
      const gap = gaps[i]!;
      const start = gap.position + shifts[i]!;
      const next = gap.position + shifts[i + 1]!;
      bytes.copyWithin(next, gap.position, after);
      after = gap.position;
      if (gap.kind === 'padding') writeNops(bytes, start, next);
      else {
        const distance = this.#labelOffset(gap.mnemonic, 1, gap.label) - next;
        const { near, short } = gap;
        const { opcode } = next - start === near.opcode.length + 4 ? near : short!;
        for (let j = 0; j < opcode.length; j++) bytes[start + j] = opcode[j]!;
        if (opcode === near.opcode) view.setInt32(next - 4, distance, true);
        else view.setInt8(next - 1, distance);
      }
    }
    const relocations: Relocation[] = [];
    this.relocations = relocations;
    for (const { mnemonic, operand, label, addend, position, gaps: before } of fixups) {
      const at = position + shifts[before]!;
      const name = externals.get(label);
      if (name !== undefined) {
        relocations.push({ offset: at, name, addend: addend - 4 });
        continue;
      }
      view.setInt32(at, this.#labelOffset(mnemonic, operand, label) + addend - (at + 4), true);
    }
    for (const { label, data } of constants) {
      const start = this.#constants.get(label)!;
      bytes.fill(0xcc, filled, start);
      bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
      filled = start + data.byteLength;
    }
  }

  /** The offset of a place. */
  at({ position, gaps }: Place): number {
    return position + this.#shifts[gaps]!;
  }

  /** The offset of a label, if it had its place when the code was laid out. */
  offsetOf(label: Label): number | undefined {
    const constant = this.#constants.get(label);
    if (constant !== undefined) return constant;
    const place = this.#places.get(label);
    return place === undefined || place.order >= this.#bound ? undefined : this.at(place);
  }

  #labelOffset(mnemonic: string, operand: number, label: Label): number {
    const offset = this.offsetOf(label);
    if (offset === undefined) throw new AssemblerError(mnemonic, operand, label, `label '${label}' is never bound`);
    return offset;
  }
}
