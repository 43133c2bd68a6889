import type { Record as Observation } from '@paratune/record';
import type { KernelComparison } from './kernel_comparison.ts';

/** The experiment's name in every record of this package. */
export const experiment = 'kernels';

/** What the records of a comparison need beside it. */
export interface KernelContext {
  /** The environment's name. */
  environment: string;
  /** Which run of the comparison in this environment. */
  run: number;
  /** Id of the identity of code and machine. */
  identity: string;
}

/**
 * The records of a comparison: the rate of each kernel in each repetition. Figure 6 is made of them.
 *
 * @param comparison what was measured
 * @param context where
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { compareKernels, experiment, kernelRecords } from '@paratune/kernel-bench';
 *
 * const context = { environment: 'native', run: 0, identity: '0123456789abcdef' };
 * const records = kernelRecords(compareKernels({ n: 50, repetitions: 2, isas: ['sse2'] }), context);
 * assert.equal(records[0]?.experiment, experiment);
 * assert.deepEqual(records[0]?.factors, { n: 50, kernel: 'generated scalar', isa: 'scalar', precision: 'double' });
 * ```
 */
export function kernelRecords({ n, time, kernels }: KernelComparison, context: KernelContext): Observation[] {
  const { environment, run, identity } = context;
  return kernels.flatMap(({ kernel, isa, precision, mflops }) =>
    mflops.map((value, repetition) => ({
      ...{ version: 1 as const, experiment, environment, run, time, identity, status: 'measured' as const },
      factors: { n, kernel, isa, precision },
      ...{ metric: 'mflops', unit: 'Mflops', repetition, value },
    })),
  );
}
