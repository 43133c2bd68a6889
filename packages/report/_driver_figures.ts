import type { Record } from '@paratune/record';
import { dimensionOf, experiment } from './_driver.ts';
import { describeRuns, driverTable } from './_driver_table.ts';
import { type EnvironmentView, parseName, type Role } from './_environments.ts';
import { drawing, type Exhibit, type Width } from './_exhibit.ts';
import { plainLine, shorten, wrapLines } from './_format.ts';
import { anchorLayer, emptyLayers, legendLayer, lineLayers, type Row, textLayers, topmostInside } from './_layers.ts';
import { ink, type LineStyle } from './_palette.ts';
import { headingOf, paper } from './_paper.ts';
import { type Spec, tagged } from './_render.ts';
import type { View } from './_view.ts';
import { type FigureNumber, findings } from './findings.ts';
import { type MeasuredSummary, type Summary, summarize } from './summarize.ts';

interface Quantity {
  metric: string;
  unit: string;
  axis: string;
  scale: number;
  notes: string[];
}

const megabytes = { unit: 'MB', axis: 'MB (2²⁰ bytes)', scale: 2 ** 20 };

const howToRead =
  'Marks are means of the runs, bars reach from the least to the greatest, dashed uprights are the dimensions that memory ' +
  'predicts: there 3 n² doubles and the process without them exceed it.';

const quantities: { [figure in FigureNumber]: Quantity } = {
  '08': {
    metric: 'mflops',
    unit: 'Mflops',
    axis: 'Mflops',
    scale: 1,
    notes: [
      'The thin grey line in every panel is this machine as it is; a red cross at the bottom is a run that died.',
      'The plateau is the median of the means from n = 700 up to the predicted dimension; the rate has fallen where, from ' +
        'there on, every mean is below 80 % of it.',
    ],
  },
  '10': {
    metric: 'residentBytes',
    ...megabytes,
    notes: [
      'It holds less than 3 n² doubles where, from there on, every median is more than 5 % below those and the process ' +
        'without them.',
    ],
  },
  '11': {
    metric: 'systemSwapBytes',
    ...megabytes,
    notes: [
      'Swap in use by the whole system, as the paper took it from free. A guest has a system of its own; for native ' +
        'environments, also those held to some memory, it is all of this machine, so that other programs show too.',
      'It has begun where, from there on, every median is more than 1 MB above that of the quietest dimension.',
    ],
  },
  '12': {
    metric: 'majorFaults',
    unit: 'faults',
    axis: 'major page faults',
    scale: 1,
    notes: [
      'Of the driver’s whole process, its start included.',
      'They have begun where, from there on, every median is more than 256 above that of the quietest dimension.',
    ],
  },
  '13': {
    metric: 'minorFaults',
    unit: 'faults',
    axis: 'minor page faults',
    scale: 1,
    notes: [
      'Of the driver’s whole process, its start included. Where the kernel gives huge pages, one fault brings 512 pages.',
      'They climb where, from there on, they are more than 10 % above a + b n², fitted below the predicted dimension.',
    ],
  },
};

const notMeasured = 'not measured in this run';

/** The five figures that the driver's records give; each is there, also when nothing was measured for it. */
export function driverFigures({ records, identities, environments: all, styles }: View): Exhibit[] {
  // Other experiments have environments of their own, which would be empty panels here.
  const driven = new Set(
    records.filter(({ experiment: name }) => name === experiment).map((record) => record.environment),
  );
  const environments = all.filter(({ name }) => driven.has(name));
  const found = findings(records, identities);
  const lastDimension = records.reduce(
    (last, record) => (record.status === 'simulated' ? last : Math.max(last, dimensionOf(record) ?? 0)),
    0,
  );
  return (Object.keys(quantities) as FigureNumber[]).sort().map((number): Exhibit => {
    const { metric, unit, scale, notes, axis } = quantities[number];
    const summaries = summarize(records, metric);
    const plot: Plot = {
      environments,
      styles,
      rows: toRows(summaries, scale),
      deaths: summaries.flatMap(({ environment, n, failures }) =>
        failures.length > 0 ? [{ environment, n, value: 0 }] : [],
      ),
      axis,
      // Room for the last mark.
      xDomain: [0, 1.03 * (lastDimension || 4000)],
      skipped: skippedReasons(records),
    };
    const name = `figure-${number}` as const;
    const heading = headingOf(name);
    const draw = number === '08' ? drawPanels : drawLines;
    return {
      kind: 'figure',
      name,
      title: heading,
      paper: paper[name].finding,
      findings: found.filter(({ exhibit }) => exhibit === name),
      measured: describeRuns(summaries, environments),
      notes: [howToRead, ...notes],
      drawing: drawing((width) => draw(plot, heading, layouts[width.name])),
      data: driverTable({ summaries, scale, unit }, environments),
    };
  });
}

interface EnvironmentRow extends Row {
  environment: string;
}

interface Plot {
  environments: EnvironmentView[];
  styles: Map<string, LineStyle>;
  rows: EnvironmentRow[];
  deaths: { environment: string; n: number; value: number }[];
  axis: string;
  xDomain: [number, number];
  /** Why an environment was not measured. */
  skipped: Map<string, string>;
}

