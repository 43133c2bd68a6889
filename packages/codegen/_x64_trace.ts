/** What was emitted, in order, for a listing: nothing is made of it until somebody asks. */

import { encodedLength } from './_x64_encode.ts';
import type { Encoding } from './_x64_encodings.ts';
import { instructionText } from './_x64_format.ts';
import type { CodeLayout, Constant, Gap } from './_x64_layout.ts';
import type { Mnemonic } from './x64_assembler.ts';
import type { Label, Operand } from './x64_operands.ts';

/** How data is written, by what it is kept in. */
export const directives: Record<string, string> = {
  Float64Array: '.double',
  Float32Array: '.float',
  Int32Array: '.long',
  Uint32Array: '.long',
  BigInt64Array: '.quad',
  BigUint64Array: '.quad',
  Uint8Array: '.byte',
};

/** Lines that are no instructions, and those of a size that depends on others. */
export type Note =
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'label'; readonly label: Label }
  | { readonly kind: 'nop'; readonly bytes: number }
  | { readonly kind: 'comment'; readonly text: string };

function noteText(note: Exclude<Note, { kind: 'label' | 'comment' }>): string {
  if (note.kind === 'nop') return note.bytes === 1 ? 'nop' : `.nops ${note.bytes}`;
  const { gap } = note;
  return gap.kind === 'padding' ? `.balign ${gap.boundary}` : `${gap.mnemonic} ${gap.label}`;
}

/** The record of what an assembler emits. */
export class Trace {
  /** Mnemonics and operands in turn, or notes and nothing: no object for each, since there are thousands. */
  readonly #entries: (Mnemonic | readonly Operand[] | Note | undefined)[] = [];

  /** How many entries there are. */
  get length(): number {
    return this.#entries.length / 2;
  }

  instruction(mnemonic: Mnemonic, operands: readonly Operand[]): void {
    this.#entries.push(mnemonic, operands);
  }

  note(note: Note): void {
    this.#entries.push(note, undefined);
  }

  /** Offset, bytes, text: one line for each of the first `count` entries and for the constants. Of data only the first bytes are shown. */
  list(
    count: number,
    encodingFor: (mnemonic: Mnemonic, operands: readonly Operand[]) => Encoding,
    layout: CodeLayout,
    constants: readonly Constant[],
  ): string {
    const lines: string[] = [];
    let offset = 0;
    const add = (end: number, text: string) => {
      const code = Array.from(layout.bytes.subarray(offset, end), (byte) => byte.toString(16).padStart(2, '0')).join(
        '',
      );
      const shown = code.length > 24 ? `${code.slice(0, 21)}...` : code;
      lines.push(`${offset.toString(16).padStart(6, '0')}  ${shown.padEnd(25)}${text}`);
      offset = end;
    };
    const addLabel = (label: Label) => lines.push(`${' '.repeat(31)}${label}:`);
    let gaps = 0;
    for (let i = 0; i < 2 * count; i += 2) {
      const what = this.#entries[i] as Mnemonic | Note;
      if (typeof what === 'string') {
        const operands = this.#entries[i + 1] as readonly Operand[];
        const encoding = encodingFor(what, operands);
        add(offset + encodedLength(encoding, operands), instructionText(what, encoding, operands));
      } else if (what.kind === 'label') addLabel(what.label);
      else if (what.kind === 'comment') lines.push(`${' '.repeat(33)}; ${what.text}`);
      else if (what.kind === 'nop') add(offset + what.bytes, noteText(what));
      else add(layout.at({ position: what.gap.position, gaps: ++gaps }), noteText(what));
    }
    for (const { label, data, alignment } of constants) {
      add(layout.offsetOf(label)!, `.balign ${alignment}`);
      addLabel(label);
      add(offset + data.byteLength, `${directives[data.constructor.name]} ${data.join(', ')}`);
    }
    return `${lines.join('\n')}\n`;
  }
}
