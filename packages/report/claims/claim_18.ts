import { formatNumber } from '../_format.ts';
import { atLeast } from './_at_least.ts';
import { type Claim, figure } from './_claim.ts';
import { iterations } from './_shm.ts';

const least = 50;

export const claim18: Claim = {
  number: 18,
  statement: 'Shared memory is at least 50 times faster than TCP.',
  section: '7',
  exhibits: ['table-06'],
  needs: 'shm: iterationNanoseconds of raw and tcp, between the same',
  test: 'bootstrap interval (95 %) of the ratio of the means of TCP and Raw',
  margin: null,
  judge(view) {
    const all = iterations(view);
    return all.flatMap(({ benchmark, between, values }) => {
      const raw = all.find((other) => other.benchmark === 'raw' && other.between === between);
      if (benchmark !== 'tcp' || !raw) return [];
      const { ratio, low, high, verdict } = atLeast(least, values, raw.values);
      const text = `${between}: TCP takes ${formatNumber(ratio)} times as long (${formatNumber(low)} to ${formatNumber(high)})`;
      return [figure(verdict, [between], text, { ratio, low, high })];
    });
  },
};
