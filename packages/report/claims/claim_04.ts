import { sizeOf, valuesByEnvironment } from '../_samples.ts';
import { mean } from '../_statistics.ts';
import type { Claim } from './_claim.ts';
import { edgesOf } from './_edges.ts';
import { pairsOf } from './_environments.ts';
import { equivalenceFigures } from './_equivalent.ts';

export const claim04: Claim = {
  number: 4,
  statement: 'Matrix multiplication blocked for the level 2 cache runs at an equivalent rate in every environment.',
  section: '4.2',
  exhibits: ['figure-04'],
  needs: 'cachedge: mflops at each cacheEdge above 0',
  test: 'two one-sided tests of the means (Welch), at the CacheEdge that is best in the environment compared with',
  margin: '5 %',
  judge(view) {
    const best = edgesOf(view)
      .map((edge) => ({ ...edge, rate: mean(valuesByEnvironment(view, edge.records)[0]!.values) }))
      .sort((a, b) => b.rate - a.rate)[0];
    return best ? equivalenceFigures(pairsOf(view, best.records, `CacheEdge ${sizeOf(best.cacheEdge)}`)) : [];
  },
};
