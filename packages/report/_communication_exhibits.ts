import type { ValueRecord } from '@paratune/record';
import { type CurvePanel, drawCurves } from './_curves.ts';
import { drawing, type Exhibit } from './_exhibit.ts';
import { enumerate, formatNumber } from './_format.ts';
import { html, type Markup } from './_html.ts';
import { ink, type LineStyle } from './_palette.ts';
import { headingOf, paper } from './_paper.ts';
import { table6, table6Columns } from './_paper_tables.ts';
import { notMeasured } from './_samples.ts';
import { groupBy, mean, median } from './_statistics.ts';
import { factorOf, numberOf, type View } from './_view.ts';
import { bootstrapRatio } from './bootstrap_ratio.ts';
import { percent } from './claims/_equivalent.ts';
import { isGuest, iterations } from './claims/_shm.ts';
import { describeSample } from './describe_sample.ts';
import { equivalence } from './equivalence.ts';
import { welch } from './welch.ts';

/** The experiment's name in its records. */
const experiment = 'shm';

const benchmarkOrder = ['raw', 'sync', 'sync1k', 'tcp'];
const benchmarkTitles: { readonly [benchmark: string]: string } = {
  ...{ raw: 'Raw', sync: 'Sync', sync1k: 'Sync1k', tcp: 'TCP' },
};
const betweenOrder = ['threads', 'processes', 'host-uml', 'uml-uml'];

const titleOf = (benchmark: string) =>
  Object.hasOwn(benchmarkTitles, benchmark) ? benchmarkTitles[benchmark]! : benchmark;

/** One benchmark between two sides: a value a run, in nanoseconds. */
interface Cell {
  benchmark: string;
  between: string;
  means: number[];
  medians: number[];
}

/** What is known comes first, in its order. */
function byOrder(order: readonly string[]): (a: string, b: string) => number {
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return (a, b) => rank(a) - rank(b) || (a < b ? -1 : Number(a > b));
}

function cellsOf(view: View): Cell[] {
  const medians = view.values(experiment, 'medianNanoseconds');
  return iterations(view).map(({ benchmark, between, values }) => ({
    ...{ benchmark, between, means: values },
    medians: medians
      .filter((record) => factorOf(record, 'benchmark') === benchmark && factorOf(record, 'between') === between)
      .map(({ value }) => value),
  }));
}

/** Table 6, and the distributions behind its means. */
export function communicationExhibits(view: View): Exhibit[] {
  return [table(view), ...distributions(view)];
}

function table(view: View): Exhibit {
  const name = 'table-06';
  const cells = cellsOf(view);
  const betweens = [...new Set(cells.map(({ between }) => between))].sort(byOrder(betweenOrder));
  const measured = [...new Set(cells.map(({ benchmark }) => benchmark))];
  const rows = (measured.length > 0 ? measured : benchmarkOrder).sort(byOrder(benchmarkOrder));
  const find = (benchmark: string, between: string) =>
    cells.find((cell) => cell.benchmark === benchmark && cell.between === between);
  const runs = [...new Set(cells.map(({ means }) => means.length))].sort((a, b) => a - b);
  return {
    kind: 'table',
    name,
    title: headingOf(name),
    paper: paper[name].finding,
    findings: betweens.map((between) => ({
      exhibit: name,
      environment: between,
      sentence: sentenceOf(cells, between),
    })),
    measured:
      cells.length === 0
        ? undefined
        : `${runs.join(' or ')} runs of each between ${enumerate(betweens)}, each side on a CPU of its own.`,
    notes: [
      'Microseconds of an iteration, control going there and back: the mean of the runs’ means, their standard deviation, and the ' +
        'median of the runs’ medians. On a machine that others use too, a mean says how often a side was interrupted as well.',
      'The paper’s host-host is between native processes, its guests are DomUs of Xen; its values are those with SMP.',
    ],
    table: html`<div class="scroll"><table class="facts">
<thead><tr><th scope="col">µs</th>${table6Columns.map((column) => html`<th scope="col">the paper, ${column}</th>`)}${betweens.map((between) => html`<th scope="col">${between}</th>`)}</tr></thead>
<tbody>${rows.map(
      (benchmark) =>
        html`<tr><th scope="row">${titleOf(benchmark)}</th>${table6Columns.map((_, index) => html`<td>${ofPaper(benchmark, index)}</td>`)}${betweens.map((between) => html`<td>${show(find(benchmark, between))}</td>`)}</tr>
`,
    )}</tbody></table></div>${tests(cells)}${inJavaScript(view, cells)}`,
  };
}

