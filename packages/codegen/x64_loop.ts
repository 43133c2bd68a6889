import type { Assembler } from './x64_assembler.ts';
import type { Gpr64 } from './x64_operands.ts';

/**
 * Emits a loop that runs `body` as many times as `counter` says, which is at least one, and leaves `counter` zero.
 *
 * `body` may use `counter`, which counts down to 1, but must leave it as it found it.
 *
 * @param a Where to.
 * @param counter The register that counts.
 * @param body Emits the body, once.
 * @param options `align` is the multiple of bytes that the loop starts at (a power of two; anywhere by default), `name` its
 * label's name.
 * @throws {RangeError} When `align` is no power of two up to 4096.
 * @example
 * ```ts
 * import { Assembler, loop, rax, rdi } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const a = new Assembler();
 * a.xor(rax, rax);
 * loop(a, rdi, () => a.add(rax, rdi));
 * a.ret();
 * assert.equal(Buffer.from(a.finish().bytes).toString('hex'), '4831c04801f848ffcf75f8c3');
 * ```
 */
export function loop(
  a: Assembler,
  counter: Gpr64,
  body: () => void,
  options: { readonly align?: number; readonly name?: string } = {},
): void {
  const { align, name = 'loop' } = options;
  const start = a.label(name);
  if (align !== undefined) a.align(align);
  a.bind(start);
  body();
  a.dec(counter);
  a.jnz(start);
}
