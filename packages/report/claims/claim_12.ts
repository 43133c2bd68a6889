import { noticeableBytes, noticeableFaults } from '../_noticeable.ts';
import { valuesByEnvironment } from '../_samples.ts';
import { groupBy } from '../_statistics.ts';
import { numberOf } from '../_view.ts';
import { type Claim, type ClaimFigure, figure } from './_claim.ts';
import { type Judged, type Pair, percent, testPairs } from './_equivalent.ts';

const metrics = [
  { metric: 'minorFaults', title: 'minor faults', floor: noticeableFaults },
  { metric: 'majorFaults', title: 'major faults', floor: noticeableFaults },
  { metric: 'systemSwapBytes', title: 'swap', floor: noticeableBytes },
];

export const claim12: Claim = {
  number: 12,
  statement: 'Guest and native of equal memory have equivalent faults and swap.',
  section: '5.2',
  exhibits: ['figure-11', 'figure-12', 'figure-13'],
  needs:
    'dgemm-driver: minorFaults, majorFaults, systemSwapBytes of two runs at least, native and in a guest of equal memory',
  test: 'two one-sided tests of the means (Welch) at each dimension; a difference is corrected for how many were tested (Holm)',
  margin: '5 %, at least 256 faults or 1 MB',
  judge(view) {
    return metrics.flatMap(({ metric, title, floor }) => {
      const pairs = [...groupBy(view.values('dgemm-driver', metric), (record) => numberOf(record, 'n') ?? 0)]
        .sort(([a], [b]) => a - b)
        .flatMap(([n, records]) => {
          const all = valuesByEnvironment(view, records).filter(({ values }) => values.length > 1);
          return all.flatMap(({ environment, values }): (Pair & { n: number })[] => {
            const native = all.find(
              ({ environment: other }) =>
                other.role === 'native' &&
                other.memoryMiB === environment.memoryMiB &&
                other.machine === environment.machine,
            );
            if (environment.role === 'native' || !native) return [];
            return [
              { n, environment: environment.name, reference: native.environment.name, values, others: native.values },
            ];
          });
        });
      const judged = testPairs(pairs, { floor }).map((one, index) => ({ ...one, n: pairs[index]!.n }));
      return [...groupBy(judged, ({ pair }) => pair.environment).values()].map((own) => summary(title, own));
    });
  },
};

/** All dimensions of one environment in one figure. */
function summary(title: string, own: (Judged & { n: number })[]): ClaimFigure {
  const { pair } = own[0]!;
  const count = (verdict: Judged['verdict']) => own.filter((one) => one.verdict === verdict).length;
  const different = own.filter(({ verdict }) => verdict === 'does not hold');
  const named = different.map(
    ({ n, test }) => `n = ${n}${Number.isFinite(test!.ratio) ? ` (${percent(test!.ratio)})` : ''}`,
  );
  const rest = different.length > 0 ? `, different at ${named.join(', ')}` : '';
  return figure(
    different.length > 0 ? 'does not hold' : count('not enough data') > 0 ? 'not enough data' : 'holds',
    [pair.environment, pair.reference],
    `${title}: equivalent to ${pair.reference} at ${count('holds')} of ${own.length} dimensions${rest}`,
    { equivalent: count('holds'), different: different.length, dimensions: own.length },
  );
}
