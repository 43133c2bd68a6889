import { ofLargest } from '../_samples.ts';
import { groupBy } from '../_statistics.ts';
import { factorOf } from '../_view.ts';
import type { Claim } from './_claim.ts';
import { pairsOf } from './_environments.ts';
import { equivalenceFigures } from './_equivalent.ts';

export const claim08: Claim = {
  number: 8,
  statement: 'Every generated routine runs at an equivalent rate in every environment.',
  section: '4.3',
  exhibits: ['figure-07'],
  needs: 'tune: mflops of each routine in double precision',
  test: 'two one-sided tests of the means (Welch), routine by routine; a difference is corrected for how many were tested (Holm)',
  margin: '5 %',
  judge(view) {
    const double = view.values('tune', 'mflops').filter((record) => factorOf(record, 'routine').startsWith('d'));
    const routines = [...groupBy(double, (record) => factorOf(record, 'routine'))];
    return equivalenceFigures(
      routines.flatMap(([routine, records]) => pairsOf(view, ofLargest(records).records, routine)),
    );
  },
};
