import type { Record, ValueRecord } from '@paratune/record';
import { checkPart } from './_check_values.ts';
import { noticeableBytes, noticeableFaults } from './_noticeable.ts';
import { geometricMean, groupBy, mean } from './_statistics.ts';
import { effectSize } from './effect_size.ts';
import { equivalence } from './equivalence.ts';
import { holm } from './holm.ts';
import { meanInterval } from './mean_interval.ts';
import { welch } from './welch.ts';

/** A run that is compared: of another machine, commit or setting. */
export interface ComparedRun {
  /** As it is called in the result. */
  name: string;
  records: readonly Record[];
}

/** A metric in two runs. */
export interface Movement {
  /** The run that is compared with the base. */
  run: string;
  experiment: string;
  environment: string;
  metric: string;
  unit: string;
  /** What it was measured at; without the numbers among them where `over` says that it is of all of these. */
  factors: { [name: string]: string | number | boolean };
  /** The numbers that it is of all values of, such as `n`; empty for one measurement. */
  over: string[];
  simulated: boolean;
  /** Whether more of it is better, or less; null where neither is. */
  better: 'more' | 'less' | null;
  /** Values (of a series: pairs of means) on both sides, and the means of both. */
  counts: [number, number];
  base: number;
  value: number;
  /** Value over base with its interval: of 95 % of a series, of 90 % of one measurement; as far as it is known. */
  ratio: number;
  low: number | null;
  high: number | null;
  /** How probable such a difference is of equal means, corrected for how many were tested; null of single values. */
  p: number | null;
  /** The difference in standard deviations (Hedges' g); null of single values and of a series. */
  effect: number | null;
  /** `better` and `worse` are sure and by more than the threshold; `changed` is that where neither is better. */
  verdict: 'better' | 'worse' | 'changed' | 'same' | 'undecided';
}

/** What moved between runs. */
export interface RunComparison {
  base: string;
  runs: string[];
  threshold: number;
  /** The series first, then single measurements. */
  movements: Movement[];
  /** Those of them that became worse. */
  regressions: Movement[];
}

const alpha = 0.05;

/**
 * Compares runs with a base: what was measured in both, measurement by measurement (Welch's t-test), and series by series (the
 * ratios at all dimensions together, so that one run of each is enough). A metric is `worse` when its mean is worse by more
 * than the threshold and is surely other, after Holm's correction for how many were tested; single values are
 * compared and decide nothing.
 *
 * @param base what the others are compared with
 * @param others the runs compared
 * @param options.threshold the part by which a metric has to be worse; 0.05 when absent
 * @throws {RangeError} when `threshold` is not between 0 and 1
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import type { Record } from '@paratune/record';
 * import { compareRuns } from '@paratune/report';
 *
 * const run = (name: string, values: number[]) => ({
 *   name,
 *   records: values.map((value, run): Record => ({
 *     version: 1, experiment: 'dgemm-driver', environment: 'native', factors: { n: 1000 }, metric: 'mflops', unit: 'Mflops',
 *     run, repetition: 0, time: '2026-01-31T12:00:00.000Z', identity: '0123456789abcdef', status: 'measured', value,
 *   })),
 * });
 * const { regressions } = compareRuns(run('old', [4000, 4010, 3990]), [run('new', [3600, 3610, 3590])]);
 * assert.equal(regressions[0]?.ratio, 0.9);
 * ```
 */
export function compareRuns(
  base: ComparedRun,
  others: readonly ComparedRun[],
  { threshold = 0.05 }: { threshold?: number } = {},
): RunComparison {
  if (threshold !== 0) checkPart(threshold, 'threshold');
  const cells = cellsOf(base.records);
  const movements = others.flatMap(({ name, records }) => {
    const pairs = [...cellsOf(records)].flatMap(([key, values]) => {
      const old = cells.get(key);
      return old ? [{ base: old, values }] : [];
    });
    return [...seriesOf(name, pairs), ...pairs.map((pair) => measurement(name, pair))];
  });
  const judged = correct(movements).map((movement) => ({ ...movement, verdict: verdictOf(movement, threshold) }));
  return {
    base: base.name,
    runs: others.map(({ name }) => name),
    threshold,
    movements: judged,
    regressions: judged.filter(({ verdict }) => verdict === 'worse'),
  };
}

/** The values of one measurement in both runs. */
interface Pair {
  base: ValueRecord[];
  values: ValueRecord[];
}

/** The values of each measurement. What the search of the tuner tried on its way is none. */
function cellsOf(records: readonly Record[]): Map<string, ValueRecord[]> {
  const values = records.filter(
    (record): record is ValueRecord => 'value' in record && !record.metric.startsWith('candidate'),
  );
  return groupBy(values, ({ status, experiment, environment, metric, factors }) =>
    JSON.stringify([status, experiment, environment, metric, sorted(factors)]),
  );
}

