import type { Record as Observation } from '@paratune/record';
import type { Machine } from './machine.ts';

/** The experiment's name in every record of this package. */
export const experiment = 'probe';

/** What the records of a probe need beside what it found. */
export interface ProbeContext {
  /** The environment's name. */
  readonly environment: string;
  /** Which probe of this environment. */
  readonly run: number;
  /** Id of the identity of code and machine. */
  readonly identity: string;
}

const units = {
  l1DataBytes: 'bytes',
  l2Bytes: 'bytes',
  lastLevelBytes: 'bytes',
  lineBytes: 'bytes',
  pageBytes: 'bytes',
  dtlbEntries: 'entries',
  stlbEntries: 'entries',
  addCycles: 'cycles',
  mulCycles: 'cycles',
  fmaCycles: 'cycles',
  fpRegisters: 'registers',
  integerRegisters: 'registers',
  muladd: '',
  issueRate: 'instructions/cycle',
  peakMflops: 'Mflops',
} as const;

/**
 * The records of one probe. Each value is a metric of its own name with the factor `source`, `'measured'` or `'reported'`, as far as
 * there is a value; `muladd` is 1 or 0. `registerMflops` has the factors `isa` and `precision`. Each curve's points are a metric with
 * the curve's name, and its x and other factors as factors. `levelCycles` and `levelBandwidth` have the factor `level`.
 *
 * @param machine what the probe found
 * @param context what it was a probe of
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { experiment, type Machine, type ProbeContext, probeRecords } from '@paratune/probe';
 *
 * assert.equal(experiment, 'probe');
 * const cacheSizes = (machine: Machine, context: ProbeContext) =>
 *   probeRecords(machine, context).filter(({ metric, factors }) => metric === 'l2Bytes' && factors['source'] === 'measured');
 * assert.throws(() => cacheSizes({} as Machine, { environment: 'native', run: 0, identity: '0123456789abcdef' }), TypeError);
 * ```
 */
export function probeRecords(machine: Machine, { environment, run, identity }: ProbeContext): Observation[] {
  const record = (
    metric: string,
    unit: string,
    factors: Observation['factors'],
    value: number | boolean,
    repetition = 0,
  ): Observation => ({
    version: 1,
    experiment,
    environment,
    factors,
    metric,
    unit,
    run,
    repetition,
    time: machine.time,
    identity,
    status: 'measured',
    value: Number(value),
  });
  const values = Object.entries(units).flatMap(([metric, unit]) => {
    const { value, reported } = machine[metric as keyof typeof units];
    return Object.entries({ measured: value, reported }).flatMap(([source, one]) =>
      one === null ? [] : [record(metric, unit, { source }, one)],
    );
  });
  const rates = machine.rates.flatMap(({ isa, precision, repetitions }) =>
    repetitions.map((mflops, index) => record('registerMflops', 'Mflops', { isa, precision }, mflops, index)),
  );
  const levels = machine.levels.flatMap(({ level, cycles, gigabytesPerSecond }) => [
    record('levelCycles', 'cycles', { level }, cycles),
    record('levelBandwidth', 'GB/s', { level }, gigabytesPerSecond),
  ]);
  const curves = machine.curves.flatMap(({ name, unit, x, factors, points }) =>
    points.map(([at, value]) => record(name, unit, { ...factors, [x]: at }, value)),
  );
  return [...values, ...rates, ...levels, ...curves];
}
