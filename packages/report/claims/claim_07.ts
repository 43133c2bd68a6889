import { frequencies } from '../_samples.ts';
import { groupBy } from '../_statistics.ts';
import { chosenParameters } from '../_tune_exhibits.ts';
import { factorOf } from '../_view.ts';
import { type Claim, figure } from './_claim.ts';
import { pairsOf } from './_environments.ts';
import type { Pair } from './_equivalent.ts';

export const claim07: Claim = {
  number: 7,
  statement: 'The tuner chooses the same parameters in every environment.',
  section: '4.3',
  exhibits: ['table-05'],
  needs: 'tune: nb, mu, nu, ku and the like, double precision',
  test: 'equality of what most tunings chose',
  margin: null,
  judge(view) {
    const double = view
      .all('tune')
      .filter((record) => chosenParameters.includes(record.metric) && factorOf(record, 'precision') === 'double');
    const pairs = [...groupBy(double, (record) => `${record.metric} of ${factorOf(record, 'routine')}`)].flatMap(
      ([what, records]) => pairsOf(view, records, what),
    );
    return [...groupBy(pairs, ({ environment }) => environment)].map(([environment, own]) => {
      const differing = own.filter(({ values, others }) => mode(values) !== mode(others));
      const [{ reference }] = own as [Pair];
      const named = differing.map(({ what, values, others }) => `${what} ${mode(values)} for ${mode(others)}`);
      const text =
        differing.length === 0
          ? `the same as ${reference} in all ${own.length}`
          : `other than ${reference} in ${differing.length} of ${own.length}: ${named.join(', ')}`;
      const numbers = { differing: differing.length, parameters: own.length };
      return figure(differing.length === 0 ? 'holds' : 'does not hold', [environment, reference], text, numbers);
    });
  },
};

const mode = (values: readonly number[]) => frequencies(values)[0]!.value;
