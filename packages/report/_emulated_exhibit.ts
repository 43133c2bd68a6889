import { dimensionOf, experiment } from './_driver.ts';
import { parseName } from './_environments.ts';
import type { Exhibit } from './_exhibit.ts';
import { enumerate, formatNumber } from './_format.ts';
import { html } from './_html.ts';
import { groupBy } from './_statistics.ts';
import type { View } from './_view.ts';

const name = 'emulated';
const kinds = ['qemu', 'xen-dom0', 'xen-domu'];

/** The driver's rates in an environment at one dimension, by an emulator's clock. */
interface Point {
  environment: string;
  n: number;
  rates: number[];
}

/** The same machine and the same memory without Xen. */
function withoutXen(points: readonly Point[], { environment, n }: Point): Point | undefined {
  const own = parseName(environment);
  if (own.kind === 'qemu') return undefined;
  return points.find((other) => {
    const { kind, memoryMiB, machine } = parseName(other.environment);
    return other.n === n && kind === 'qemu' && memoryMiB === own.memoryMiB && machine === own.machine;
  });
}

/** How much more time the fastest run took, in percent: what disturbs an emulator makes it slower, never faster. */
function overhead({ rates }: Point, reference: Point): number {
  return (Math.max(...reference.rates) / Math.max(...rates) - 1) * 100;
}

const percent = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)} %`;

/** Xen's domains in an emulated machine, beside the same machine without Xen; nothing where none was emulated. */
export function emulatedExhibit(view: View): Exhibit[] {
  const records = view
    .simulated(experiment, 'mflops')
    .filter(({ environment }) => kinds.includes(parseName(environment).kind));
  if (records.length === 0) return [];
  const points = [...groupBy(records, (record) => `${dimensionOf(record)} ${record.environment}`).values()]
    .map(
      (own): Point => ({
        environment: own[0]!.environment,
        n: dimensionOf(own[0]!)!,
        rates: own.map(({ value }) => value),
      }),
    )
    .sort((a, b) => a.n - b.n);
  const names = view.environments
    .map(({ name }) => name)
    .filter((name) => points.some(({ environment }) => environment === name));
  const findings = names.flatMap((environment) => {
    const compared = points.flatMap((point) => {
      const reference = point.environment === environment ? withoutXen(points, point) : undefined;
      return reference ? [{ n: point.n, reference, more: overhead(point, reference) }] : [];
    });
    if (compared.length === 0) return [];
    const all = compared.map(({ n, more }) => `${percent(more)} at n = ${n}`);
    const sentence = `time beside ${compared[0]!.reference.environment}, by the emulator’s clock: ${enumerate(all)}`;
    return [{ exhibit: name, environment, sentence }];
  });
  const cell = (point: Point | undefined) => {
    if (point === undefined) return '';
    const [least, most] = [Math.min(...point.rates), Math.max(...point.rates)];
    const reference = withoutXen(points, point);
    const beside = reference ? `, ${percent(overhead(point, reference))} time` : '';
    return `${formatNumber(Math.round(least))}–${formatNumber(Math.round(most))}${beside}`;
  };
  const dimensions = [...new Set(points.map(({ n }) => n))];
  return [
    {
      kind: 'table',
      name,
      title: 'Simulated: Xen’s domains in an emulated machine, beside the same machine without Xen',
      paper: undefined,
      findings,
      measured: `The DGEMM driver in ${enumerate(names)}, every run a new process.`,
      notes: [
        'The processor is emulated: the rates are those of the emulator, and say nothing of hardware; the percentages compare like with like.',
        'Dimensions are smaller than the paper’s, since an emulated processor is about a hundred times slower.',
        'Overhead is of the fastest run, since what disturbs an emulator only slows it.',
      ],
      table: html`<div class="scroll"><table class="figures">
<caption>Mflops by the emulator’s clock, least–greatest; more or less time than without Xen.</caption>
<thead><tr><th scope="col">n</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${dimensions.map(
        (n) => html`<tr><th scope="row">${n}</th>${names.map(
          (name) => html`<td>${cell(points.find((point) => point.n === n && point.environment === name))}</td>`,
        )}</tr>
`,
      )}</tbody></table></div>`,
    },
  ];
}