/** Three digits of a microsecond and more. */
function microseconds(nanoseconds: number): string {
  const value = nanoseconds / 1000;
  return value >= 100 ? formatNumber(value) : value.toPrecision(3);
}

function ofPaper(benchmark: string, column: number): string | undefined {
  const cell = Object.hasOwn(table6, benchmark) ? table6[benchmark]![column] : undefined;
  return cell && `${cell[0]} (${cell[1]})`;
}

function show(cell: Cell | undefined): Markup | undefined {
  if (!cell) return undefined;
  const { mean: value, standardDeviation } = describeSample(cell.means);
  const middle =
    cell.medians.length > 0 ? html`<small>median ${microseconds(median(cell.medians))}</small>` : undefined;
  return html`${microseconds(value)} (${microseconds(standardDeviation)})${middle}`;
}

/** A sample beside that between native processes. */
interface Comparison {
  ratio: number;
  p: number;
  verdict: string;
}

function compare(values: readonly number[], native: readonly number[]): Comparison | undefined {
  if (values.length < 2 || native.length < 2) return undefined;
  const { ratio, verdict } = equivalence(values, native);
  return { ratio, p: welch(values, native).p, verdict };
}

/** Guests beside native processes: Welch's t-test, and the test of equivalence. */
function tests(cells: readonly Cell[]): Markup | undefined {
  const compared = cells
    .filter(({ between }) => isGuest(between))
    .flatMap((cell) => {
      const native = cells.find(({ benchmark, between }) => benchmark === cell.benchmark && between === 'processes');
      if (!native) return [];
      const of = [compare(cell.means, native.means), compare(cell.medians, native.medians)];
      return of.some(Boolean) ? [{ ...cell, of }] : [];
    })
    .sort((a, b) => byOrder(benchmarkOrder)(a.benchmark, b.benchmark) || byOrder(betweenOrder)(a.between, b.between));
  if (compared.length === 0) return undefined;
  const columns = (one: Comparison | undefined) =>
    one
      ? html`<td>${percent(one.ratio)}</td><td>${one.p < 0.001 ? '< 0.001' : one.p.toFixed(3)}</td><td>${one.verdict}</td>`
      : html`<td></td><td></td><td></td>`;
  const heads = ['of processes', 'p that they are equal (Welch)', 'within 5 %'];
  return html`<div class="scroll"><table class="figures">
<caption>Guests beside native processes: means of the runs, then medians of the runs.</caption>
<thead><tr><th scope="col">benchmark</th><th scope="col">between</th>${['mean', 'median'].map((what) => heads.map((head) => html`<th scope="col">${what}: ${head}</th>`))}</tr></thead>
<tbody>${compared.map(
    ({ benchmark, between, of }) =>
      html`<tr><th scope="row">${titleOf(benchmark)}</th><td>${between}</td>${of.map(columns)}</tr>
`,
  )}</tbody></table></div>`;
}

