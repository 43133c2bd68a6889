/**
 * Table 3 (Section 4.1): what phase 1, the probe, finds of the system. In every environment it times generated code
 * and concludes the sizes of the caches, the length of the FPU pipeline, the number of registers and more; what the
 * system says of itself stands beside. The paper: level 1 data cache 16 KB, nreg 7, pipeline 6 cycles, 15 FPU
 * registers, in all six kernels.
 *
 *     npx tsx benchmarks/table-03.ts --profile quick
 */
import { probing } from './_autotuning.ts';
import { bench } from './_bench.ts';
import type { Experiment } from './_experiment.ts';

export const table03: Experiment = {
  id: 'table-03',
  section: '4.1',
  title: 'system characteristics as the probe finds them',
  factors: ['environment', 'run'],
  metrics: ['l1DataBytes', 'integerRegisters', 'fmaCycles', 'fpRegisters'],
  measurement: probing,
};

await bench(import.meta.url, [table03]);
