import * as v from 'valibot';

/**
 * The classes of kernels: what ATLAS's generator made in the paper's time, one number after another; what ours makes, with vectors;
 * and what was written by hand for an instruction set.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { kernelClasses } from '@paratune/kernel-bench';
 *
 * assert.deepEqual(kernelClasses, ['generated scalar', 'generated', 'hand-written']);
 * ```
 */
export const kernelClasses = ['generated scalar', 'generated', 'hand-written'] as const;

/** A class of kernels. */
export type KernelClass = (typeof kernelClasses)[number];

const rate = v.pipe(v.number(), v.finite(), v.gtValue(0));

/**
 * What a comparison of kernels measured: the schema, and the one definition of {@linkcode KernelComparison}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { kernelComparisonSchema } from '@paratune/kernel-bench';
 *
 * assert.ok('kernels' in kernelComparisonSchema.entries);
 * ```
 */
export const kernelComparisonSchema = v.strictObject({
  version: v.literal(1),
  /** When it began. */
  time: v.pipe(v.string(), v.isoTimestamp()),
  /** The dimension of the matrices. */
  n: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  /** Each kernel, and its rate in each repetition. */
  kernels: v.array(
    v.strictObject({
      kernel: v.picklist(kernelClasses),
      isa: v.picklist(['scalar', 'sse2', 'avx2', 'avx512']),
      precision: v.picklist(['double', 'single']),
      /** Its register block. */
      mu: v.number(),
      nu: v.number(),
      mflops: v.pipe(v.array(rate), v.minLength(1)),
    }),
  ),
});

/** What a comparison of kernels measured. */
export type KernelComparison = v.InferOutput<typeof kernelComparisonSchema>;
