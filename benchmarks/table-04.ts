/**
 * Table 4 (Section 4.2): the median of the CacheEdge that 20 tunings select, of those that chose more than level 1
 * blocking. The paper: 1024, 1536, 1152, 1536, 1536 and 1024 KB (native, Dom0, DomU with 256 and 756 MB).
 *
 *     npx tsx benchmarks/table-04.ts --profile quick
 */
import { cacheEdgeSelections } from './_autotuning.ts';
import { bench } from './_bench.ts';
import type { Experiment } from './_experiment.ts';

export const table04: Experiment = {
  id: 'table-04',
  section: '4.2',
  title: 'median of the CacheEdge selected',
  factors: ['environment', 'n', 'run'],
  metrics: ['cacheEdgeBytes'],
  measurement: cacheEdgeSelections,
};

await bench(import.meta.url, [table04]);
