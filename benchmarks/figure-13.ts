/**
 * Figure 13 (Section 5.3): minor page faults of the DGEMM driver against the matrix dimension.
 *
 * Of the driver's process from its start to the end of its multiplication: faults that no disk had to serve, one at least for
 * each of the 24 n^2 / 4096 pages of the matrices. The paper: climb steeply past n = 3100 with 256 MB; the same for kernels of
 * the same memory.
 *
 *     npx tsx benchmarks/figure-13.ts --profile quick
 */
import { bench } from './_bench.ts';
import { driverSweep } from './_driver_sweep.ts';
import type { Experiment } from './_experiment.ts';

export const figure13: Experiment = {
  id: 'figure-13',
  section: '5.3',
  title: 'minor page faults of the DGEMM driver against n',
  factors: ['environment', 'n', 'run'],
  metrics: ['minorFaults'],
  measurement: driverSweep,
};

await bench(import.meta.url, [figure13]);
