/**
 * Figure 4 (Section 4.2): the rate of an n x n dgemm against CacheEdge, the bytes of A's block that is kept in the
 * level 2 cache, from a part of the level 1 cache to past the level 2: means and 95 % confidence intervals of 20
 * repetitions, n = 2500 in the paper. The paper: hardly any difference between 512 KB and 2048 KB, none between the
 * kernels.
 *
 *     npx tsx benchmarks/figure-04.ts --profile quick
 */
import { cacheEdges } from './_autotuning.ts';
import { bench } from './_bench.ts';
import type { Experiment } from './_experiment.ts';

export const figure04: Experiment = {
  id: 'figure-04',
  section: '4.2',
  title: 'rate of dgemm against CacheEdge',
  factors: ['environment', 'n', 'cacheEdge', 'repetition'],
  metrics: ['mflops'],
  measurement: cacheEdges,
};

await bench(import.meta.url, [figure04]);
