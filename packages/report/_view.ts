import type { Identity, Record, ValueRecord } from '@paratune/record';
import { type EnvironmentView, viewEnvironments } from './_environments.ts';
import { type LineStyle, lineStyles } from './_palette.ts';
import { groupBy } from './_statistics.ts';

/** What figures, tables and claims are made from: records, sorted. */
export interface View {
  records: readonly Record[];
  identities: readonly Identity[];
  environments: EnvironmentView[];
  styles: Map<string, LineStyle>;
  /** The measured values of a metric, of all environments. */
  values(experiment: string, metric: string): ValueRecord[];
  /** All measured values of an experiment. */
  all(experiment: string): ValueRecord[];
  /** The simulated values of a metric: never shown or judged together with measured ones. */
  simulated(experiment: string, metric: string): ValueRecord[];
}

/** Sorts records, measured values apart from simulated ones. */
export function viewRecords(records: readonly Record[], identities: readonly Identity[]): View {
  const environments = viewEnvironments(records, identities);
  const byKind = groupBy(
    records.filter((record): record is ValueRecord => 'value' in record),
    ({ status, experiment }) => `${status} ${experiment}`,
  );
  const of = (status: ValueRecord['status'], experiment: string) => byKind.get(`${status} ${experiment}`) ?? [];
  const ofMetric = (values: ValueRecord[], metric: string) => values.filter((record) => record.metric === metric);
  return {
    records,
    identities,
    environments,
    styles: lineStyles(environments),
    all: (experiment) => of('measured', experiment),
    values: (experiment, metric) => ofMetric(of('measured', experiment), metric),
    simulated: (experiment, metric) => ofMetric(of('simulated', experiment), metric),
  };
}

/** The machine as it is that an environment is of, where it is among the environments. */
export function nativeOf({ environments }: View, environment: string): string | undefined {
  const machine = environments.find(({ name }) => name === environment)?.machine;
  return environments.find((one) => one.machine === machine && one.role === 'native' && one.memoryMiB === undefined)
    ?.name;
}

/** A factor of a record as text; empty when it has none of that name. */
export function factorOf({ factors }: ValueRecord, name: string): string {
  return Object.hasOwn(factors, name) ? String(factors[name]) : '';
}

/** A factor of a record that is a number. */
export function numberOf({ factors }: ValueRecord, name: string): number | undefined {
  const factor = Object.hasOwn(factors, name) ? factors[name] : undefined;
  return typeof factor === 'number' ? factor : undefined;
}

/** What an environment is compared with: the machine as it is, else the first of the same machine that is there. */
export function referenceOf(own: EnvironmentView, environments: readonly EnvironmentView[]): EnvironmentView {
  const here = environments.filter(({ machine }) => machine === own.machine);
  return here.find(({ role, memoryMiB }) => role === 'native' && memoryMiB === undefined) ?? here[0] ?? own;
}
