import type { GemmSpec, GemvSpec, GerSpec, InstructionSet } from '@paratune/codegen';
import type { ElementType } from './_element_type.ts';
import type { GemmTuning } from './configure.ts';

/** Parameters of a GEMM kernel that a tuning has, beside the sizes of blocks. */
export const gemmParameters = [
  'kernel',
  'mu',
  'nu',
  'ku',
  'muladd',
  'latency',
  'prefetchA',
  'prefetchB',
  'prefetchBlock',
  'prefetchC',
] as const satisfies readonly (keyof GemmSpec)[];

/** Parameters of a GEMV kernel that a tuning has. */
export const gemvParameters = [
  'xUnroll',
  'yUnroll',
  'unroll',
  'prefetch',
] as const satisfies readonly (keyof GemvSpec)[];

/** Parameters of a GER kernel that a tuning has. */
export const gerParameters = ['xUnroll', 'yUnroll', 'prefetch'] as const satisfies readonly (keyof GerSpec)[];

/** How a matrix is stored whose GEMV kernels are tuned. */
export const lines = ['columns', 'rows'] as const satisfies readonly GemvSpec['layout'][];

/** Where a matrix comes from. */
export const sources = ['private', 'shared', 'memory'] as const satisfies readonly GemvSpec['source'][];

/** Takes some properties of an object. */
export function pick<Value extends object, Key extends keyof Value>(
  from: Value,
  keys: readonly Key[],
): { [Picked in Key]: Value[Picked] } {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as { [Picked in Key]: Value[Picked] };
}

/**
 * A tuning by hand as it is for elements of a type: given for doubles, its rows are as many vectors in single precision, of twice as
 * many elements.
 */
export function tuningFor(
  { mu, mc, ...rest }: Readonly<GemmTuning>,
  isa: InstructionSet,
  { bytes }: ElementType,
): GemmTuning {
  const rows = isa === 'scalar' ? 1 : 8 / bytes;
  return { ...rest, ...(mu === undefined ? {} : { mu: mu * rows }), ...(mc === undefined ? {} : { mc: mc * rows }) };
}
