import type { Width } from './_exhibit.ts';
import { plainLine, wrapLines } from './_format.ts';
import { anchorLayer, emptyLayers, legendLayer, lineLayers, type Row, textLayers } from './_layers.ts';
import { ink, type LineStyle } from './_palette.ts';
import type { Spec } from './_render.ts';

/** One line of a chart. */
export interface Curve {
  name: string;
  style: LineStyle;
  rows: Row[];
}

/** A chart of lines. */
export interface CurveChart {
  heading: string;
  subtitle: string;
  /** What is along the bottom: sizes, each double the one before, or a count. */
  x: { title: string; kind: 'bytes' | 'count' };
  axis: string;
  /** Whether a factor is as long everywhere on it, as levels of a memory need. */
  logarithmic: boolean;
  curves: Curve[];
  /** Uprights at the places that the curves were read for. */
  marks: { at: number; text: string }[];
  empty: string;
}

/** Lines against a size or a count, with uprights at what was concluded from them. */
export function drawCurves(chart: CurveChart, { name, pixels, characters }: Width): Spec {
  const height = name === 'wide' ? 340 : 260;
  const rows = chart.curves.flatMap((curve) => curve.rows);
  const marks = chart.marks.filter(({ at }) => rows.some(({ n }) => n >= at) && rows.some(({ n }) => n <= at));
  const places = rows.map(({ n }) => n);
  const [least, most] = places.length > 0 ? [Math.min(...places), Math.max(...places)] : [1, 8];
  const middle = chart.x.kind === 'bytes' ? Math.sqrt(least * most) : most / 2;
  const top = Math.max(...rows.map(({ maximum }) => maximum), 0) || 1;
  const x = xAxis(chart.x, least, most, { width: pixels, narrow: name === 'narrow' });
  // Room above for the names of the uprights.
  const room = 0.06 + 0.055 * marks.length;
  const bottom = chart.logarithmic ? Math.min(...rows.map(({ minimum }) => minimum), top / 2) / 1.2 : 0;
  const scale = chart.logarithmic
    ? { type: 'log', domain: [bottom, top * (top / bottom) ** room], nice: false }
    : { domain: [0, top * (1 + room)], nice: true };
  const y = { type: 'quantitative', scale, axis: { title: chart.axis, tickCount: 6, format: ',~f' } };
  const layers: Spec[] = [
    anchorLayer(x, y, { n: least, value: chart.logarithmic ? top : 0 }),
    ...marks.flatMap((mark, index) => markLayers(mark, { x, height, line: index, labelLeft: mark.at > middle })),
    ...chart.curves.flatMap(({ rows, style }, index) =>
      lineLayers(rows, style, x, y, 0.9 * (chart.curves.length - 1 - index)),
    ),
  ];
  if (rows.length === 0) layers.push(...emptyLayers(chart.empty, { width: pixels, height }));
  else {
    const lines = new Map(chart.curves.map((curve) => [curve.name, curve.style]));
    layers.push(legendLayer(lines, name === 'wide' ? 6 : 2));
  }
  return {
    title: { text: chart.heading, subtitle: wrapLines(chart.subtitle, characters), fontSize: 15, offset: 16 },
    width: pixels,
    height,
    layer: layers,
  };
}

function xAxis(
  { title, kind }: CurveChart['x'],
  least: number,
  most: number,
  { width, narrow }: { width: number; narrow: boolean },
): Spec {
  const common = { title, grid: false, labelFlush: false };
  if (kind === 'count') {
    const scale = { domain: [0, most * 1.03], range: [0, width], nice: false };
    return { type: 'quantitative', scale, axis: { ...common, tickCount: narrow ? 4 : 8, format: 'd' } };
  }
  const [first, last] = [Math.ceil(Math.log2(least)), Math.floor(Math.log2(most))];
  const every = Math.max(1, Math.ceil((last - first + 1) / (narrow ? 5 : 14)));
  const values: number[] = [];
  for (let power = first; power <= last; power += every) values.push(2 ** power);
  return {
    type: 'quantitative',
    scale: { type: 'log', base: 2, domain: [least / 1.1, most * 1.1], range: [0, width], nice: false },
    axis: {
      ...common,
      values,
      labelExpr:
        "datum.value >= 1048576 ? datum.value / 1048576 + ' MB' : datum.value >= 1024 ? datum.value / 1024 + ' KB' : datum.value + ' B'",
    },
  };
}

function markLayers(
  { at, text }: CurveChart['marks'][number],
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
