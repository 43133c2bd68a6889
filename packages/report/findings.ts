import type { Identity, Record } from '@paratune/record';
import { bytesPerElement } from './_driver.ts';
import { type EnvironmentView, viewEnvironments } from './_environments.ts';
import { formatBytes, formatNumber } from './_format.ts';
import { climb, noticeableBytes, noticeableFaults } from './_noticeable.ts';
import { departureDimension } from './departure_dimension.ts';
import { fallDimension } from './fall_dimension.ts';
import { fitSquare } from './fit_square.ts';
import { plateauRate } from './plateau_rate.ts';
import { riseDimension } from './rise_dimension.ts';
import { type MeasuredSummary, type Summary, summarize } from './summarize.ts';

/** The paper's figures that the driver's records give. */
export type FigureNumber = '08' | '10' | '11' | '12' | '13';

/** What a figure or a table shows of one environment. */
export interface Finding {
  /** The figure or table, by the name of its file: `figure-08`, `table-03`. */
  exhibit: string;
  environment: string;
  /** In words, with numbers and units; it does not repeat the environment's name. */
  sentence: string;
}

/** What a figure of the driver shows of one environment. */
export interface DriverFinding extends Finding {
  /** The dimension at which the figure turns (the rate falls, faults rise, ...); undefined when it does not. */
  dimension: number | undefined;
  /** The dimension that memory predicts; undefined when the environment's memory or baseline is not known. */
  predicted: number | undefined;
}

type Turn = Pick<DriverFinding, 'sentence' | 'dimension'>;

const readers: {
  [figure in FigureNumber]: { metric: string; read(rows: Summary[], environment: EnvironmentView): Turn };
} = {
  '08': { metric: 'mflops', read: readRate },
  '10': { metric: 'residentBytes', read: readResident },
  '11': { metric: 'systemSwapBytes', read: readSwap },
  '12': { metric: 'majorFaults', read: readMajorFaults },
  '13': { metric: 'minorFaults', read: readMinorFaults },
};

/**
 * What Figures 8 and 10 to 13 show, environment by environment, computed from the records alone by
 * {@link plateauRate}, {@link fallDimension}, {@link departureDimension} and {@link riseDimension}; README.md has the rules.
 *
 * @param records records of any experiments
 * @param identities those that the records name
 * @returns by figure, then by environment; nothing for an environment without a measurement
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { identify, type Record } from '@paratune/record';
 * import { findings } from '@paratune/report';
 *
 * const identity = identify({ kind: 'native', memoryBytes: 2 ** 34 });
 * const records = [1000, 2000, 3000].map((n): Record => ({
 *   version: 1, experiment: 'dgemm-driver', environment: 'native', factors: { n }, metric: 'mflops', unit: 'Mflops',
 *   run: 0, repetition: 0, time: '2026-01-31T12:00:00.000Z', identity: identity.id, status: 'measured', value: 4000 + n,
 * }));
 * const [finding] = findings(records, [identity]);
 * assert.equal(finding?.sentence, '6,000 Mflops on the plateau; it holds up to n = 3000');
 * ```
 */
export function findings(records: readonly Record[], identities: readonly Identity[]): DriverFinding[] {
  const environments = viewEnvironments(records, identities);
  return (Object.keys(readers) as FigureNumber[]).sort().flatMap((figure) => {
    const { metric, read } = readers[figure];
    const summaries = summarize(records, metric);
    return environments.flatMap((environment): DriverFinding[] => {
      const { name, threshold } = environment;
      const rows = summaries.filter((summary) => summary.environment === name);
      if (!rows.some(({ values }) => values)) return [];
      return [{ exhibit: `figure-${figure}`, environment: name, ...read(rows, environment), predicted: threshold }];
    });
  });
}

function readRate(rows: Summary[], { threshold: predicted }: EnvironmentView): Turn {
  const plateau = plateauRate(rows, predicted);
  if (plateau === undefined) {
    const top = Math.max(...measured(rows).map(({ values }) => values.mean));
    return {
      sentence: `up to ${formatNumber(top)} Mflops, too small for a plateau${predicts(predicted)}`,
      dimension: undefined,
    };
  }
  const dimension = fallDimension(rows, plateau);
  const deaths = rows.reduce((sum, { failures }) => sum + failures.length, 0);
  const died = deaths > 0 ? `; ${deaths} ${deaths === 1 ? 'run' : 'runs'} died` : '';
  const rate = `${formatNumber(plateau)} Mflops on the plateau`;
  if (dimension === undefined) {
    return { sentence: `${rate}; it holds up to n = ${lastDimension(rows)}${died}${predicts(predicted)}`, dimension };
  }
  const fallen = measured(rows.filter(({ n }) => n >= dimension)).map(({ values }) => values.mean);
  const extent = fallen.length > 0 ? `, down to ${formatNumber(Math.min(...fallen))}` : '';
  return { sentence: `${rate}; it falls from n = ${dimension} on${extent}${died}${predicts(predicted)}`, dimension };
}

function readResident(rows: Summary[], { baselineBytes = 0 }: EnvironmentView): Turn {
  const dimension = departureDimension(rows, (n) => baselineBytes + bytesPerElement * n ** 2, 'below');
  const top = formatBytes(Math.max(...measured(rows).map(({ values }) => values.mean)));
  return dimension === undefined
    ? { sentence: `holds all of 3 n² doubles, ${top} at n = ${lastMeasured(rows)}`, dimension }
    : { sentence: `holds less than 3 n² doubles from n = ${dimension} on, no more than ${top}`, dimension };
}

function readSwap(rows: Summary[]): Turn {
  const dimension = riseDimension(rows, noticeableBytes);
  return dimension === undefined
    ? { sentence: `no swapping up to n = ${lastMeasured(rows)}`, dimension }
    : { sentence: `swap in use from n = ${dimension} on, up to ${formatBytes(highest(rows))}`, dimension };
}

function readMajorFaults(rows: Summary[]): Turn {
  const dimension = riseDimension(rows, noticeableFaults);
  return dimension === undefined
    ? { sentence: `no rise in major faults up to n = ${lastMeasured(rows)}`, dimension }
    : { sentence: `major faults from n = ${dimension} on, up to ${formatNumber(highest(rows))}`, dimension };
}

function readMinorFaults(rows: Summary[], { threshold = Number.POSITIVE_INFINITY }: EnvironmentView): Turn {
  const top = formatNumber(highest(rows));
  const course = fitSquare(rows, threshold);
  if (!course) return { sentence: `up to ${top}; too few dimensions to say whether they climb`, dimension: undefined };
  const dimension = departureDimension(rows, course, 'above', climb);
  return dimension === undefined
    ? { sentence: `keep their course of a + b n² up to n = ${lastMeasured(rows)}, up to ${top}`, dimension }
    : { sentence: `climb above a + b n² from n = ${dimension} on, up to ${top}`, dimension };
}

const measured = (rows: Summary[]) => rows.filter((row): row is MeasuredSummary => row.values !== undefined);
const highest = (rows: Summary[]) => Math.max(...measured(rows).map(({ values }) => values.median));
const lastDimension = (rows: Summary[]) => Math.max(...rows.map(({ n }) => n));
const lastMeasured = (rows: Summary[]) => lastDimension(measured(rows));
const predicts = (dimension: number | undefined) => (dimension === undefined ? '' : `; memory predicts ${dimension}`);