/** Sizes in pixels, lengths of text in characters. */
interface Layout {
  panel: { width: number; height: number; columns: number };
  chart: { width: number; height: number; legendColumns: number };
  ticks: number;
  text: number;
}

const layouts: { [width in Width['name']]: Layout } = {
  wide: {
    panel: { width: 265, height: 200, columns: 3 },
    chart: { width: 860, height: 380, legendColumns: 6 },
    ticks: 8,
    text: 145,
  },
  narrow: {
    panel: { width: 275, height: 150, columns: 1 },
    chart: { width: 275, height: 300, legendColumns: 2 },
    ticks: 4,
    text: 54,
  },
};

function toRows(summaries: Summary[], scale: number): EnvironmentRow[] {
  return summaries
    .filter((summary): summary is MeasuredSummary => summary.values !== undefined)
    .map(({ environment, n, values }) => ({
      environment,
      n,
      value: values.mean / scale,
      minimum: values.minimum / scale,
      maximum: values.maximum / scale,
    }));
}

/** The columns of Figure 8, and the paper's kernel in each. */
const kernelsOfPaper: { [role in Role]: string } = {
  native: 'native Linux',
  privileged: 'Xen Dom0',
  guest: 'Xen DomU',
};

/** Figure 8 as the paper arranges it: a row for a size of memory, a column for a role. */
function drawPanels(plot: Plot, heading: string, layout: Layout): Spec {
  const sizes = new Set([256, 756, ...plot.environments.flatMap(({ memoryMiB }) => memoryMiB ?? [])]);
  const top = Math.max(...plot.rows.map(({ maximum }) => maximum), 1);
  const places = [...sizes]
    .sort((a, b) => a - b)
    .flatMap((memoryMiB) => (Object.keys(kernelsOfPaper) as Role[]).map((role) => ({ memoryMiB, role })));
  const panels = places.map(({ memoryMiB, role }, index) => {
    const here = plot.environments.filter((view) => view.memoryMiB === memoryMiB && view.role === role);
    const outer = {
      left: index % layout.panel.columns === 0,
      bottom: index >= places.length - layout.panel.columns,
    };
    return drawPanel(plot, layout, { title: `${role}, ${memoryMiB} MB`, here, role, memoryMiB, top, outer });
  });
  return {
    title: {
      text: heading,
      subtitle: wrapLines(
        'Mean of the runs, bars from the least to the greatest. Thin grey line: this machine as it is. ' +
          'Dashed: the dimension that memory predicts.' +
          (plot.deaths.length > 0 ? ' Red cross: a run died.' : ''),
        layout.text,
      ),
      fontSize: 15,
      offset: 16,
    },
    columns: layout.panel.columns,
    spacing: { row: 26, column: 22 },
    concat: panels,
  };
}

interface Panel {
  title: string;
  here: EnvironmentView[];
  role: Role;
  memoryMiB: number;
  top: number;
  outer: { left: boolean; bottom: boolean };
}

function drawPanel(plot: Plot, layout: Layout, { title, here, role, memoryMiB, top, outer }: Panel): Spec {
  const { width, height } = layout.panel;
  const shown = here.filter(({ name }) =>
    [...plot.rows, ...plot.deaths].some(({ environment }) => environment === name),
  );
  const x = xAxis(plot, { width, ticks: 4, titled: outer.bottom });
  const y = {
    type: 'quantitative',
    scale: { domain: [0, top * 1.06], nice: true },
    axis: {
      title: outer.left ? plot.axis : null,
      tickCount: 5,
      format: ',~f',
      labels: outer.left,
      ticks: outer.left,
      labelBaseline: topmostInside,
    },
  };
  const layers: Spec[] = [anchorLayer(x, y)];
  const reference = plot.environments.filter(({ memoryMiB: held }) => held === undefined).map(({ name }) => name);
  const referenceRows = plot.rows
    .filter(({ environment }) => reference.includes(environment))
    .map((row) => ({ ...row, tag: tagged(plot.styles.get(row.environment)?.environment?.index) }));
  if (referenceRows.length > 0) {
    layers.push({
      data: { values: referenceRows },
      mark: { type: 'line', stroke: ink.reference, strokeWidth: 1, aria: true },
      encoding: {
        ...{ x: { field: 'n', ...x }, y: { field: 'value', ...y }, detail: { field: 'environment' } },
        description: { field: 'tag' },
      },
    });
  }
  for (const view of shown) layers.push(...seriesLayers(plot, view, x, y));
  const thresholds = shown.filter(({ threshold }) => threshold !== undefined);
  layers.push(...thresholdLayers(plot, thresholds, x, { width, height, at: 'bottom' }));
  const dead = plot.deaths.filter(({ environment }) => shown.some(({ name }) => name === environment));
  if (dead.length > 0) layers.push(deathLayer(dead, x, y));
  if (shown.length === 0) layers.push(...emptyLayers(emptyReason(plot, role, memoryMiB), { width, height }));
  const names = shown.map(({ name, title }) => `${plainLine(name)} (${plainLine(title)})`).join(', ');
  const subtitle = names || `in the paper: ${kernelsOfPaper[role]}`;
  return { title: { text: title, subtitle: shorten(subtitle, 46) }, width, height, layer: layers };
}

