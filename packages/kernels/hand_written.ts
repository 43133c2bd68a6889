import type { MicroKernel } from '@paratune/codegen';
import { avx2MicroKernel } from './_avx2.ts';
import { avx512MicroKernel } from './_avx512.ts';
import { sse2MicroKernel } from './_sse2.ts';

const makers: Partial<Record<MicroKernel['isa'], (precision: MicroKernel['precision']) => MicroKernel>> = {
  avx512: avx512MicroKernel,
  avx2: avx2MicroKernel,
  sse2: sse2MicroKernel,
};

/**
 * The micro-kernel that was written by hand for an instruction set and a precision: what a person who knows its processors
 * does with its registers. `generate` of `@paratune/codegen` puts it in place of the innermost loop that it would generate.
 *
 * @param isa The instruction set.
 * @param precision That of the elements.
 * @returns The micro-kernel; `undefined` for one that nobody wrote any for, as `'scalar'`.
 * @example
 * ```ts
 * import { gemmSpec, generate } from '@paratune/codegen';
 * import { handWritten } from '@paratune/kernels';
 * import assert from 'node:assert/strict';
 *
 * const microKernel = handWritten('avx2', 'double');
 * assert.equal(microKernel?.name, 'dgemm_avx2_12x4');
 * const { isa, precision, mu, nu } = microKernel;
 * const { bytes } = generate(gemmSpec({ isa, precision, mu, nu, kernel: 'hand-written' }), { target: 'x64', microKernel });
 * assert.ok(bytes.length > 0);
 * assert.equal(handWritten('scalar', 'double'), undefined);
 * ```
 */
export function handWritten(isa: MicroKernel['isa'], precision: MicroKernel['precision']): MicroKernel | undefined {
  return makers[isa]?.(precision);
}
