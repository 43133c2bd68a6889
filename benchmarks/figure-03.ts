/**
 * Figure 3 (Section 4.2): the rate of an n x n dgemm when A's block has all rows, so that only the level 1 cache is
 * blocked for: mean and 95 % confidence interval of 20 repetitions, n = 2500 in the paper. The paper: no significant
 * difference between the kernels.
 *
 *     npx tsx benchmarks/figure-03.ts --profile quick
 */
import { cacheEdges } from './_autotuning.ts';
import { bench } from './_bench.ts';
import type { Experiment } from './_experiment.ts';

export const figure03: Experiment = {
  id: 'figure-03',
  section: '4.2',
  title: 'rate of dgemm blocked for the level 1 cache only',
  factors: ['environment', 'n', 'repetition'],
  metrics: ['mflops'],
  measurement: cacheEdges,
};

await bench(import.meta.url, [figure03]);
