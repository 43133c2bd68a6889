import type { Record, ValueRecord } from '@paratune/record';
import { groupBy, median, quantile } from './_statistics.ts';

/**
 * What a contender is in a comparison: `own` is the call of ours that the others are set beside, `variant` ours in another
 * way (a layout, many products in one call), `library` a shared library, `package` one of npm, `special` code for a few sizes
 * only, and `yardstick` what the processor or the memory can do at all.
 */
export type PeerRole = 'own' | 'variant' | 'library' | 'package' | 'special' | 'yardstick';

/** The factors of a case of the experiment `peers`: those that every one has, and its sizes and options. */
export interface PeerCaseFactors {
  /** Such as `gemm` or `small`. */
  suite: string;
  /** Such as `dgemm`: its first letter is the precision. */
  routine: string;
  /** Threads that the contenders are given. */
  threads: number;
  [factor: string]: string | number;
}

/** The factors of a record of the experiment `peers`. */
export interface PeerFactors extends PeerCaseFactors {
  contender: string;
  role: PeerRole;
}

/** What one contender did in one case. */
export interface PeerSeries {
  contender: string;
  role: PeerRole;
  /** `gflops`, `gigabytesPerSecond` or `nanoseconds`. */
  metric: string;
  unit: string;
  /** Median over the rounds. */
  median: number;
  /** Half the distance of the quartiles. */
  spread: number;
  rounds: number;
  /** How many times as fast as this one ours is: the median of the rounds' ratios. Undefined where ours is not there. */
  ratio: number | undefined;
  /** Threads that it ran with, when fewer than it was given were faster. */
  threadsUsed: number | undefined;
}

/** Everyone in one case: one routine, size and number of threads. */
export interface PeerComparison {
  suite: string;
  routine: string;
  threads: number;
  /** The sizes and options of the case, such as `{ n: 100 }`. */
  factors: { [factor: string]: string | number };
  /** Ours first. */
  series: PeerSeries[];
}

/** The experiment that `bench:peers` makes records of. */
export const peersExperiment = 'peers';

/**
 * Sets the contenders of each case beside each other.
 *
 * All of them were measured in turn, round by round. Those of one round met the same disturbances, so ours is compared with
 * another one round by round, and the median of these ratios is taken: it is steadier than the ratio of the medians.
 *
 * @param records records of any experiments; those of others, and values that were not measured, are passed over
 * @returns the cases in the order in which they first occur
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import type { Record } from '@paratune/record';
 * import { comparePeers, peersExperiment } from '@paratune/report';
 *
 * const record = (contender: string, role: string, round: number, value: number): Record => ({
 *   version: 1, experiment: peersExperiment, environment: 'native',
 *   factors: { suite: 'gemm', routine: 'dgemm', threads: 1, n: 100, contender, role },
 *   metric: 'gflops', unit: 'Gflops', run: 0, repetition: round, time: '2026-01-31T12:00:00.000Z', identity: '0123456789abcdef',
 *   status: 'measured', value,
 * });
 * const [comparison] = comparePeers([
 *   record('@paratune/blas', 'own', 0, 80), record('OpenBLAS', 'library', 0, 40),
 *   record('@paratune/blas', 'own', 1, 60), record('OpenBLAS', 'library', 1, 30),
 * ]);
 * assert.deepEqual(comparison?.factors, { n: 100 });
 * assert.deepEqual(comparison?.series.map(({ median, ratio }) => [median, ratio]), [[70, 1], [35, 2]]);
 * ```
 */
export function comparePeers(records: readonly Record[]): PeerComparison[] {
  const measured = records.filter(
    (record): record is ValueRecord => record.experiment === peersExperiment && record.status === 'measured',
  );
  const rates = measured.filter(({ factors, metric }) => 'role' in factors && metric !== 'threads');
  const threadsUsed = new Map(
    measured.flatMap((record) => (record.metric === 'threads' ? [[seriesKey(record), record.value]] : [])),
  );
  return [...groupBy(rates, ({ factors }) => peerCaseKey(factors)).values()].map((ofCase): PeerComparison => {
    const { suite, routine, threads, contender: _contender, role: _role, ...factors } = factorsOf(ofCase[0]!);
    const contenders = [...groupBy(ofCase, (record) => factorsOf(record).contender).values()];
    contenders.sort((one, other) => rank(one) - rank(other));
    const own = contenders.find((ofContender) => factorsOf(ofContender[0]!).role === 'own');
    const series = contenders.map((ofContender): PeerSeries => {
      const values = ofContender.map(({ value }) => value);
      const [first] = ofContender as [ValueRecord];
      const { contender, role } = factorsOf(first);
      return {
        contender,
        role,
        metric: first.metric,
        unit: first.unit,
        median: median(values),
        spread: (quantile(values, 0.75) - quantile(values, 0.25)) / 2,
        rounds: values.length,
        ratio: own && ratioOf(own, ofContender),
        threadsUsed: threadsUsed.get(seriesKey(first)),
      };
    });
    return { suite, routine, threads, factors, series };
  });
}

function factorsOf({ factors }: Record): PeerFactors {
  return factors as PeerFactors;
}

/**
 * The key of a case: equal for the factors of all its contenders, whatever their order, and different for two cases.
 *
 * @param factors those of a record, or of a planned case; `contender` and `role` do not count
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { peerCaseKey } from '@paratune/report';
 *
 * const key = peerCaseKey({ suite: 'gemm', routine: 'dgemm', threads: 1, n: 100 });
 * assert.equal(peerCaseKey({ n: 100, threads: 1, routine: 'dgemm', suite: 'gemm', contender: 'BLIS', role: 'library' }), key);
 * ```
 */
export function peerCaseKey(factors: Record['factors']): string {
  const { contender: _contender, role: _role, ...rest } = factors;
  return JSON.stringify(Object.entries(rest).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function seriesKey(record: Record): string {
  return `${factorsOf(record).contender} ${peerCaseKey(record.factors)}`;
}

const order: readonly PeerRole[] = ['own', 'variant', 'library', 'package', 'special', 'yardstick'];

function rank([first]: readonly Record[]): number {
  return order.indexOf(factorsOf(first!).role);
}

function ratioOf(own: readonly ValueRecord[], other: readonly ValueRecord[]): number | undefined {
  const ownByRound = new Map(own.map(({ repetition, value }) => [repetition, value]));
  const ratios = other.flatMap(({ repetition, value, metric }) => {
    const ours = ownByRound.get(repetition);
    if (ours === undefined) return [];
    // Of rates more is better, of times less.
    return [metric === 'nanoseconds' ? value / ours : ours / value];
  });
  return ratios.length === 0 ? undefined : median(ratios);
}
