/**
 * Figure 14 (Section 5.4): data TLB misses of the DGEMM driver against the matrix dimension.
 *
 * Counted by the hardware where it has counters (`perf_event_open`, in the driver, per run). Where it has none, as in most virtual machines, a
 * model stands in, and everything of it is marked as simulated: the pages that the generated kernel touches, in its order, go through the
 * paper's TLB (64 entries, 4 KB pages) and through that of this machine as the probe found it.
 * The paper: they grow as 3 n², the same in all kernels.
 *
 *     npx tsx benchmarks/figure-14.ts --profile quick
 */
import { bench } from './_bench.ts';
import type { Experiment } from './_experiment.ts';
import { tlbSweep } from './_tlb_sweep.ts';

export const figure14: Experiment = {
  id: 'figure-14',
  section: '5.4',
  title: 'data TLB misses of the DGEMM driver against n',
  factors: ['environment', 'n', 'geometry'],
  metrics: ['dataTlbMisses'],
  measurement: tlbSweep,
};

await bench(import.meta.url, [figure14]);
