/**
 * Figure 6 (Section 4.3): the rate of dgemm with kernels generated without vectors, as in 2008, generated with
 * vectors, and written by hand: means and 95 % confidence intervals of 20 repetitions. The paper: hand-written is
 * twice as fast in double precision, four times in single.
 *
 *     npx tsx benchmarks/figure-06.ts --profile quick
 */
import { kernelClasses } from './_autotuning.ts';
import { bench } from './_bench.ts';
import type { Experiment } from './_experiment.ts';

export const figure06: Experiment = {
  id: 'figure-06',
  section: '4.3',
  title: 'hand-written beside generated kernels',
  factors: ['environment', 'kernel', 'isa', 'precision', 'repetition'],
  metrics: ['mflops'],
  measurement: kernelClasses,
};

await bench(import.meta.url, [figure06]);