/** One chart, a line for each environment. */
function drawLines(plot: Plot, heading: string, layout: Layout): Spec {
  const { width, height, legendColumns } = layout.chart;
  const shown = plot.environments.filter(({ name }) => plot.rows.some(({ environment }) => environment === name));
  const thresholds = shown.filter(({ threshold }) => threshold !== undefined && threshold <= plot.xDomain[1]);
  const top = Math.max(...plot.rows.map(({ maximum }) => maximum), 1);
  const x = xAxis(plot, { width, ticks: layout.ticks, titled: true });
  const y = {
    type: 'quantitative',
    // Room above for the thresholds' labels.
    scale: { domain: [0, top * (1.08 + 0.05 * thresholds.length)], nice: true },
    axis: { title: plot.axis, tickCount: 6, format: ',~f' },
  };
  const layers: Spec[] = [
    anchorLayer(x, y),
    ...thresholdLayers(plot, thresholds, x, { width, height, at: 'top' }),
    ...shown.flatMap((view, index) => seriesLayers(plot, view, x, y, 0.9 * (shown.length - 1 - index))),
  ];
  if (shown.length > 0)
    layers.push(legendLayer(new Map(shown.map(({ name }) => [name, plot.styles.get(name)!])), legendColumns));
  else layers.push(...emptyLayers(notMeasured, { width, height }));
  return {
    title: {
      text: heading,
      subtitle: wrapLines(
        'Mean of the runs, bars from the least to the greatest.' +
          (thresholds.length > 0 ? ' Dashed: the dimension that memory predicts.' : ''),
        layout.text,
      ),
      fontSize: 15,
      offset: 16,
    },
    width,
    height,
    layer: layers,
  };
}

function xAxis(plot: Plot, { width, ticks, titled }: { width: number; ticks: number; titled: boolean }): Spec {
  return {
    type: 'quantitative',
    scale: { domain: plot.xDomain, nice: false, range: [0, width] },
    axis: { title: titled ? 'n' : null, tickCount: ticks, format: 'd', grid: false, labelFlush: false },
  };
}

function seriesLayers(plot: Plot, { name }: EnvironmentView, x: Spec, y: Spec, width = 0): Spec[] {
  const rows = plot.rows.filter(({ environment }) => environment === name);
  return lineLayers(rows, plot.styles.get(name)!, x, y, width);
}

function thresholdLayers(
  plot: Plot,
  environments: EnvironmentView[],
  x: Spec,
  { width, height, at }: { width: number; height: number; at: 'top' | 'bottom' },
): Spec[] {
  const single = environments.length === 1;
  return environments.flatMap(({ name, threshold = 0 }, index): Spec[] => {
    const { colour, environment } = plot.styles.get(name)!;
    const tag = { aria: true, description: tagged(environment?.index) };
    const text = single ? `predicted: ${threshold}` : `${shorten(plainLine(name), 18)} predicted: ${threshold}`;
    const line = 15 * index;
    const inside = threshold <= plot.xDomain[1];
    const labelY = at === 'top' ? 12 + line : height - 22 - line;
    if (!inside) {
      return textLayers(
        { text: `${text} (beyond)`, align: 'right', fill: ink.faint, ...tag },
        { x: { value: width - 6 }, y: { value: labelY } },
      );
    }
    const leftOfRule = threshold > plot.xDomain[1] / 2;
    const place = { x: { datum: threshold, ...x } };
    return [
      {
        data: { values: [{}] },
        mark: { type: 'rule', stroke: colour, strokeWidth: 1.2, strokeDash: [4, 3], ...tag },
        encoding: { ...place, y: { value: at === 'top' ? 4 + line : 0 }, y2: { value: height } },
      },
      ...textLayers(
        { text, align: leftOfRule ? 'right' : 'left', dx: leftOfRule ? -5 : 5, fill: colour, ...tag },
        { ...place, y: { value: labelY } },
      ),
    ];
  });
}

function deathLayer(values: Plot['deaths'], x: Spec, y: Spec): Spec {
  return {
    data: { values },
    mark: {
      type: 'point',
      shape: 'M-1,-1L1,1M-1,1L1,-1',
      size: 60,
      stroke: ink.died,
      strokeWidth: 2,
      opacity: 1,
      yOffset: -6,
    },
    encoding: { x: { field: 'n', ...x }, y: { field: 'value', ...y } },
  };
}

/** The last reason given for each environment that has one. */
function skippedReasons(records: readonly Record[]): Map<string, string> {
  return new Map(
    records.flatMap((record) => (record.status === 'skipped' ? [[record.environment, record.reason]] : [])),
  );
}

function emptyReason(plot: Plot, role: Role, memoryMiB: number): string {
  for (const [name, reason] of plot.skipped) {
    const view = parseName(name);
    if (view.role === role && view.memoryMiB === memoryMiB) return `${name}: ${reason}`;
  }
  return notMeasured;
}
