import type { Record as Observation } from '@paratune/record';
import { columns } from './_columns.ts';
import { mean } from './_mean.ts';
import { experiment, type metrics } from './driver_records.ts';

type Metric = keyof typeof metrics;

/** The runs of one dimension in one environment. */
export interface Row {
  environment: string;
  n: number;
  /** Runs that were measured, and that failed. */
  runs: number;
  failed: number;
  mflops: Spread;
  /** Means over the runs measured. */
  residentBytes: number;
  baselineBytes: number;
  minorFaults: number;
  majorFaults: number;
  systemSwapBytes: number;
}

export interface Spread {
  mean: number;
  minimum: number;
  maximum: number;
}

/** A row for each environment and dimension, environments in the order of their first record, dimensions rising. */
export function summarize(records: readonly Observation[]): Row[] {
  const groups = new Map<string, Observation[]>();
  const order = [...new Set(records.map(({ environment }) => environment))];
  for (const record of records) {
    if (record.experiment !== experiment || record.status === 'skipped') continue;
    const key = JSON.stringify([record.environment, record.factors]);
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups.values()]
    .map(summarizeGroup)
    .sort((a, b) => order.indexOf(a.environment) - order.indexOf(b.environment) || a.n - b.n);
}

function summarizeGroup(records: Observation[]): Row {
  const values = (metric: Metric) =>
    records.flatMap((record) => (record.metric === metric && 'value' in record ? [record.value] : []));
  const rates = values('mflops');
  return {
    environment: records[0]!.environment,
    n: Number(records[0]!.factors['n']),
    runs: rates.length,
    failed: records.filter(({ status }) => status === 'failed').length,
    mflops: { mean: mean(rates), minimum: Math.min(...rates), maximum: Math.max(...rates) },
    residentBytes: mean(values('residentBytes')),
    baselineBytes: mean(values('baselineBytes')),
    minorFaults: mean(values('minorFaults')),
    majorFaults: mean(values('majorFaults')),
    systemSwapBytes: mean(values('systemSwapBytes')),
  };
}

/** The rows as text in columns. */
export function table(rows: readonly Row[]): string {
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  const shown = rows.map(({ runs, failed, mflops, ...row }) => [
    row.environment,
    String(row.n),
    failed === 0 ? String(runs) : `${runs} (${failed} failed)`,
    ...(runs === 0
      ? Array<string>(7).fill('-')
      : [
          ...[mflops.mean, mflops.minimum, mflops.maximum].map((rate) => rate.toFixed(0)),
          ...[row.residentBytes].map(mebibytes),
          ...[row.minorFaults, row.majorFaults].map((faults) => faults.toFixed(0)),
          mebibytes(row.systemSwapBytes),
        ]),
  ]);
  const head = 'environment|n|runs|Mflops mean|min|max|RSS MiB|minor faults|major faults|swap MiB'.split('|');
  return columns(head, shown);
}
