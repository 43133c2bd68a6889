import { plural } from '../_format.ts';
import { ofLargest, sizeOf, valuesByEnvironment } from '../_samples.ts';
import { mean } from '../_statistics.ts';
import { type Claim, type ClaimFigure, figure } from './_claim.ts';
import { edgesOf } from './_edges.ts';
import { type Pair, percent, testPairs } from './_equivalent.ts';

export const claim05: Claim = {
  number: 5,
  statement: 'The CacheEdge selected varies between tunings, and yet the rate is the same at any that is selected.',
  section: '4.2',
  exhibits: ['figure-04', 'figure-05', 'table-04'],
  needs: 'cachedge: cacheEdgeBytes of several tunings, and mflops at each cacheEdge',
  test: 'more than one size selected; two one-sided tests (Welch) of the rate at each size selected against that at the best of them',
  margin: '5 %',
  judge(view) {
    const edges = edgesOf(view);
    const selections = valuesByEnvironment(view, ofLargest(view.values('cachedge', 'cacheEdgeBytes')).records);
    return selections.flatMap(({ environment: { name }, values }): ClaimFigure[] => {
      const larger = values.filter((edge) => edge > 0);
      const sizes = [...new Set(larger)].sort((a, b) => a - b);
      const range = sizes.map(sizeOf).join(', ') || 'level 1 blocking only';
      const varies = sizes.length > 1 ? 'holds' : larger.length > 4 ? 'does not hold' : 'not enough data';
      const choice = figure(varies, [name], `${range} in ${plural(values.length, 'tuning')}`, { sizes: sizes.length });
      const rates = edges
        .filter(({ cacheEdge }) => sizes.includes(cacheEdge))
        .map(({ cacheEdge, records }) => ({
          cacheEdge,
          values: records.flatMap(({ environment, value }) => (environment === name ? [value] : [])),
        }))
        .filter(({ values }) => values.length > 0)
        .sort((a, b) => mean(b.values) - mean(a.values));
      const [best, ...rest] = rates;
      if (!best || rest.length === 0) return [choice];
      const pairs = rest.map(
        ({ cacheEdge, values }): Pair => ({
          ...{ what: sizeOf(cacheEdge), environment: name, reference: name, values, others: best.values },
        }),
      );
      const judged = testPairs(pairs);
      const worst = rest.at(-1)!;
      const ratio = mean(worst.values) / mean(best.values);
      const verdict = (['does not hold', 'not enough data'] as const).find((one) =>
        judged.some(({ verdict }) => verdict === one),
      );
      const text = `the rate at ${sizeOf(worst.cacheEdge)} is ${percent(ratio)} of that at ${sizeOf(best.cacheEdge)}, the least and the most of those selected`;
      return [choice, figure(verdict ?? 'holds', [name], text, { ratio })];
    });
  },
};
