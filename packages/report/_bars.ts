import type { Width } from './_exhibit.ts';
import { plainLine, shorten, wrapLines } from './_format.ts';
import { emptyLayers } from './_layers.ts';
import { ink, type LineStyle } from './_palette.ts';
import { type Spec, tagged } from './_render.ts';

/** One bar, and what is written beside it. */
export interface Bar {
  label: string;
  value: number;
  /** Where the value is a sum, its first part: that is filled, the rest is open. */
  first?: number;
  /** The interval of the value; both are the value when there is none. */
  low: number;
  high: number;
  /** The value in words, at the right. */
  text: string;
  style: LineStyle;
}

/** Bars that belong together, under a title of their own. */
export interface BarGroup {
  title: string;
  bars: Bar[];
}

/** A chart of lying bars. */
export interface BarChart {
  heading: string;
  subtitle: string;
  axis: string;
  groups: BarGroup[];
  /** What is said where there are no bars. */
  empty: string;
}

/** Heights in pixels. */
const [rowHeight, barHeight, titleHeight, gap] = [17, 11, 21, 9];

const columns = { wide: { labels: 100, values: 120 }, narrow: { labels: 78, values: 112 } };

/** Bars from zero, named at the left, with their values at the right: also a telephone has room for names written across. */
export function drawBars(
  { heading, subtitle, axis, groups, empty }: BarChart,
  { name, pixels, characters }: Width,
): Spec {
  const { labels, values } = groups.length > 0 ? columns[name] : { labels: 0, values: 0 };
  // A narrow chart has no axis at the left, whose room it takes.
  const width = pixels - values - (name === 'wide' ? labels : -24);
  let y = 0;
  const titles: { text: string; y: number; tag: string }[] = [];
  const rows = groups.flatMap(({ title, bars }) => {
    if (y > 0) y += gap;
    titles.push({ text: shorten(plainLine(title), name === 'wide' ? 100 : 46), y: y + titleHeight / 2, tag: tagged() });
    y += titleHeight;
    return bars.map(({ label, style, ...bar }) => {
      const tip = `${plainLine(title)}, ${plainLine(label)}: ${bar.text} ${plainLine(axis)}`;
      y += rowHeight;
      const middle = y - rowHeight / 2;
      return {
        ...bar,
        // Left of zero are the names.
        low: Math.max(bar.low, 0),
        label: shorten(plainLine(label), 15),
        style,
        tip: tagged(style.environment?.index, tip),
        tag: tagged(style.environment?.index),
        zero: 0,
        y: middle,
        top: middle - barHeight / 2,
        bottom: middle + barHeight / 2,
      };
    });
  });
  const height = Math.max(y, 120);
  const top = Math.max(...rows.map(({ value, high }) => Math.max(value, high)), 0) || 1;
  const place = { type: 'quantitative', scale: { domain: [0, height], range: [0, height], nice: false }, axis: null };
  const x = {
    type: 'quantitative',
    scale: { domain: [0, top * 1.02], range: [0, width], nice: false },
    axis: { title: axis, tickCount: name === 'wide' ? 6 : 3, format: ',~f', labelFlush: false },
  };
  const text = (mark: Spec, data: object[], at: Spec): Spec => ({
    data: { values: data },
    mark: { type: 'text', fontSize: 11, baseline: 'middle', fill: ink.ink, aria: true, ...mark },
    encoding: { y: { field: 'y', ...place }, text: { field: 'text' }, x: at, description: { field: 'tag' } },
  });
  const layers: Spec[] = [
    {
      data: { values: [{ zero: 0, y: 0 }] },
      mark: { type: 'point', opacity: 0, stroke: ink.ground },
      encoding: { x: { field: 'zero', ...x }, y: { field: 'y', ...place } },
    },
    ...barLayers(rows, x, place),
    text({ fontWeight: 600, align: 'left' }, titles, { value: -labels }),
    text(
      { align: 'right', fill: ink.faint },
      rows.map(({ label, y, tag }) => ({ text: label, y, tag })),
      { value: -8 },
    ),
    text({ align: 'right', fill: ink.faint }, rows, { value: width + values - 6 }),
  ];
  if (rows.length === 0) layers.push(...emptyLayers(empty, { width, height }));
  return {
    title: { text: heading, subtitle: wrapLines(subtitle, characters), fontSize: 15, offset: 16, frame: 'bounds' },
    width,
    height,
    layer: layers,
  };
}

function barLayers(rows: readonly (Omit<Bar, 'label'> & { zero: number })[], x: Spec, place: Spec): Spec[] {
  const asItIs = (field: string) => ({ field, type: 'nominal', scale: null });
  const boxes = rows.flatMap(({ value, first, style, ...row }) => {
    const box = (from: number, to: number, filled: boolean) => ({
      ...{ ...row, from, to, fill: filled ? style.colour : ink.ground, stroke: style.colour },
    });
    return first === undefined ? [box(0, value, style.filled)] : [box(0, first, true), box(first, value, false)];
  });
  return [
    {
      data: { values: boxes },
      mark: { type: 'rect', strokeWidth: 1.2, opacity: 1, aria: true },
      encoding: {
        x: { field: 'from', ...x },
        x2: { field: 'to' },
        y: { field: 'top', ...place },
        y2: { field: 'bottom' },
        fill: asItIs('fill'),
        stroke: asItIs('stroke'),
        description: { field: 'tip' },
      },
    },
    {
      data: { values: rows.filter(({ low, high }) => low < high) },
      mark: { type: 'rule', stroke: ink.ink, strokeWidth: 1.6, aria: true },
      encoding: {
        ...{ x: { field: 'low', ...x }, x2: { field: 'high' }, y: { field: 'y', ...place } },
        description: { field: 'tag' },
      },
    },
  ];
}
