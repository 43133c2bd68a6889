import type { ValueRecord } from '@paratune/record';
import { drawBars } from './_bars.ts';
import { drawCurves } from './_curves.ts';
import { drawing, type Exhibit } from './_exhibit.ts';
import { enumerate, formatNumber } from './_format.ts';
import { html } from './_html.ts';
import { headingOf, paper } from './_paper.ts';
import { table4 } from './_paper_tables.ts';
import { howToReadRates, ratesExhibit } from './_rates_exhibit.ts';
import {
  besideNative,
  describeSamples,
  formatInterval,
  notMeasured,
  ofLargest,
  type Sample,
  type SampleGroup,
  samplesOf,
  sampleTable,
  sizeOf,
} from './_samples.ts';
import { groupBy, median } from './_statistics.ts';
import { numberOf, type View } from './_view.ts';

/** The experiment's name in its records. */
const experiment = 'cachedge';

/** Edges whose rate is within this part of the best are as good: the paper's small difference that makes a large one in the choice. */
const flatness = 0.03;

/** Figures 3 to 5 and Table 4: the search for CacheEdge, at the greatest dimension that was measured. */
export function cacheEdgeExhibits(view: View): Exhibit[] {
  const rates = ofLargest(view.values(experiment, 'mflops'));
  const edgeOf = (record: ValueRecord) => numberOf(record, 'cacheEdge') ?? 0;
  const groups = [...groupBy(rates.records, edgeOf)]
    .sort(([a], [b]) => a - b)
    .map(([cacheEdge, own]): EdgeGroup => ({ cacheEdge, title: edgeTitle(cacheEdge), samples: samplesOf(view, own) }));
  const chosen = ofLargest(view.values(experiment, 'cacheEdgeBytes'));
  const selections = view.environments.flatMap(({ name }): Selections[] => {
    const edges = chosen.records.filter(({ environment }) => environment === name).map(({ value }) => value);
    return edges.length === 0 ? [] : [{ environment: name, edges, larger: edges.filter((edge) => edge > 0) }];
  });
  return [
    levelOneOnly(view, groups, rates.n),
    againstEdge(view, groups, rates.n),
    histogram(view, selections, chosen.n),
    medians(view, selections, chosen.n),
  ];
}

interface EdgeGroup extends SampleGroup {
  cacheEdge: number;
}

/** The edges that one environment's tunings chose. */
interface Selections {
  environment: string;
  /** 0 where blocking for the level 1 cache only was best. */
  edges: number[];
  /** Those above 0. */
  larger: number[];
}

const edgeTitle = (cacheEdge: number) => (cacheEdge === 0 ? 'level 1 blocking only' : sizeOf(cacheEdge));
const atDimension = (n: number | undefined) => (n === undefined ? '' : `n = ${n}, double precision. `);

function levelOneOnly(view: View, groups: EdgeGroup[], n: number | undefined): Exhibit {
  const own = groups.filter(({ cacheEdge }) => cacheEdge === 0);
  const samples = own[0]?.samples ?? [];
  return ratesExhibit(view, 'figure-03', own, {
    column: 'CacheEdge',
    before: atDimension(n),
    note: 'A’s block has all rows: nothing is kept in the level 2 cache on purpose.',
    findings: samples.map((sample) => ({
      environment: sample.environment,
      sentence: `${formatInterval(sample)} Mflops${besideNative(view, sample, samples)}`,
    })),
  });
}

function againstEdge(view: View, groups: EdgeGroup[], n: number | undefined): Exhibit {
  const name = 'figure-04';
  const edges = groups.filter(({ cacheEdge }) => cacheEdge > 0);
  const curves = view.environments.flatMap(({ name }) => {
    const points = edges.flatMap(({ cacheEdge, samples }) =>
      samples.filter(({ environment }) => environment === name).map((sample) => ({ cacheEdge, ...sample })),
    );
    const rows = points.map(({ cacheEdge, mean, low, high }) => ({
      n: cacheEdge,
      value: mean,
      minimum: low,
      maximum: high,
    }));
    return rows.length === 0 ? [] : [{ name, style: view.styles.get(name)!, points, rows }];
  });
  const l2 = view.values('probe', 'l2Bytes').filter(({ factors }) => factors['source'] === 'measured');
  const marks =
    l2.length === 0
      ? []
      : [l2.map(({ value }) => value)].map((values) => ({
          at: median(values),
          text: `level 2 cache, as the probe found it: ${sizeOf(median(values))}`,
        }));
  return {
    kind: 'figure',
    name,
    title: headingOf(name),
    paper: paper[name].finding,
    findings: curves.map(({ name: environment, points }) => ({
      exhibit: name,
      environment,
      sentence: flatRegion(points),
    })),
    measured: describeSamples(edges),
    notes: [
      `${atDimension(n)}${howToReadRates}`,
      'CacheEdge is the size of A’s block that is kept in the level 2 cache.',
    ],
    drawing: drawing((width) =>
      drawCurves(
        {
          heading: headingOf(name),
          subtitle: `${atDimension(n)}${howToReadRates}`,
          x: { title: 'CacheEdge', bytes: true },
          axis: 'Mflops',
          logarithmic: false,
          panels: curves.length === 0 ? [] : [{ title: '', curves, marks }],
          empty: notMeasured,
        },
        width,
      ),
    ),
    data: sampleTable(edges, 'CacheEdge', 'Mflops'),
  };
}

