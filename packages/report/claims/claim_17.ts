import { formatNumber } from '../_format.ts';
import { mean } from '../_statistics.ts';
import { holm } from '../holm.ts';
import { welch } from '../welch.ts';
import { type Claim, figure } from './_claim.ts';
import { percent } from './_equivalent.ts';
import { isGuest, iterations } from './_shm.ts';

const margin = 0.05;
const alpha = 0.05;

export const claim17: Claim = {
  number: 17,
  statement: 'Shared memory between guests is as fast as between native processes.',
  section: '7',
  exhibits: ['table-06'],
  needs: 'shm: iterationNanoseconds of raw, sync and sync1k, between processes and between guests',
  test: 'one-sided t-test (Welch) that an iteration takes no longer than between processes by more than the margin; that it does is corrected for how many were tested (Holm)',
  margin: '5 %',
  judge(view) {
    const shared = iterations(view).filter(({ benchmark }) => ['raw', 'sync', 'sync1k'].includes(benchmark));
    const tested = shared
      .filter(({ between }) => isGuest(between))
      .flatMap((own) => {
        const native = shared.find(({ benchmark, between }) => benchmark === own.benchmark && between === 'processes');
        if (!native) return [];
        const few = own.values.length < 2 || native.values.length < 2;
        const test = few
          ? undefined
          : welch(
              own.values,
              native.values.map((value) => value * (1 + margin)),
            );
        return [{ ...own, native: native.values, test }];
      });
    const slower = holm(tested.map(({ test }) => test?.pGreater ?? 1));
    return tested.map(({ benchmark, between, values, native, test }, index) => {
      const ratio = mean(values) / mean(native);
      const verdict =
        test && test.pLess <= alpha ? 'holds' : slower[index]! <= alpha ? 'does not hold' : 'not enough data';
      const text = `${benchmark}, ${between}: ${formatNumber(mean(values))} ns, ${percent(ratio)} of processes`;
      return figure(verdict, [between, 'processes'], text, { nanoseconds: mean(values), ratio, p: test?.pLess ?? 1 });
    });
  },
};
