import { plural } from './_format.ts';
import { anchorLayer, legendLayer, lineLayers, type Row, topmostInside } from './_layers.ts';
import { ink, type LineStyle } from './_palette.ts';
import { operationOf, precisionOf } from './_peers_words.ts';
import type { Spec } from './_render.ts';
import { groupBy } from './_statistics.ts';
import type { PeerComparison, PeerSeries } from './compare_peers.ts';

/** A figure of a comparison with the peers, before it is drawn. */
export interface PeersFigure {
  /** File name without its ending. */
  name: string;
  title: string;
  spec: Spec;
}

/** What the panels of a figure have in common. */
interface Axes {
  x: { title: string; type: 'linear' | 'log' };
  y: { title: string; type: 'linear' | 'log' };
}

interface Panel {
  title: string;
  lines: { name: string; rows: Row[] }[];
}

const mostColumns = 2;
const size = { width: 410, height: 220 };

/** The figures that there are cases for. */
export function peersFigures(comparisons: readonly PeerComparison[]): PeersFigure[] {
  const of = (suite: string) => comparisons.filter((comparison) => comparison.suite === suite);
  const gemm = { x: { title: 'n', type: 'linear' }, y: { title: 'Gflops', type: 'linear' } } as const;
  const small = { x: { title: 'n', type: 'linear' }, y: { title: 'Gflops', type: 'log' } } as const;
  const vectors = { x: { title: 'n', type: 'log' }, y: { title: 'GB/s', type: 'linear' } } as const;
  const shapes = {
    x: { title: 'shapes, by rising ratio', type: 'linear' },
    y: { title: 'ratio', type: 'log' },
  } as const;
  return [
    draw('peers-gemm', 'Square products', gemm, panelsOf(of('gemm'), rowsByDimension(mostUsed))),
    draw(
      'peers-small',
      'Small products',
      small,
      panelsOf(
        of('small'),
        rowsByDimension(() => true),
      ),
    ),
    draw(
      'peers-rectangular',
      'Products of all shapes: how many times as fast ours is',
      shapes,
      panelsOf(of('rectangular'), rowsByRank),
    ),
    draw(
      'peers-vectors',
      'Routines with vectors: how fast the matrix goes by',
      vectors,
      panelsOf(of('vectors'), rowsByDimension(mostUsed)),
    ),
  ].filter((figure) => figure !== undefined);
}

/** Packages of npm would all lie on the axis beside those who use the processor. */
const mostUsed = ({ role }: PeerSeries) => role !== 'package' && role !== 'special';

/** A panel for each routine, way of using it and number of threads. */
function panelsOf(comparisons: readonly PeerComparison[], lines: (cases: PeerComparison[]) => Panel['lines']): Panel[] {
  const title = (comparison: PeerComparison) => {
    const { routine, threads, factors } = comparison;
    return [routine, factors['transposition'], plural(threads, 'thread')].filter(Boolean).join(', ');
  };
  const rank = (comparison: PeerComparison) =>
    `${comparison.threads} ${operationOf(comparison)} ${comparison.factors['transposition'] ?? ''} ${precisionOf(comparison)}`;
  return [...groupBy(comparisons, rank).entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, cases]) => ({ title: title(cases[0]!), lines: lines(cases) }));
}

/** Rates against n, a line for each contender. */
function rowsByDimension(choose: (series: PeerSeries) => boolean): (cases: PeerComparison[]) => Panel['lines'] {
  return (cases) => {
    const points = cases.flatMap(({ factors, series }) =>
      series.filter(choose).map(({ contender, median, spread }) => ({
        contender,
        row: {
          n: Number(factors['n']),
          value: median,
          minimum: Math.max(median - spread, median / 10),
          maximum: median + spread,
        },
      })),
    );
    return [...groupBy(points, ({ contender }) => contender)].map(([name, ofContender]) => ({
      name,
      rows: ofContender.map(({ row }) => row).sort((one, other) => one.n - other.n),
    }));
  };
}

