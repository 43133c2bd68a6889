/**
 * Figure 11 (Section 5.3): swap in use against the matrix dimension.
 *
 * Of the whole system, as `free` shows it, read when the multiplication has ended. The paper: none with 756 MB; from
 * n = 3100 on with 256 MB.
 *
 *     npx tsx benchmarks/figure-11.ts --profile quick
 */
import { bench } from './_bench.ts';
import { driverSweep } from './_driver_sweep.ts';
import type { Experiment } from './_experiment.ts';

export const figure11: Experiment = {
  id: 'figure-11',
  section: '5.3',
  title: 'swap in use against n',
  factors: ['environment', 'n', 'run'],
  metrics: ['systemSwapBytes', 'processSwapBytes', 'pagesSwappedIn', 'pagesSwappedOut'],
  measurement: driverSweep,
};

await bench(import.meta.url, [figure11]);
