import type { Record as Observation } from '@paratune/record';
import { columns } from './_columns.ts';
import { tlbExperiment } from './sweep_tlb.ts';

/** The simulated misses of a TLB at one dimension in one environment. */
export interface TlbRow {
  environment: string;
  geometry: string;
  n: number;
  simulated: true;
  dataTlbMisses: number;
  instructionTlbMisses: number;
}

/** A row for each environment, TLB and dimension; environments in the order of their first record, dimensions rising. */
export function summarizeTlb(records: readonly Observation[]): TlbRow[] {
  const order = [...new Set(records.map(({ environment }) => environment))];
  const rows = new Map<string, TlbRow>();
  for (const record of records) {
    if (record.experiment !== tlbExperiment || record.status !== 'simulated') continue;
    const { environment, factors } = record;
    const [geometry, n] = [String(factors['geometry']), Number(factors['n'])];
    const key = `${environment} ${geometry} ${n}`;
    const none = { dataTlbMisses: 0, instructionTlbMisses: 0 };
    const row = rows.get(key) ?? { environment, geometry, n, simulated: true, ...none };
    rows.set(key, { ...row, [record.metric]: record.value });
  }
  return [...rows.values()].sort(
    (a, b) =>
      order.indexOf(a.environment) - order.indexOf(b.environment) || a.geometry.localeCompare(b.geometry) || a.n - b.n,
  );
}

/** The rows as text in columns. */
export function tlbTable(rows: readonly TlbRow[]): string {
  const shown = rows.map(({ environment, geometry, n, dataTlbMisses, instructionTlbMisses }) => [
    environment,
    geometry,
    String(n),
    String(dataTlbMisses),
    (dataTlbMisses / n ** 2).toPrecision(3),
    String(instructionTlbMisses),
  ]);
  return columns(['environment', 'TLB', 'n', 'data misses', 'for each n²', 'instruction misses'], shown);
}
