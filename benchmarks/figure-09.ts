/**
 * Figure 9 (Section 5.2): what the kernel's own code and data take of the memory, in each environment.
 *
 * Each kernel says it itself, in its boot log or in /proc/iomem: the image that it was started from, without its modules and
 * what it allocates later. The paper: DomU's kernel has the least code, since it drives no hardware, and half of the data of
 * the others (0.52 MB against 1.05 MB); Dom0's has the most code.
 *
 *     npx tsx benchmarks/figure-09.ts --profile quick
 */
import { bench } from './_bench.ts';
import type { Experiment } from './_experiment.ts';
import { kernelMemory } from './_kernel_memory.ts';

export const figure09: Experiment = {
  id: 'figure-09',
  section: '5.2',
  title: 'memory of the kernel: its code and its data',
  factors: ['environment'],
  metrics: ['kernelCodeBytes', 'kernelDataBytes'],
  measurement: kernelMemory,
};

await bench(import.meta.url, [figure09]);
