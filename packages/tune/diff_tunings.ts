import type { Record as Observation } from '@paratune/record';
import { experiment } from './tune_records.ts';

/** A parameter, or a rate, that two logs have. */
export interface TuningDifference {
  readonly routine: string;
  readonly precision: string;
  /** A parameter of Table 2, or `mflops`: the best rate that the search saw. */
  readonly what: string;
  /** What each log has, of several tunings the value in the middle. */
  readonly a: number;
  readonly b: number;
  /** Whether a tuning of one log chose what some tuning of the other chose too; of rates, whether they differ by less than 3 %. */
  readonly same: boolean;
}

/** Rates within this are the same. */
const TIE = 0.03;

const parameters = ['mu', 'nu', 'ku', 'latency', 'muladd', 'mc', 'kc', 'nc', 'xUnroll', 'yUnroll'];

function middle(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor((values.length - 1) / 2)]!;
}

/** Values by routine, precision and what they are of: of each finished tuning one. */
function valuesOf(records: readonly Observation[]): Map<string, number[]> {
  const values = new Map<string, number[]>();
  const finished = new Set(
    records.flatMap(({ experiment: of, metric, run }) => (of === experiment && metric === 'seconds' ? [run] : [])),
  );
  const best = new Map<string, number>();
  for (const record of records) {
    if (record.experiment !== experiment || record.status !== 'measured' || !finished.has(record.run)) continue;
    const { routine, precision, source } = record.factors;
    const key = (what: string) => JSON.stringify([routine, precision, what]);
    if (parameters.includes(record.metric)) {
      values.set(key(record.metric), [...(values.get(key(record.metric)) ?? []), record.value]);
    } else if (record.metric === 'candidateMflops' && record.factors['kept'] === true) {
      // The last that was kept is the best; how a matrix from another cache fares is another rate.
      if (source === 'any' || source === 'private') best.set(`${record.run} ${key('mflops')}`, record.value);
    }
  }
  for (const [name, value] of best) {
    const key = name.slice(name.indexOf(' ') + 1);
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}

/**
 * Compares the tunings of two logs, of two environments for instance, as the paper's Table 5 does: which parameters were chosen in both, and at
 * what rate.
 *
 * @param a the records of one
 * @param b those of the other
 * @returns a row for every routine, precision and parameter that both have
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { diffTunings } from '@paratune/tune';
 *
 * const log = (mu: number) =>
 *   [['mu', mu], ['seconds', 60]].map(([metric, value]) => ({
 *     version: 1 as const, experiment: 'tune', environment: 'native', run: 0, repetition: 0, identity: '0123456789abcdef',
 *     factors: metric === 'mu' ? { routine: 'gemm', precision: 'double' } : {},
 *     time: '2026-01-31T12:00:00.000Z', metric: String(metric), unit: '', status: 'measured' as const, value: Number(value),
 *   }));
 * assert.deepEqual(diffTunings(log(24), log(16)), [
 *   { routine: 'gemm', precision: 'double', what: 'mu', a: 24, b: 16, same: false },
 * ]);
 * ```
 */
export function diffTunings(a: readonly Observation[], b: readonly Observation[]): TuningDifference[] {
  const [ofA, ofB] = [valuesOf(a), valuesOf(b)];
  return [...ofA].flatMap(([key, values]) => {
    const others = ofB.get(key);
    if (others === undefined) return [];
    const [routine, precision, what] = JSON.parse(key) as [string, string, string];
    const [one, other] = [middle(values), middle(others)];
    const same = what === 'mflops' ? Math.abs(one / other - 1) < TIE : values.some((value) => others.includes(value));
    return [{ routine, precision, what, a: one, b: other, same }];
  });
}
