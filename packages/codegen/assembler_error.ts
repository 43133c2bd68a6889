/**
 * Thrown by an {@link Assembler} for an instruction that does not exist as written: an operand of the wrong kind or width, a
 * register its encoding cannot reach, an address or immediate out of range, a label never bound.
 *
 * @example
 * ```ts
 * import { Assembler, AssemblerError, mem, rax, rsp } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const a = new Assembler();
 * assert.throws(
 *   () => a.mov(rax, mem({ base: rax, index: rsp })),
 *   (error: unknown) => error instanceof AssemblerError && error.instruction === 'mov' && error.operand === 2,
 * );
 * ```
 */
export class AssemblerError extends Error {
  override readonly name = 'AssemblerError';

  constructor(
    /** Mnemonic, or the name of the assembler's method. */
    readonly instruction: string,
    /** Which operand is wrong, counted from 1; `undefined` when it is their number or combination. */
    readonly operand: number | undefined,
    /** The operand given. */
    readonly value: unknown,
    /** What is wrong and what would be right. */
    readonly problem: string,
  ) {
    super(`${instruction}: ${operand === undefined ? '' : `operand ${operand}: `}${problem}`);
  }
}
