/**
 * Figure 16 (Section 6): two drivers at once, in one environment of 512 MB with two CPUs, and in two of 256 MB with one CPU each.
 *
 * Both fill their matrices, wait for each other and multiply together; the figure has the mean rate of a driver and its standard
 * deviation against the dimension, through and past the one that memory predicts. Beside it stand 1, 2, 4 and 8 drivers: processes,
 * control groups and guests, with what all do together and how fairly they share the machine. The paper: past n = 3100 the two
 * guests fall more slowly and with less variance.
 *
 *     npx tsx benchmarks/figure-16.ts --profile quick
 */
import { bench } from './_bench.ts';
import { concurrentSweep } from './_concurrent_sweep.ts';
import type { Experiment } from './_experiment.ts';

export const figure16: Experiment = {
  id: 'figure-16',
  section: '6',
  title: 'two drivers at once, in one environment or in one each',
  factors: ['environment', 'arrangement', 'drivers', 'n', 'run', 'repetition'],
  metrics: ['mflops', 'aggregateMflops', 'fairness'],
  measurement: concurrentSweep,
};

await bench(import.meta.url, [figure16]);
