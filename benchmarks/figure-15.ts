/**
 * Figure 15 (Section 5.4): instruction TLB misses of the DGEMM driver against the matrix dimension.
 *
 * Counted by the hardware where it has counters, as those of Figure 14; else simulated, and marked so. The model knows the code of the kernel
 * and no swapping.
 * The paper: few; from n = 3100 on with 256 MB they rise, as swapping begins.
 *
 *     npx tsx benchmarks/figure-15.ts --profile quick
 */
import { bench } from './_bench.ts';
import type { Experiment } from './_experiment.ts';
import { tlbSweep } from './_tlb_sweep.ts';

export const figure15: Experiment = {
  id: 'figure-15',
  section: '5.4',
  title: 'instruction TLB misses of the DGEMM driver against n',
  factors: ['environment', 'n', 'geometry'],
  metrics: ['instructionTlbMisses'],
  measurement: tlbSweep,
};

await bench(import.meta.url, [figure15]);
