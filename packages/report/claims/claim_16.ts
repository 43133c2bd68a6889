import type { ValueRecord } from '@paratune/record';
import type { EnvironmentView } from '../_environments.ts';
import { groupBy, mean, median, variance } from '../_statistics.ts';
import { factorOf, numberOf, type View } from '../_view.ts';
import { welch } from '../welch.ts';
import { type Claim, type ClaimFigure, figure } from './_claim.ts';
import { percent } from './_equivalent.ts';

/** Below this part of its undisturbed rate an arrangement is past its threshold. */
const fallen = 0.8;

export const claim16: Claim = {
  number: 16,
  statement:
    'Past the threshold two guests lose less, and vary less, than two processes in one guest of their memory together.',
  section: '6',
  exhibits: ['figure-16'],
  needs:
    'concurrent-drivers: mflops of two drivers, together in one environment and apart in one each of half its memory',
  test: 'Welch’s t-test of the rates past the threshold as parts of those before it; comparison of the standard deviations over the means there',
  margin: null,
  judge(view) {
    const arrangements = arrangementsOf(view);
    return arrangements
      .filter(({ apart }) => apart)
      .flatMap((guests) => {
        const { memoryMiB, machine } = guests.environment;
        return arrangements
          .filter(
            ({ apart, environment }) =>
              !apart && environment.machine === machine && environment.memoryMiB === 2 * (memoryMiB ?? Number.NaN),
          )
          .flatMap((shared) => compare(guests, shared));
      });
  },
};

interface Arrangement {
  environment: EnvironmentView;
  apart: boolean;
  /** Rates of single drivers as parts of the undisturbed one, by dimension. */
  rates: Map<number, number[]>;
}

function arrangementsOf(view: View): Arrangement[] {
  const two = view.values('concurrent-drivers', 'mflops').filter((record) => numberOf(record, 'drivers') === 2);
  const key = (record: ValueRecord) => JSON.stringify([record.environment, factorOf(record, 'arrangement')]);
  return [...groupBy(two, key).values()].map((own) => {
    const byDimension = [...groupBy(own, (record) => numberOf(record, 'n') ?? 0)].sort(([a], [b]) => a - b);
    const rates = byDimension.map(([n, records]) => [n, records.map(({ value }) => value)] as const);
    const undisturbed = Math.max(...rates.map(([, values]) => median(values)));
    return {
      environment: view.environments.find(({ name }) => name === own[0]!.environment)!,
      apart: factorOf(own[0]!, 'arrangement') === 'apart',
      rates: new Map(rates.map(([n, values]) => [n, values.map((value) => value / undisturbed)])),
    };
  });
}

function compare(guests: Arrangement, shared: Arrangement): ClaimFigure[] {
  const names = [guests.environment.name, shared.environment.name];
  // From the first dimension on at which either has fallen and does not rise again.
  const common = [...guests.rates.keys()].filter((n) => shared.rates.has(n));
  const lastWhole = common.findLastIndex((n) => [guests, shared].every(({ rates }) => median(rates.get(n)!) >= fallen));
  const past = common.slice(lastWhole + 1);
  if (past.length === 0) return [figure('not enough data', names, `neither falls up to n = ${common.at(-1) ?? 0}`)];
  const all = ({ rates }: Arrangement) => past.flatMap((n) => rates.get(n)!);
  const spread = ({ rates }: Arrangement) =>
    mean(
      past.map((n) =>
        rates.get(n)!.length < 2 ? Number.NaN : Math.sqrt(variance(rates.get(n)!)) / mean(rates.get(n)!),
      ),
    );
  const [own, other] = [all(guests), all(shared)];
  if (own.length < 3 || other.length < 3)
    return [figure('not enough data', names, `${own.length} and ${other.length} rates past the threshold`)];
  const { pGreater, pLess } = welch(own, other);
  const verdict = pGreater <= 0.05 ? 'holds' : pLess <= 0.05 ? 'does not hold' : 'not enough data';
  const from = `from n = ${past[0]} on`;
  const [ownSpread, otherSpread] = [spread(guests), spread(shared)];
  const varies = Number.isNaN(ownSpread - otherSpread)
    ? 'not enough data'
    : ownSpread < otherSpread
      ? 'holds'
      : 'does not hold';
  return [
    figure(
      verdict,
      names,
      `${from}, two apart keep ${percent(mean(own))} of their rate, two together ${percent(mean(other))}`,
      {
        ...{ apart: mean(own), together: mean(other), p: Math.min(pGreater, pLess) },
      },
    ),
    figure(
      varies,
      names,
      `${from}, the rates vary by ${percent(ownSpread)} apart and ${percent(otherSpread)} together`,
      {
        ...{ apart: ownSpread, together: otherSpread },
      },
    ),
  ];
}