/** The ratios to each library in rising order. */
function rowsByRank(cases: PeerComparison[]): Panel['lines'] {
  const ratios = cases.flatMap(({ series }) =>
    series.flatMap(({ contender, role, ratio }) => (role === 'library' && ratio ? [{ contender, ratio }] : [])),
  );
  return [...groupBy(ratios, ({ contender }) => contender)].map(([name, ofContender]) => ({
    name,
    rows: ofContender
      .map(({ ratio }) => ratio)
      .sort((one, other) => one - other)
      .map((value, index) => ({ n: index + 1, value, minimum: value, maximum: value })),
  }));
}

const known: { [contender: string]: LineStyle } = {
  '@paratune/blas': { colour: ink.native, dash: [1, 0], shape: 'circle', filled: true },
  gemmBatch: { colour: ink.native, dash: [3, 2], shape: 'triangle-down', filled: false },
  OpenBLAS: { colour: ink.guest, dash: [1, 0], shape: 'square', filled: false },
  BLIS: { colour: ink.dom0, dash: [7, 3], shape: 'triangle-up', filled: true },
  ATLAS: { colour: ink.domu, dash: [2, 2], shape: 'diamond', filled: false },
  'FMA peak': { colour: ink.reference, dash: [4, 3], shape: 'cross', filled: true },
};
const yardstick = known['FMA peak']!;
const others: readonly Omit<LineStyle, 'colour'>[] = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'triangle-down',
  'cross',
].map((shape, index) => ({ shape, dash: index % 2 === 0 ? [1, 0] : [3, 2], filled: index % 2 === 1 }));

function stylesOf(names: readonly string[]): Map<string, LineStyle> {
  let index = 0;
  return new Map(
    names.map((name) => {
      if (name.startsWith('plain ')) return [name, yardstick];
      return [name, known[name] ?? { colour: ink.other, ...others[index++ % others.length]! }];
    }),
  );
}

function draw(name: string, title: string, { x, y }: Axes, panels: readonly Panel[]): PeersFigure | undefined {
  if (panels.length === 0) return undefined;
  const columns = Math.min(mostColumns, panels.length);
  const styles = stylesOf([...new Set(panels.flatMap(({ lines }) => lines.map((line) => line.name)))]);
  const rows = panels.flatMap(({ lines }) => lines.flatMap((line) => line.rows));
  const farthest = Math.max(...rows.map(({ n }) => n));
  const nearest = Math.min(...rows.map(({ n }) => n));
  const xChannel = {
    type: 'quantitative',
    scale:
      x.type === 'log'
        ? { type: 'log', domain: [nearest / 1.1, farthest * 1.1], nice: false }
        : { domain: [0, farthest * 1.03], nice: false },
    axis: { title: x.title, format: 'd', grid: false, labelFlush: false, tickCount: 6 },
  };
  const yChannel = {
    type: 'quantitative',
    scale: y.type === 'log' ? { type: 'log', nice: false } : { zero: true, nice: true },
    axis: { title: y.title, tickCount: 5, format: ',~r', labelBaseline: topmostInside },
  };
  const start = { n: nearest, value: y.type === 'log' ? Math.min(...rows.map(({ value }) => value)) : 0 };
  return {
    name,
    title,
    spec: {
      title: {
        text: title,
        subtitle: 'Medians over rounds of calls in turn, bars half the distance of the quartiles.',
        fontSize: 15,
        offset: 16,
      },
      spacing: 10,
      vconcat: [
        { width: columns * size.width, height: 1, view: { stroke: null }, layer: [legendLayer(styles, 6)] },
        {
          columns,
          spacing: { row: 26, column: 22 },
          concat: panels.map((panel) => ({
            ...size,
            title: { text: panel.title },
            layer: [
              anchorLayer(xChannel, yChannel, start),
              // Ours is drawn last, over the others.
              ...[...panel.lines]
                .reverse()
                .flatMap((line) => lineLayers(line.rows, styles.get(line.name)!, xChannel, yChannel)),
            ],
          })),
        },
      ],
    },
  };
}
