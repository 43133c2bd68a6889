import type { EnvironmentView } from '../_environments.ts';
import { formatNumber } from '../_format.ts';
import { groupBy } from '../_statistics.ts';
import type { View } from '../_view.ts';
import { fallDimension } from '../fall_dimension.ts';
import { plateauRate } from '../plateau_rate.ts';
import { type Summary, summarize } from '../summarize.ts';

/** One environment's runs of the driver. */
export interface Driven {
  environment: EnvironmentView;
  /** By rising dimension. */
  rows: Summary[];
}

/** A metric of the driver, by environment. */
export function drivenBy(view: View, metric: string): Driven[] {
  const rows = groupBy(summarize(view.records, metric), ({ environment }) => environment);
  return view.environments.flatMap((environment) => {
    const own = rows.get(environment.name);
    return own?.some(({ values }) => values) ? [{ environment, rows: own }] : [];
  });
}

/** Where a rate falls: between two dimensions that were measured. */
export interface Fall {
  /** The last dimension at which the rate holds. */
  after: number;
  /** The first from which on it does not. */
  at: number;
}

/** @returns undefined when the rate holds to the end, or nothing was measured on the plateau */
export function fallOf({ environment, rows }: Driven): Fall | undefined {
  const plateau = plateauRate(rows, environment.threshold);
  const at = plateau === undefined ? undefined : fallDimension(rows, plateau);
  if (at === undefined) return undefined;
  return { at, after: Math.max(0, ...rows.map(({ n }) => n).filter((n) => n < at)) };
}

/** "n = 3,100". */
export const atDimension = (n: number): string => `n = ${formatNumber(n)}`;
