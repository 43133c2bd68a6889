/**
 * Figure 12 (Section 5.3): major page faults of the DGEMM driver against the matrix dimension.
 *
 * Of the driver's process from its start to the end of its multiplication: faults that had to read a disk. The paper: none
 * to speak of up to n = 3100; from there on with 256 MB, as pages of the matrices come back from swap.
 *
 *     npx tsx benchmarks/figure-12.ts --profile quick
 */
import { bench } from './_bench.ts';
import { driverSweep } from './_driver_sweep.ts';
import type { Experiment } from './_experiment.ts';

export const figure12: Experiment = {
  id: 'figure-12',
  section: '5.3',
  title: 'major page faults of the DGEMM driver against n',
  factors: ['environment', 'n', 'run'],
  metrics: ['majorFaults'],
  measurement: driverSweep,
};

await bench(import.meta.url, [figure12]);
