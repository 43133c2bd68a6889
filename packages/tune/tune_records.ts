import type { Tuning } from '@paratune/blas';
import type { Record as Observation } from '@paratune/record';
import type { RoutineRate } from './measure_routines.ts';
import type { Candidate, Parameters, TuneResult } from './tune_result.ts';

/** The experiment's name in every record of this package. */
export const experiment = 'tune';

/** What the records of a tuning need beside it. */
export interface TuneContext {
  /** The environment's name. */
  readonly environment: string;
  /** Which tuning of this environment. */
  readonly run: number;
  /** Id of the identity of code and machine. */
  readonly identity: string;
  /** When it was. */
  readonly time: string;
}

function measured(
  context: TuneContext,
  factors: Observation['factors'],
  metric: string,
  unit: string,
  value: number,
  repetition = 0,
): Observation {
  return { version: 1, experiment, ...context, factors, metric, unit, repetition, status: 'measured', value };
}

/**
 * The record of a candidate: its rate; what it was, whether it was kept and why are factors.
 *
 * @param candidate what was tried
 * @param order how many were tried before
 * @param context where
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { candidateOf, candidateRecord } from '@paratune/tune';
 *
 * const candidate = {
 *   routine: 'ger' as const, precision: 'double' as const, source: 'private' as const, isa: 'avx2' as const, parameters: { xUnroll: 2 },
 *   mflops: 9000, spread: 0.01, ratio: 1.1, kept: true, why: 'faster by 10.0 %, faster in 6 of 6 pairs',
 * };
 * const context = { environment: 'native', run: 0, identity: '0123456789abcdef', time: '2026-01-31T12:00:00.000Z' };
 * const record = candidateRecord(candidate, 7, context);
 * assert.ok(record.status === 'measured' && record.value === 9000 && record.factors.xUnroll === 2 && record.repetition === 7);
 * assert.deepEqual(candidateOf(record), candidate);
 * ```
 */
export function candidateRecord(candidate: Candidate, order: number, context: TuneContext): Observation {
  const { parameters, mflops, ...rest } = candidate;
  return measured(context, { ...rest, ...parameters }, 'candidateMflops', 'Mflops', mflops, order);
}

/**
 * The candidate of a record that {@linkcode candidateRecord} made, for a search that goes on where another was broken off.
 *
 * @param record any record
 * @returns the candidate; undefined when the record is of something else
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { candidateOf, experiment } from '@paratune/tune';
 *
 * const finished = {
 *   version: 1 as const, experiment, environment: 'native', factors: {}, metric: 'seconds', unit: 's', run: 0, repetition: 0,
 *   time: '2026-01-31T12:00:00.000Z', identity: '0123456789abcdef', status: 'measured' as const, value: 60,
 * };
 * assert.equal(candidateOf(finished), undefined);
 * ```
 */
export function candidateOf(record: Observation): Candidate | undefined {
  if (record.experiment !== experiment || record.metric !== 'candidateMflops' || record.status !== 'measured')
    return undefined;
  const { routine, precision, source, isa, spread, ratio, kept, why, ...parameters } = record.factors;
  return { routine, precision, source, isa, parameters, mflops: record.value, spread, ratio, kept, why } as Candidate;
}

/** Table 2's parameters, by routine. Those of vectors are of a matrix in a cache of the core's own. */
function chosen(tuning: Tuning, precision: Candidate['precision']): [Candidate['routine'], Parameters][] {
  const letter = precision === 'double' ? 'd' : 's';
  const { muladd, mu, nu, ku, latency, mc, kc, nc } = tuning[`${letter}gemm`];
  const { columns, rows } = tuning[`${letter}gemv`];
  const unrolls = ({ xUnroll, yUnroll }: { xUnroll: number; yUnroll: number }) => ({ xUnroll, yUnroll });
  return [
    ['gemm', { mu, nu, ku, latency, muladd: muladd === 'fused' ? 1 : 0, nb: kc, mc, kc, nc }],
    ['gemv N', unrolls(columns.private)],
    ['gemv T', unrolls(rows.private)],
    ['ger', unrolls(tuning[`${letter}ger`].private)],
  ];
}

/**
 * The records of a finished tuning beside those of its candidates: the parameters that were chosen (Table 5), how many times as fast as untuned
 * it is at each size, and how long it took, which says that it is finished.
 *
 * @param result what was found
 * @param context where
 *
 * @example
 * ```ts
 * import { info } from '@paratune/blas';
 * import { tune, tuneRecords } from '@paratune/tune';
 * import assert from 'node:assert/strict';
 *
 * if (info().backend === 'x64') {
 *   const result = tune({ budgetSeconds: 0.3, only: ['dger'] });
 *   const context = { environment: 'native', run: 0, identity: '0123456789abcdef', time: result.time };
 *   const mu = tuneRecords(result, context).find(({ metric }) => metric === 'mu');
 *   assert.ok(mu?.status === 'measured' && mu.value === result.tuning.dgemm.mu);
 * }
 * ```
 */
export function tuneRecords(result: TuneResult, context: TuneContext): Observation[] {
  return [
    ...(['double', 'single'] as const).flatMap((precision) =>
      chosen(result.tuning, precision).flatMap(([routine, parameters]) =>
        Object.entries(parameters).map(([name, value]) =>
          measured(context, { routine, precision }, name, name === 'muladd' ? '' : 'elements', Number(value)),
        ),
      ),
    ),
    ...result.confirmations.map(({ gain, ...factors }, order) =>
      measured(context, factors, 'gain', 'times', gain, order),
    ),
    measured(context, {}, 'seconds', 's', result.seconds),
  ];
}

/**
 * The records of rates of the library as it is configured: Figure 7.
 *
 * @param rates what was measured
 * @param context where
 *
 * @example
 * ```ts
 * import { measureRoutines, rateRecords } from '@paratune/tune';
 * import assert from 'node:assert/strict';
 *
 * const rates = measureRoutines({ n: [20], repetitions: 2 });
 * const context = { environment: 'native', run: 0, identity: '0123456789abcdef', time: '2026-01-31T12:00:00.000Z' };
 * const [first] = rateRecords(rates, context);
 * assert.deepEqual(first?.factors, { routine: 'dgemm NN', precision: 'double', n: 20 });
 * ```
 */
export function rateRecords(rates: readonly RoutineRate[], context: TuneContext): Observation[] {
  return rates.map(({ repetition, mflops, ...factors }) =>
    measured(context, factors, 'mflops', 'Mflops', mflops, repetition),
  );
}