/** How much longer a loop of JavaScript takes than one of machine code. */
function inJavaScript(view: View, cells: readonly Cell[]): Markup | undefined {
  const groups = [
    ...groupBy(view.values(experiment, 'jsIterationNanoseconds'), (record) =>
      JSON.stringify([factorOf(record, 'benchmark'), factorOf(record, 'between')]),
    ).values(),
  ].flatMap((own) => {
    const [benchmark, between] = [factorOf(own[0]!, 'benchmark'), factorOf(own[0]!, 'between')];
    const cell = cells.find((other) => other.benchmark === benchmark && other.between === between);
    return cell
      ? [{ benchmark, between, value: mean(own.map(({ value }) => value)), machineCode: mean(cell.means) }]
      : [];
  });
  if (groups.length === 0) return undefined;
  groups.sort(
    (a, b) => byOrder(benchmarkOrder)(a.benchmark, b.benchmark) || byOrder(betweenOrder)(a.between, b.between),
  );
  return html`<div class="scroll"><table class="figures">
<caption>The same loops in JavaScript (Atomics): means, µs.</caption>
<thead><tr><th scope="col">benchmark</th><th scope="col">between</th><th scope="col">JavaScript</th><th scope="col">machine code</th><th scope="col">difference</th></tr></thead>
<tbody>${groups.map(
    ({ benchmark, between, value, machineCode }) =>
      html`<tr><th scope="row">${titleOf(benchmark)}</th><td>${between}</td><td>${microseconds(value)}</td><td>${microseconds(machineCode)}</td><td>${microseconds(value - machineCode)}</td></tr>
`,
  )}</tbody></table></div>`;
}

/** All benchmarks between the same, and how much longer a socket takes than memory. */
function sentenceOf(cells: readonly Cell[], between: string): string {
  const own = cells.filter((cell) => cell.between === between);
  own.sort((a, b) => byOrder(benchmarkOrder)(a.benchmark, b.benchmark));
  const said = own.map(({ benchmark, means, medians }) => {
    const middle = medians.length > 0 ? ` (median ${microseconds(median(medians))})` : '';
    return `${titleOf(benchmark)} ${microseconds(mean(means))}${middle}`;
  });
  const [raw, tcp] = ['raw', 'tcp'].map((benchmark) => own.find((cell) => cell.benchmark === benchmark));
  const ratio = raw && tcp ? `; TCP takes ${times(tcp.means, raw.means)} as long as Raw` : '';
  const byMedian =
    raw && tcp && raw.medians.length > 0 && tcp.medians.length > 0
      ? ` (medians: ${times(tcp.medians, raw.medians)})`
      : '';
  return `${said.join(', ')} µs${ratio}${byMedian}`;
}

function times(values: readonly number[], others: readonly number[]): string {
  return `${formatNumber(bootstrapRatio(values, others).ratio)} times`;
}

const styles: { readonly [between: string]: LineStyle } = {
  threads: { colour: ink.reference, dash: [1, 0], shape: 'cross', filled: true },
  processes: { colour: ink.native, dash: [1, 0], shape: 'circle', filled: true },
  'host-uml': { colour: ink.guest, dash: [7, 3], shape: 'square', filled: false },
  'uml-uml': { colour: ink.guest, dash: [2, 2], shape: 'triangle-up', filled: true },
};
const otherStyle: LineStyle = { colour: ink.other, dash: [9, 3, 2, 3], shape: 'diamond', filled: false };

