import type { Record as Observation } from '@paratune/record';
import { columns } from './_columns.ts';
import { fairness } from './_fairness.ts';
import { mean } from './_mean.ts';
import { concurrentExperiment } from './sweep_concurrently.ts';

/** All runs of one dimension in one arrangement. */
export interface ConcurrentRow {
  environment: string;
  arrangement: string;
  drivers: number;
  n: number;
  /** Runs in which all drivers were measured, and others. */
  runs: number;
  failed: number;
  /** Of single drivers, over all runs. */
  mflops: { mean: number; standardDeviation: number };
  /** Mean over runs of what all drivers did together. */
  aggregateMflops: number;
  /** Mean over runs of Jain's index of the drivers' rates: 1 when all have the same, 1/K when one of K has everything. */
  fairness: number;
}

/** A row for each arrangement and dimension, in the order of their first records. */
export function summarizeConcurrent(records: readonly Observation[]): ConcurrentRow[] {
  const groups = new Map<string, Map<number, Observation[]>>();
  for (const record of records) {
    if (record.experiment !== concurrentExperiment || record.metric !== 'mflops' || record.status === 'skipped')
      continue;
    const key = JSON.stringify([record.environment, record.factors]);
    const runs = groups.get(key) ?? new Map<number, Observation[]>();
    groups.set(key, runs);
    runs.set(record.run, [...(runs.get(record.run) ?? []), record]);
  }
  return [...groups.values()].map((runs) => {
    const [first] = [...runs.values()][0]! as [Observation];
    const { n, drivers, arrangement } = first.factors;
    const rates = [...runs.values()].map((drivers) =>
      drivers.flatMap((record) => ('value' in record ? [record.value] : [])),
    );
    const whole = rates.filter(({ length }) => length === drivers);
    const all = whole.flat();
    return {
      environment: first.environment,
      arrangement: String(arrangement),
      drivers: Number(drivers),
      n: Number(n),
      runs: whole.length,
      failed: rates.length - whole.length,
      mflops: { mean: mean(all), standardDeviation: standardDeviation(all) },
      aggregateMflops: mean(whole.map((each) => each.reduce((sum, rate) => sum + rate, 0))),
      fairness: mean(whole.map(fairness)),
    };
  });
}

/** Of a sample; 0 of a single value. */
function standardDeviation(values: readonly number[]): number {
  if (values.length === 1) return 0;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/** The rows as text in columns. */
export function concurrentTable(rows: readonly ConcurrentRow[]): string {
  const head = 'environment|n|drivers|runs|Mflops of one|deviation|of all|fairness'.split('|');
  const shown = rows.map(({ environment, arrangement, drivers, n, runs, failed, mflops, ...row }) => [
    arrangement === 'apart' ? `${drivers} x ${environment}` : environment,
    String(n),
    String(drivers),
    failed === 0 ? String(runs) : `${runs} (${failed} failed)`,
    ...(runs === 0
      ? Array<string>(4).fill('-')
      : [
          ...[mflops.mean, mflops.standardDeviation, row.aggregateMflops].map((rate) => rate.toFixed(0)),
          row.fairness.toFixed(3),
        ]),
  ]);
  return columns(head, shown);
}
