import type { Assembler, UnwindRow } from './x64_assembler.ts';

/** A function as machine code. */
export interface GeneratedCode {
  /** Position-independent code; the entry is its first byte. */
  readonly bytes: Uint8Array;
  /** How a debugger finds the caller, in the order of the code. */
  readonly unwind: readonly UnwindRow[];
  /** The code in Intel syntax. */
  readonly listing: () => string;
}

/** What an assembler has made, its listing only when asked for. */
export function generatedCode(asm: Assembler): GeneratedCode {
  const code = asm.finish();
  return { bytes: code.bytes, unwind: code.unwind, listing: () => code.listing };
}