const sorted = (factors: Record['factors']) => Object.entries(factors).sort(([a], [b]) => (a < b ? -1 : 1));

function measurement(run: string, { base, values }: Pair): Movement {
  const [old, own] = [base, values].map((records) => records.map(({ value }) => value)) as [number[], number[]];
  const common = { ...describe(run, values[0]!), factors: values[0]!.factors, over: [] };
  const sides = {
    counts: [old.length, own.length] as [number, number],
    base: mean(old),
    value: mean(own),
    ratio: mean(own) / mean(old),
  };
  if (old.length < 2 || own.length < 2)
    return { ...common, ...sides, low: null, high: null, p: null, effect: null, verdict: 'undecided' };
  const { low, high } = equivalence(own, old);
  return {
    ...{ ...common, ...sides },
    low: finite(low),
    high: finite(high),
    p: welch(own, old).p,
    effect: finite(effectSize(own, old).hedges),
    verdict: 'undecided',
  };
}

/** Of measurements that differ in numbers only, such as n, the ratios together: three of them at least. */
function seriesOf(run: string, pairs: readonly Pair[]): Movement[] {
  const families = groupBy(pairs, ({ values: [first] }) => {
    const { status, experiment, environment, metric, factors } = first!;
    return JSON.stringify([status, experiment, environment, metric, sorted(words(factors))]);
  });
  return [...families.values()].flatMap((family): Movement[] => {
    const means = family.map(({ base, values }) => ({
      base: mean(base.map(({ value }) => value)),
      value: mean(values.map(({ value }) => value)),
    }));
    const positive = means.filter(({ base, value }) => base > 0 && value > 0);
    if (positive.length < 3) return [];
    const logarithms = positive.map(({ base, value }) => Math.log(value / base));
    const { mean: middle, low, high } = meanInterval(logarithms);
    const first = family[0]!.values[0]!;
    return [
      {
        ...describe(run, first),
        factors: words(first.factors),
        over: Object.keys(first.factors).filter((name) => typeof first.factors[name] === 'number'),
        counts: [positive.length, positive.length],
        base: geometricMean(positive.map(({ base }) => base)),
        value: geometricMean(positive.map(({ value }) => value)),
        ratio: Math.exp(middle),
        low: Math.exp(low),
        high: Math.exp(high),
        p: welch(logarithms, [0, 0]).p,
        effect: null,
        verdict: 'undecided',
      },
    ];
  });
}

const words = (factors: Record['factors']) =>
  Object.fromEntries(Object.entries(factors).filter(([, value]) => typeof value !== 'number'));

function describe(run: string, { experiment, environment, metric, unit, status }: ValueRecord) {
  return {
    run,
    experiment,
    environment,
    metric,
    unit,
    simulated: status === 'simulated',
    better: directionOf(metric, unit),
  };
}

/** Rates are the better the more of them there is, times and what is used up the less; choices and sizes are neither. */
function directionOf(metric: string, unit: string): Movement['better'] {
  if (/flops$|\/s$/i.test(unit)) return 'more';
  const used = /faults$|misses$|seconds$|cycles$|ticks$|^(resident|baseline|system(Swap)?|kernel\w*)Bytes$/i;
  return used.test(metric) && !/^(add|mul|fma)Cycles$/.test(metric) ? 'less' : null;
}

/** Corrects p values for how many were tested in a run: among all its series, and among the measurements of each experiment. */
function correct(movements: readonly Movement[]): Movement[] {
  const tested = movements.filter(({ p }) => p !== null);
  const families = groupBy(tested, ({ run, experiment, over }) => JSON.stringify([run, over.length > 0 || experiment]));
  const corrected = new Map(
    [...families.values()].flatMap((family) => {
      const ps = holm(family.map(({ p }) => p!));
      return family.map((movement, index) => [movement, ps[index]!] as const);
    }),
  );
  return movements.map((movement) => ({ ...movement, p: corrected.get(movement) ?? null }));
}

function verdictOf(
  { metric, base, value, ratio, p, low, high, better }: Movement,
  threshold: number,
): Movement['verdict'] {
  if (base === value) return 'same';
  const floor = metric.endsWith('Faults') ? noticeableFaults : /swap/i.test(metric) ? noticeableBytes : 0;
  if (p !== null && Math.abs(value - base) < floor) return 'same';
  // What was chosen or found, once each time, is another.
  if (p === null) return better === null ? 'changed' : 'undecided';
  const beyond = !(Math.abs(ratio - 1) <= threshold);
  if (beyond && p <= alpha) {
    if (better === null) return 'changed';
    return value > base === (better === 'more') ? 'better' : 'worse';
  }
  const within = low !== null && high !== null && low >= 1 - threshold && high <= 1 + threshold;
  return within ? 'same' : 'undecided';
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);
