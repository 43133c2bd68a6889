import { ofLargest } from '../_samples.ts';
import { numberOf } from '../_view.ts';
import type { Claim } from './_claim.ts';
import { pairsOf } from './_environments.ts';
import { equivalenceFigures } from './_equivalent.ts';

export const claim03: Claim = {
  number: 3,
  statement:
    'Matrix multiplication blocked for the level 1 cache only runs at an equivalent rate in every environment.',
  section: '4.2',
  exhibits: ['figure-03'],
  needs: 'cachedge: mflops at cacheEdge 0',
  test: 'two one-sided tests of the means (Welch), at the greatest dimension measured',
  margin: '5 %',
  judge(view) {
    const { records, n } = ofLargest(view.values('cachedge', 'mflops'));
    const own = records.filter((record) => numberOf(record, 'cacheEdge') === 0);
    return equivalenceFigures(pairsOf(view, own, `n = ${n}`));
  },
};
