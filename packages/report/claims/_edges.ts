import type { ValueRecord } from '@paratune/record';
import { ofLargest } from '../_samples.ts';
import { groupBy } from '../_statistics.ts';
import { numberOf, type View } from '../_view.ts';

/** The rates at each CacheEdge above 0, at the greatest dimension measured. */
export function edgesOf(view: View): { cacheEdge: number; records: ValueRecord[] }[] {
  const rates = ofLargest(view.values('cachedge', 'mflops')).records;
  return [...groupBy(rates, (record) => numberOf(record, 'cacheEdge') ?? 0)]
    .filter(([cacheEdge]) => cacheEdge > 0)
    .sort(([a], [b]) => a - b)
    .map(([cacheEdge, records]) => ({ cacheEdge, records }));
}
