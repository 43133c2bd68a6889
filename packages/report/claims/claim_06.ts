import type { ValueRecord } from '@paratune/record';
import { ofLargest } from '../_samples.ts';
import { groupBy, mean } from '../_statistics.ts';
import { factorOf } from '../_view.ts';
import { atLeast } from './_at_least.ts';
import { type Claim, type ClaimFigure, figure } from './_claim.ts';

const least = 2;

export const claim06: Claim = {
  number: 6,
  statement: 'Kernels written by hand beat generated ones by at least 2 times in double precision.',
  section: '4.3',
  exhibits: ['figure-06'],
  needs: 'kernels: mflops of the kernels hand-written and generated, double precision',
  test: 'bootstrap interval (95 %) of the ratio of the means of the fastest of each',
  margin: null,
  judge(view) {
    const { records } = ofLargest(view.values('kernels', 'mflops'));
    const double = records.filter((record) => factorOf(record, 'precision') === 'double');
    return view.environments.flatMap(({ name }): ClaimFigure[] => {
      const own = double.filter(({ environment }) => environment === name);
      const [hand, generated, scalar] = ['hand-written', 'generated', 'generated scalar'].map((kernel) =>
        fastest(own.filter((record) => factorOf(record, 'kernel') === kernel)),
      );
      if (!hand) return [];
      return [
        ...(generated ? [compare(name, hand, generated, 'generated with vectors, as ours are', true)] : []),
        ...(scalar ? [compare(name, hand, scalar, 'generated without vectors, as those of 2008 were', false)] : []),
      ];
    });
  },
};

function compare(environment: string, hand: number[], other: number[], what: string, decides: boolean): ClaimFigure {
  const { ratio, low, high, verdict } = atLeast(least, hand, other);
  const text = `${ratio.toFixed(2)} times (${low.toFixed(2)} to ${high.toFixed(2)}) those ${what}`;
  return figure(decides ? verdict : undefined, [environment], text, { ratio, low, high });
}

/** The rates of the fastest instruction set. */
function fastest(records: readonly ValueRecord[]): number[] | undefined {
  return [...groupBy(records, (record) => factorOf(record, 'isa')).values()]
    .map((own) => own.map(({ value }) => value))
    .sort((a, b) => mean(b) - mean(a))[0];
}
