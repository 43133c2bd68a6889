import { formatNumber, plainLine, shorten, wrapLines } from './_format.ts';
import { ink, type LineStyle } from './_palette.ts';
import { type Spec, tagged } from './_render.ts';

/** A value of a series, and the least and the greatest that it stands for. */
export interface Row {
  n: number;
  value: number;
  minimum: number;
  maximum: number;
}

/** For an axis: its topmost label stays inside the plot, so that the titles of a row of panels stand on one line. */
export const topmostInside = { condition: { test: 'datum.index === 1', value: 'top' }, value: 'middle' };

/** Nothing to see; it gives an empty plot its axes. */
export function anchorLayer(x: Spec, y: Spec, at: Pick<Row, 'n' | 'value'> = { n: 0, value: 0 }): Spec {
  return {
    data: { values: [at] },
    mark: { type: 'point', opacity: 0, stroke: ink.ground },
    encoding: { x: { field: 'n', ...x }, y: { field: 'value', ...y } },
  };
}

/**
 * A line through values with a bar and a mark at each. `width` makes a line that others will cover wider than they are; `place`
 * says in words where a value is.
 */
export function lineLayers(
  rows: readonly Row[],
  style: LineStyle,
  x: Spec,
  y: Spec,
  width = 0,
  place: (n: number) => string = (n) => `n = ${n}`,
): Spec[] {
  const { colour, dash, shape, filled, environment } = style;
  const data = { values: rows.map((row) => ({ ...row, tag: tagged(environment?.index, tipOf(row, style, place)) })) };
  const tag = { aria: true, description: tagged(environment?.index) };
  const position = { x: { field: 'n', ...x }, y: { field: 'value', ...y } };
  return [
    {
      data,
      mark: { type: 'rule', stroke: colour, strokeWidth: 1.5, opacity: 0.55, ...tag },
      encoding: { x: position.x, y: { field: 'minimum', ...y }, y2: { field: 'maximum' } },
    },
    {
      data,
      mark: { type: 'line', stroke: colour, strokeWidth: 1.6 + width, strokeDash: dash, ...tag },
      encoding: position,
    },
    {
      data,
      mark: {
        type: 'point',
        shape,
        size: 24 + 15 * width,
        fill: filled ? colour : ink.ground,
        stroke: colour,
        strokeWidth: 1.3,
        opacity: 1,
        aria: true,
      },
      encoding: { ...position, description: { field: 'tag' } },
    },
  ];
}

/** "uml-256, n = 3100: 8,123 (7,901 to 8,400)". */
function tipOf({ n, value, minimum, maximum }: Row, { environment }: LineStyle, place: (n: number) => string): string {
  const range = minimum < maximum ? ` (${formatNumber(minimum)} to ${formatNumber(maximum)})` : '';
  return `${environment ? `${environment.name}, ` : ''}${place(n)}: ${formatNumber(value)}${range}`;
}

export function emptyLayers(reason: string, { width, height }: { width: number; height: number }): Spec[] {
  const lines = wrapLines(shorten(plainLine(reason), 150), 36);
  return textLayers(
    { text: lines, align: 'center', baseline: 'middle', fill: ink.faint, lineHeight: 16 },
    { x: { value: width / 2 }, y: { value: height / 2 - 8 * (lines.length - 1) } },
  );
}

/** A text with a margin in the colour of the ground, so that it can be read where it crosses a line. */
export function textLayers(mark: Spec, encoding: Spec): Spec[] {
  const margin = { stroke: ink.ground, strokeWidth: 4, strokeJoin: 'round' };
  return [margin, {}].map((outline) => ({
    data: { values: [{}] },
    mark: { type: 'text', fontSize: 11, ...mark, ...outline },
    encoding,
  }));
}

/** A layer that shows nothing but the legend: colour and mark of each line, filled or open as it is. */
export function legendLayer(lines: ReadonlyMap<string, LineStyle>, columns: number): Spec {
  const names = [...lines.keys()].map(plainLine);
  const styles = [...lines.values()];
  const scale = <T>(range: T[]) => ({ domain: names, range });
  const legend = {
    orient: 'top',
    columns,
    symbolType: 'circle',
    symbolSize: 60,
    symbolStrokeWidth: 1.5,
    symbolOpacity: 1,
    offset: 6,
  };
  return {
    data: { values: names.map((name) => ({ name })) },
    mark: { type: 'point', opacity: 0, stroke: ink.ground },
    encoding: {
      fill: {
        field: 'name',
        type: 'nominal',
        scale: scale(styles.map(({ colour, filled }) => (filled ? colour : ink.ground))),
        legend,
      },
      stroke: {
        field: 'name',
        type: 'nominal',
        scale: scale(styles.map(({ colour }) => colour)),
        legend,
      },
      shape: {
        field: 'name',
        type: 'nominal',
        scale: scale(styles.map(({ shape }) => shape)),
        legend,
      },
    },
  };
}
