/**
 * Figure 2 (Section 4.1): the register-to-register rate of the FPU, which no memory slows: mean and 95 % confidence
 * interval of 20 repetitions, for each instruction set and precision. The paper: no significant difference between the
 * kernels.
 *
 *     npx tsx benchmarks/figure-02.ts --profile quick
 */
import { probing } from './_autotuning.ts';
import { bench } from './_bench.ts';
import type { Experiment } from './_experiment.ts';

export const figure02: Experiment = {
  id: 'figure-02',
  section: '4.1',
  title: 'register-to-register rate of the FPU',
  factors: ['environment', 'isa', 'precision', 'repetition'],
  metrics: ['registerMflops'],
  measurement: probing,
};

await bench(import.meta.url, [figure02]);
