/**
 * Figure 5 (Section 4.2): the CacheEdge that each of 20 tunings selects, every one from timings of its own, as a
 * histogram without those that chose level 1 blocking only. The paper: spread over powers of two from 512 KB to 2048
 * KB, since a small difference in rate makes a large one in the choice.
 *
 *     npx tsx benchmarks/figure-05.ts --profile quick
 */
import { cacheEdgeSelections } from './_autotuning.ts';
import { bench } from './_bench.ts';
import type { Experiment } from './_experiment.ts';

export const figure05: Experiment = {
  id: 'figure-05',
  section: '4.2',
  title: 'CacheEdge selected in 20 tunings',
  factors: ['environment', 'n', 'run'],
  metrics: ['cacheEdgeBytes'],
  measurement: cacheEdgeSelections,
};

await bench(import.meta.url, [figure05]);
