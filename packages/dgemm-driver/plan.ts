import { checkWhole } from './_check.ts';
import { maximumDimension } from './dimensions.ts';

/** Dimensions that are run equally often. */
export interface Series {
  /** The matrix dimensions, in any order. */
  dimensions: readonly number[];
  /** How many runs of each, every one in a process of its own. */
  runs: number;
}

/** One run of the driver that a sweep intends: an observation that a store holds once at the end. */
export interface PlannedRun {
  /** The environment's name, such as `uml-256`. */
  environment: string;
  /** The matrix dimension. */
  n: number;
  /** Which run of this dimension in this environment, from 0. */
  run: number;
}

/**
 * The runs of a sweep in the order in which they are to be done: dimensions rising, and within one each run in every
 * environment in turn, so that the drift of a shared machine falls on all environments alike.
 *
 * @param environments names of environments, each once
 * @param series what to run; a dimension may stand in one series only
 * @throws {TypeError} when an argument has the wrong type
 * @throws {RangeError} when there is no environment or no dimension, one is given twice, or a number is out of range
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { plan } from '@paratune/dgemm-driver';
 *
 * const runs = plan(['native', 'uml-256'], [{ dimensions: [100], runs: 2 }]);
 * assert.deepEqual(
 *   runs.map(({ environment, n, run }) => `${environment} ${n} ${run}`),
 *   ['native 100 0', 'uml-256 100 0', 'native 100 1', 'uml-256 100 1'],
 * );
 * ```
 */
export function plan(environments: readonly string[], series: readonly Series[]): PlannedRun[] {
  checkDistinct(environments, 'environments');
  if (!Array.isArray(series)) throw new TypeError(`'series' must be an array, got ${typeof series}`);
  const rows = series.flatMap(({ dimensions, runs }, index) => {
    checkWhole(runs, `series[${index}].runs`, 1);
    if (!Array.isArray(dimensions)) {
      throw new TypeError(`'series[${index}].dimensions' must be an array, got ${typeof dimensions}`);
    }
    return dimensions.map((n, at) => ({
      n: checkWhole(n, `series[${index}].dimensions[${at}]`, 1, maximumDimension),
      runs,
    }));
  });
  checkDistinct(
    rows.map(({ n }) => n),
    'dimensions',
  );
  return rows
    .sort((a, b) => a.n - b.n)
    .flatMap(({ n, runs }) =>
      Array.from({ length: runs }, (_, run) => environments.map((environment) => ({ environment, n, run }))).flat(),
    );
}

function checkDistinct(values: readonly (string | number)[], name: string): void {
  if (!Array.isArray(values)) throw new TypeError(`'${name}' must be an array, got ${typeof values}`);
  if (values.length === 0) throw new RangeError(`'${name}' must not be empty`);
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new RangeError(`'${name}' must be distinct, got ${JSON.stringify(twice)} twice`);
}