/** Where the best rate is, and how far around it the rate is as good. */
function flatRegion(points: (Sample & { cacheEdge: number })[]): string {
  const best = points.reduce((one, other) => (other.mean > one.mean ? other : one));
  const at = points.indexOf(best);
  const good = ({ mean }: Sample) => mean >= (1 - flatness) * best.mean;
  let [first, last] = [at, at];
  while (first > 0 && good(points[first - 1]!)) first--;
  while (last < points.length - 1 && good(points[last + 1]!)) last++;
  const range =
    first === last ? 'nowhere else' : `from ${sizeOf(points[first]!.cacheEdge)} to ${sizeOf(points[last]!.cacheEdge)}`;
  return `best at ${sizeOf(best.cacheEdge)} with ${formatInterval(best)} Mflops; within ${100 * flatness} % of that ${range}`;
}

/** "of 20 tunings 2 chose level 1 blocking only". */
function describeChoices({ edges, larger }: Selections): string {
  const tunings = `${edges.length} ${edges.length === 1 ? 'tuning' : 'tunings'}`;
  const none = edges.length - larger.length;
  if (larger.length === 0) return `all of ${tunings} chose level 1 blocking only`;
  const [least, most] = [Math.min(...larger), Math.max(...larger)];
  const range = least === most ? sizeOf(least) : `${sizeOf(least)} to ${sizeOf(most)}`;
  return `${range} in ${tunings}${none > 0 ? `, of which ${none} chose level 1 blocking only` : ''}`;
}

function measuredChoices(selections: Selections[]): string | undefined {
  if (selections.length === 0) return undefined;
  const counts = [...new Set(selections.map(({ edges }) => edges.length))].sort((a, b) => a - b);
  return `Tunings of their own timings, ${enumerate(counts.map(String))} in ${enumerate(selections.map(({ environment }) => environment))}.`;
}

function histogram(view: View, selections: Selections[], n: number | undefined): Exhibit {
  const name = 'figure-05';
  const edges = [...new Set(selections.flatMap(({ larger }) => larger))].sort((a, b) => a - b);
  const countOf = ({ larger }: Selections, edge: number) => larger.filter((chosen) => chosen === edge).length;
  const subtitle = `${atDimension(n)}How many of the tunings chose each size, without those that chose level 1 blocking only.`;
  const groups = selections
    .filter(({ larger }) => larger.length > 0)
    .map((own) => ({
      title: own.environment,
      bars: edges.map((edge) => {
        const count = countOf(own, edge);
        const style = view.styles.get(own.environment)!;
        return { label: sizeOf(edge), value: count, low: count, high: count, text: count > 0 ? `${count}` : '', style };
      }),
    }));
  return {
    kind: 'figure',
    name,
    title: headingOf(name),
    paper: paper[name].finding,
    findings: selections.map((own) => ({
      exhibit: name,
      environment: own.environment,
      sentence: describeChoices(own),
    })),
    measured: measuredChoices(selections),
    notes: [subtitle],
    drawing: drawing((width) =>
      drawBars({ heading: headingOf(name), subtitle, axis: 'tunings', groups, empty: notMeasured }, width),
    ),
    data:
      edges.length === 0
        ? undefined
        : html`<div class="scroll"><table class="figures">
<caption>Tunings that chose each size.</caption>
<thead><tr><th scope="col">CacheEdge</th>${selections.map(({ environment }) => html`<th scope="col">${environment}</th>`)}</tr></thead>
<tbody>${[0, ...edges].map(
            (edge) =>
              html`<tr><th scope="row">${edgeTitle(edge)}</th>${selections.map((own) => html`<td>${own.edges.filter((chosen) => chosen === edge).length}</td>`)}</tr>
`,
          )}</tbody></table></div>`,
  };
}

function medians(view: View, selections: Selections[], n: number | undefined): Exhibit {
  const name = 'table-04';
  const ours = selections.map((own) => {
    const { role, memoryMiB } = view.environments.find(({ name }) => name === own.environment)!;
    return { ...own, role, memoryMiB, median: own.larger.length === 0 ? undefined : median(own.larger) };
  });
  const isOf = (row: (typeof table4)[number], own: (typeof ours)[number]) =>
    own.role === row.role && own.memoryMiB === row.memoryMiB;
  const others = ours.filter((own) => !table4.some((row) => isOf(row, own)));
  const rows = [
    ...others.map((own) => ({ row: undefined, own })),
    ...table4.flatMap((row): { row: typeof row; own: (typeof ours)[number] | undefined }[] => {
      const same = ours.filter((own) => isOf(row, own));
      return same.length === 0 ? [{ row, own: undefined }] : same.map((own) => ({ row, own }));
    }),
  ];
  return {
    kind: 'table',
    name,
    title: headingOf(name),
    paper: paper[name].finding,
    findings: ours.map(({ environment, median: middle, larger }) => ({
      exhibit: name,
      environment,
      sentence:
        middle === undefined
          ? 'level 1 blocking only was best in every tuning'
          : `${sizeOf(middle)}, the median of ${larger.length} ${larger.length === 1 ? 'tuning' : 'tunings'}`,
    })),
    measured: measuredChoices(selections),
    notes: [`${atDimension(n)}The median is of the tunings that chose more than level 1 blocking.`],
    table: html`<table class="figures">
<thead><tr><th scope="col">the paper’s kernel</th><th scope="col">the paper</th><th scope="col">here</th><th scope="col">median</th><th scope="col">tunings</th><th scope="col">level 1 only</th></tr></thead>
<tbody>${rows.map(
      ({ row, own }) =>
        html`<tr><td>${row && `${row.kernel}, ${row.memoryMiB} MB`}</td><td>${row && `${formatNumber(row.bytes / 1024)} KB`}</td><th scope="row">${own ? own.environment : 'not measured'}</th><td>${own?.median === undefined ? undefined : `${formatNumber(own.median / 1024)} KB`}</td><td>${own?.edges.length}</td><td>${own && own.edges.length - own.larger.length}</td></tr>
`,
    )}</tbody></table>`,
  };
}
