/**
 * Table 5 (Section 4.3): the parameters of Table 2 that phase 2, the empirical search, chooses for each routine. Every
 * candidate that it tried is a record too. The paper: the same in all six kernels.
 *
 *     npx tsx benchmarks/table-05.ts --profile quick
 */
import { tuning } from './_autotuning.ts';
import { bench } from './_bench.ts';
import type { Experiment } from './_experiment.ts';

export const table05: Experiment = {
  id: 'table-05',
  section: '4.3',
  title: 'parameters that the tuner chose',
  factors: ['environment', 'routine', 'precision', 'run'],
  metrics: ['nb', 'muladd', 'latency', 'mu', 'nu', 'ku', 'xUnroll', 'yUnroll'],
  measurement: tuning,
};

await bench(import.meta.url, [table05]);
