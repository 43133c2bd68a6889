import type { Width } from './_exhibit.ts';
import { plainLine, wrapLines } from './_format.ts';
import { anchorLayer, emptyLayers, legendLayer, lineLayers, type Row, textLayers } from './_layers.ts';
import { ink, type LineStyle } from './_palette.ts';
import type { Spec } from './_render.ts';
import { sizeOf } from './_samples.ts';

/** One line of a chart. */
export interface Curve {
  name: string;
  style: LineStyle;
  rows: Row[];
}

/** A panel of a chart: lines, and uprights at what was read from them. */
export interface CurvePanel {
  /** Empty where there is one panel only. */
  title: string;
  /** What is at the left, where it is not what the chart says. */
  axis?: string;
  curves: Curve[];
  marks: { at: number; text: string }[];
}

/** A chart of lines, in panels where there are too many for one. */
export interface CurveChart {
  heading: string;
  subtitle: string;
  /** What is along the bottom, and whether it is bytes. */
  x: { title: string; bytes: boolean };
  axis: string;
  /** Whether a factor is as long everywhere on the axis at the left, as levels of a memory need. */
  logarithmic: boolean;
  /** The greatest value that every panel has room for, where panels are to be compared. */
  top?: number;
  panels: CurvePanel[];
  empty: string;
}

/** Lines against a size or a count, with uprights at what was concluded from them. */
export function drawCurves(chart: CurveChart, width: Width): Spec {
  const { name, characters } = width;
  const heading = { text: chart.heading, subtitle: wrapLines(chart.subtitle, characters), fontSize: 15, offset: 16 };
  const lines = new Map(
    chart.panels.flatMap(({ curves }) => curves.map((curve) => [curve.name, curve.style] as const)),
  );
  const legend = lines.size === 0 ? [] : [legendLayer(lines, name === 'wide' ? 6 : 2)];
  const [only, second] = chart.panels;
  if (second === undefined) {
    const size = { width: width.pixels, height: name === 'wide' ? 340 : 260 };
    return { title: heading, ...drawPanel(chart, only ?? { title: '', curves: [], marks: [] }, size, legend) };
  }
  const columns = name === 'wide' ? Math.min(chart.panels.length, 3) : 1;
  // Beside one another, each has an axis of its own.
  const size = {
    width: columns === 1 ? width.pixels : Math.floor(width.pixels / columns) - 30,
    height: name === 'wide' ? 190 : 150,
  };
  return {
    title: heading,
    columns,
    spacing: { row: 24, column: 20 },
    concat: chart.panels.map((panel, index) => ({
      title: { text: plainLine(panel.title) },
      ...drawPanel(chart, panel, size, index === 0 ? legend : []),
    })),
  };
}

function drawPanel(
  chart: CurveChart,
  panel: CurvePanel,
  size: { width: number; height: number },
  legend: Spec[],
): Spec {
  const { width, height } = size;
  const rows = panel.curves.flatMap((curve) => curve.rows);
  const places = rows.map(({ n }) => n);
  const [least, most] = places.length > 0 ? [Math.min(...places), Math.max(...places)] : [1, 8];
  const marks = panel.marks.filter(({ at }) => least <= at && at <= most);
  // Sizes and counts that double from one to the next.
  const doubling = least > 0 && most / least >= 60;
  const middle = doubling ? Math.sqrt(least * most) : (least + most) / 2;
  const top = Math.max(...rows.map(({ maximum }) => maximum), chart.top ?? 0) || 1;
  const x = xAxis(chart.x, { least, most, doubling, width });
  // Room above for the names of the uprights.
  const room = 0.06 + (16 / height) * marks.length;
  const bottom = chart.logarithmic ? Math.min(...rows.map(({ minimum }) => minimum), top / 2) / 1.2 : 0;
  const scale = chart.logarithmic
    ? { type: 'log', domain: [bottom, top * (top / bottom) ** room], nice: false }
    : { domain: [0, top * (1 + room)], nice: true };
  const y = {
    type: 'quantitative',
    scale,
    axis: { title: panel.axis ?? chart.axis, tickCount: height < 200 ? 4 : 6, format: ',~f' },
  };
  const layers: Spec[] = [
    anchorLayer(x, y, { n: least, value: chart.logarithmic ? top : 0 }),
    ...marks.flatMap((mark, index) => markLayers(mark, { x, height, line: index, labelLeft: mark.at > middle })),
    ...panel.curves.flatMap(({ rows, style }, index) =>
      lineLayers(rows, style, x, y, 0.9 * (panel.curves.length - 1 - index), (n) =>
        chart.x.bytes ? sizeOf(n) : `${plainLine(chart.x.title)} ${n}`,
      ),
    ),
    ...legend,
  ];
  if (rows.length === 0) layers.push(...emptyLayers(chart.empty, { width, height }));
  return { width, height, layer: layers };
}

function xAxis(
  { title, bytes }: CurveChart['x'],
  { least, most, doubling, width }: { least: number; most: number; doubling: boolean; width: number },
): Spec {
  const size =
    "datum.value >= 1048576 ? datum.value / 1048576 + ' MB' : datum.value >= 1024 ? datum.value / 1024 + ' KB' : datum.value + ' B'";
  const common = { title, grid: false, labelFlush: false, ...(bytes ? { labelExpr: size } : { format: 'd' }) };
  if (!doubling) {
    const scale = {
      domain: [Math.min(least, 0), most + 0.03 * (most - least || most)],
      range: [0, width],
      nice: false,
    };
    return { type: 'quantitative', scale, axis: { ...common, tickCount: width < 300 ? 4 : 8 } };
  }
  const [first, last] = [Math.ceil(Math.log2(least)), Math.floor(Math.log2(most))];
  const every = Math.max(1, Math.ceil((last - first + 1) / (width < 300 ? 5 : 14)));
  const values: number[] = [];
  for (let power = first; power <= last; power += every) values.push(2 ** power);
  const scale = { type: 'log', base: 2, domain: [least / 1.1, most * 1.1], range: [0, width], nice: false };
  return { type: 'quantitative', scale, axis: { ...common, values } };
}

function markLayers(
  { at, text }: CurvePanel['marks'][number],
  { x, height, line, labelLeft }: { x: Spec; height: number; line: number; labelLeft: boolean },
): Spec[] {
  const place = { x: { datum: at, ...x } };
  return [
    {
      data: { values: [{}] },
      mark: { type: 'rule', stroke: ink.faint, strokeWidth: 1.2, strokeDash: [4, 3] },
      encoding: { ...place, y: { value: 4 + 15 * line }, y2: { value: height } },
    },
    ...textLayers(
      { text: plainLine(text), align: labelLeft ? 'right' : 'left', dx: labelLeft ? -5 : 5, fill: ink.faint },
      { ...place, y: { value: 12 + 15 * line } },
    ),
  ];
}