/** The latency that one iteration in so many exceeds. */
function distributions(view: View): Exhibit[] {
  const records = view.values(experiment, 'quantileNanoseconds');
  if (records.length === 0) return [];
  const name = 'communication-latency';
  const title = 'Distribution of the latencies behind Table 6';
  const subtitle =
    'How long one iteration in 2, 4, 10, ... takes at least: the median at the left, the rarest at the right.';
  const panels = [...groupBy(records, (record) => factorOf(record, 'benchmark'))]
    .sort(([a], [b]) => byOrder(benchmarkOrder)(a, b))
    .map(([benchmark, own]): CurvePanel => {
      const lines = [...groupBy(own, (record) => factorOf(record, 'between'))];
      lines.sort(([a], [b]) => byOrder(betweenOrder)(a, b));
      return {
        title: titleOf(benchmark),
        marks: [],
        curves: lines.map(([between, values]) => ({
          name: between,
          style: Object.hasOwn(styles, between) ? styles[between]! : otherStyle,
          rows: rowsOf(values),
        })),
      };
    });
  const chart = {
    heading: title,
    subtitle,
    x: { title: 'one iteration in', bytes: false },
    axis: 'ns',
    logarithmic: true,
  };
  const betweens = [...new Set(records.map((record) => factorOf(record, 'between')))].sort(byOrder(betweenOrder));
  return [
    {
      kind: 'figure',
      name,
      title,
      paper: undefined,
      findings: betweens.map((between) => ({
        exhibit: name,
        environment: between,
        sentence: tailOf(records.filter((record) => factorOf(record, 'between') === between)),
      })),
      measured: `Every iteration of all runs between ${enumerate(betweens)}, timed by the time-stamp counter.`,
      notes: [subtitle],
      drawing: drawing((width) => drawCurves({ ...chart, panels, empty: notMeasured }, width)),
      data: quantileTable(records),
    },
  ];
}

/** From the median on; the largest of all stands for no number of iterations. */
function rowsOf(records: readonly ValueRecord[]) {
  return quantilesOf(records)
    .filter(({ part, value }) => part >= 0.5 && part < 1 && value > 0)
    .map(({ part, value }) => ({ n: Math.round(1 / (1 - part)), value, minimum: value, maximum: value }));
}

function quantilesOf(records: readonly ValueRecord[]): { part: number; value: number }[] {
  const parts = groupBy(records, (record) => numberOf(record, 'part') ?? Number.NaN);
  return [...parts]
    .filter(([part]) => part >= 0 && part <= 1)
    .map(([part, own]) => ({ part, value: median(own.map(({ value }) => value)) }))
    .sort((a, b) => a.part - b.part);
}

function tailOf(records: readonly ValueRecord[]): string {
  return [...groupBy(records, (record) => factorOf(record, 'benchmark'))]
    .sort(([a], [b]) => byOrder(benchmarkOrder)(a, b))
    .flatMap(([benchmark, own]) => {
      const at = (wanted: number) => quantilesOf(own).find(({ part }) => part === wanted)?.value;
      const [middle, rare] = [at(0.5), at(0.999)];
      if (middle === undefined || rare === undefined) return [];
      return [`${titleOf(benchmark)} ${microseconds(middle)} µs, one in 1000 at least ${microseconds(rare)}`];
    })
    .join('; ');
}

function quantileTable(records: readonly ValueRecord[]): Markup {
  const lines = [
    ...groupBy(records, (record) =>
      JSON.stringify([factorOf(record, 'benchmark'), factorOf(record, 'between')]),
    ).values(),
  ].map((own) => ({
    benchmark: factorOf(own[0]!, 'benchmark'),
    between: factorOf(own[0]!, 'between'),
    all: quantilesOf(own),
  }));
  lines.sort(
    (a, b) => byOrder(benchmarkOrder)(a.benchmark, b.benchmark) || byOrder(betweenOrder)(a.between, b.between),
  );
  const parts = [...new Set(lines.flatMap(({ all }) => all.map(({ part }) => part)))].sort((a, b) => a - b);
  return html`<div class="scroll"><table class="figures">
<caption>ns that a part of all iterations take at most.</caption>
<thead><tr><th scope="col">benchmark</th><th scope="col">between</th>${parts.map((part) => html`<th scope="col">${Number((100 * part).toPrecision(6))} %</th>`)}</tr></thead>
<tbody>${lines.map(
    ({ benchmark, between, all }) =>
      html`<tr><th scope="row">${titleOf(benchmark)}</th><td>${between}</td>${parts.map((part) => {
        const value = all.find((one) => one.part === part)?.value;
        return html`<td>${value === undefined ? undefined : formatNumber(value)}</td>`;
      })}</tr>
`,
  )}</tbody></table></div>`;
}
