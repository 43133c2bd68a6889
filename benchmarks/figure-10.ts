/**
 * Figure 10 (Section 5.2): the resident set of the DGEMM driver against the matrix dimension.
 *
 * The driver's process reads its own resident set when its multiplication has ended, and before it allocates the matrices:
 * Node and the library take a part of the memory that the paper's driver in C had for its matrices. The paper: grows as
 * 3 n^2 doubles with 756 MB; stops growing at n = 3100 with 256 MB.
 *
 *     npx tsx benchmarks/figure-10.ts --profile quick
 */
import { bench } from './_bench.ts';
import { driverSweep } from './_driver_sweep.ts';
import type { Experiment } from './_experiment.ts';

export const figure10: Experiment = {
  id: 'figure-10',
  section: '5.2',
  title: 'resident set of the DGEMM driver against n',
  factors: ['environment', 'n', 'run'],
  metrics: ['residentBytes', 'baselineBytes'],
  measurement: driverSweep,
};

await bench(import.meta.url, [figure10]);
