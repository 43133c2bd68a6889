/**
 * Figure 7 (Section 4.3): the rates of the seven routines of Table 1 with the parameters that phase 2 found in each
 * environment: means and 95 % confidence intervals of 20 repetitions. The paper: no significant difference between the
 * kernels.
 *
 *     npx tsx benchmarks/figure-07.ts --profile quick
 */
import { tuning } from './_autotuning.ts';
import { bench } from './_bench.ts';
import type { Experiment } from './_experiment.ts';

export const figure07: Experiment = {
  id: 'figure-07',
  section: '4.3',
  title: 'rate of each tuned routine',
  factors: ['environment', 'routine', 'precision', 'n', 'repetition'],
  metrics: ['mflops'],
  measurement: tuning,
};

await bench(import.meta.url, [figure07]);
