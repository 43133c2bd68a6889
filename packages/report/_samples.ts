import type { ValueRecord } from '@paratune/record';
import type { BarGroup } from './_bars.ts';
import type { EnvironmentView } from './_environments.ts';
import { enumerate, formatNumber } from './_format.ts';
import { html, type Markup } from './_html.ts';
import { groupBy } from './_statistics.ts';
import { nativeOf, numberOf, type View } from './_view.ts';
import { type MeanInterval, meanInterval } from './mean_interval.ts';

/** Values of one environment and one kind. */
export interface Sample extends MeanInterval {
  environment: string;
}

/** The values of each environment that has any, in the order of the environments. */
export function valuesByEnvironment(
  { environments }: View,
  records: readonly ValueRecord[],
): { environment: EnvironmentView; values: number[] }[] {
  const own = groupBy(records, ({ environment }) => environment);
  return environments.flatMap((environment) => {
    const values = own.get(environment.name)?.map(({ value }) => value);
    return values ? [{ environment, values }] : [];
  });
}

/** The mean of each environment that has values, in the order of the environments. */
export function samplesOf(view: View, records: readonly ValueRecord[]): Sample[] {
  return valuesByEnvironment(view, records).map(({ environment, values }) => ({
    environment: environment.name,
    ...meanInterval(values),
  }));
}

/** Samples that are shown together. */
export interface SampleGroup {
  title: string;
  samples: Sample[];
}

/** Groups as bars, one for each environment. */
export function barGroups({ styles }: View, groups: readonly SampleGroup[]): BarGroup[] {
  return groups.map(({ title, samples }) => ({
    title,
    bars: samples.map((sample) => ({
      label: sample.environment,
      value: sample.mean,
      low: sample.low,
      high: sample.high,
      text: formatInterval(sample),
      style: styles.get(sample.environment)!,
    })),
  }));
}

/** "110,321 ± 40". */
export function formatInterval({ mean, high, count }: MeanInterval): string {
  return count === 1 ? formatNumber(mean) : `${formatNumber(mean)} ± ${formatNumber(high - mean)}`;
}

/** Groups as a table: a row each, a column for each environment. */
export function sampleTable(groups: readonly SampleGroup[], heading: string, unit: string): Markup | undefined {
  const names = [...new Set(groups.flatMap(({ samples }) => samples.map(({ environment }) => environment)))];
  if (names.length === 0) return undefined;
  return html`<div class="scroll"><table class="figures">
<caption>${unit}: mean ± half of the 95 % confidence interval (values).</caption>
<thead><tr><th scope="col">${heading}</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${groups.map(
    ({ title, samples }) => html`<tr><th scope="row">${title}</th>${names.map((name) => {
      const sample = samples.find(({ environment }) => environment === name);
      return html`<td>${sample && `${formatInterval(sample)} (${sample.count})`}</td>`;
    })}</tr>
`,
  )}</tbody></table></div>`;
}

/** How many values each mean is of, and where: "20 values of each in native and uml-256." */
export function describeSamples(groups: readonly SampleGroup[]): string | undefined {
  const samples = groups.flatMap((group) => group.samples);
  if (samples.length === 0) return undefined;
  const counts = samples.map(({ count }) => count);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const number = least === most ? `${most}` : `${least} to ${most}`;
  const names = [...new Set(samples.map(({ environment }) => environment))];
  return `Means of ${number} ${most === 1 ? 'value' : 'values'} each, in ${enumerate(names)}.`;
}

/** Those of the greatest matrices: a store may hold several profiles. */
export function ofLargest(records: readonly ValueRecord[]): { n: number | undefined; records: ValueRecord[] } {
  const n = records.reduce<number | undefined>((most, record) => {
    const own = numberOf(record, 'n');
    return own === undefined || (most !== undefined && most >= own) ? most : own;
  }, undefined);
  return { n, records: records.filter((record) => numberOf(record, 'n') === n) };
}

/** A rate beside that of the machine as it is: ", 99.8 % of native". */
export function besideNative(view: View, { environment, mean }: Sample, samples: Sample[]): string {
  const native = nativeOf(view, environment);
  const reference = samples.find((sample) => sample.environment === native);
  if (!reference || environment === native) return '';
  return `, ${((100 * mean) / reference.mean).toFixed(1)} % of ${native}`;
}

/** How often each value occurs, the most frequent first, of equally frequent ones the first seen. */
export function frequencies(values: readonly number[]): { value: number; count: number }[] {
  return [...groupBy(values, (value) => value)]
    .map(([value, same]) => ({ value, count: same.length }))
    .sort((a, b) => b.count - a.count);
}

/** Bytes of a cache or a page, as they are named: "48 KB", "1.5 MB". */
export function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${formatNumber(bytes)} B`;
  const [unit, size] = bytes < 2 ** 20 ? ['KB', 2 ** 10] : ['MB', 2 ** 20];
  return `${Number((bytes / size).toFixed(2))} ${unit}`;
}

const isaOrder = ['scalar', 'sse2', 'avx2', 'avx512'];
/** Orders titles such as "double precision, avx512": double precision and narrow vectors first. */
export function byPrecisionAndIsa(a: string, b: string): number {
  const rank = (title: string) =>
    (title.includes('single') ? 100 : 0) + isaOrder.findIndex((isa) => title.includes(isa));
  return rank(a) - rank(b);
}

/** What is said in a figure that nothing was measured for. */
export const notMeasured = 'not measured in this run';
