/**
 * Figure 8 (Section 5.1): the rate of the DGEMM driver against the matrix dimension.
 *
 * For every dimension, run and environment a new process allocates A, B and C, fills them with random numbers, and times
 * one dgemm(A, B, C, alpha, beta): 2 n^3 operations on 24 n^2 bytes. The figure has a panel for each environment, with mean,
 * least and greatest rate of the runs. The paper: flat from n = 700 on; past n = 3100, 219 MB, kernels with 256 MB fall,
 * those with 756 MB do not.
 *
 *     npx tsx benchmarks/figure-08.ts --profile quick
 */
import { bench } from './_bench.ts';
import { driverSweep } from './_driver_sweep.ts';
import type { Experiment } from './_experiment.ts';

export const figure08: Experiment = {
  id: 'figure-08',
  section: '5.1',
  title: 'rate of the DGEMM driver against n',
  factors: ['environment', 'n', 'run'],
  metrics: ['mflops'],
  measurement: driverSweep,
};

await bench(import.meta.url, [figure08]);
