import { formatRate, plainLine, plural } from './_format.ts';
import { describeFactors, precisionOf } from './_peers_words.ts';
import { groupBy } from './_statistics.ts';
import type { PeerComparison, PeerSeries } from './compare_peers.ts';
import type { PeerResult, PeerTarget } from './peer_targets.ts';
import type { PeersSummary } from './summarize_peers.ts';

/** A table whose columns are aligned for readers of the plain text too. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => plainLine(cell).replaceAll('|', '\\|')));
  const widths = header.map((_, column) => Math.max(3, ...cells.map((row) => [...row[column]!].length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(cells[0]!), line(widths.map((width) => '-'.repeat(width))), ...cells.slice(1).map(line)].join('\n');
}

/** One precision with one number of threads: a column of the tables. */
interface Column {
  precision: PeerResult['precision'];
  threads: number;
}

function columnsOf(cells: readonly Column[]): Column[] {
  const rank = ({ precision, threads }: Column) => threads * 2 + (precision === 'double' ? 0 : 1);
  const unique = new Map(cells.map(({ precision, threads }) => [`${precision} ${threads}`, { precision, threads }]));
  return [...unique.values()].sort((one, other) => rank(one) - rank(other));
}

function targetsTable(targets: readonly PeerTarget[]): string {
  const columns = columnsOf(targets.flatMap(({ results }) => results));
  const rows = targets.map(({ measure, asked, results }) => [
    measure,
    asked,
    ...columns.map(({ precision, threads }) => {
      const result = results.find((each) => each.precision === precision && each.threads === threads);
      if (result === undefined) return '';
      const { value, reached, at } = result;
      const number = value >= 10 ? value.toFixed(0) : value.toFixed(3);
      return reached ? number : `**${number}** not reached${at === undefined ? '' : ` (${at})`}`;
    }),
  ]);
  const header = columns.map(({ precision, threads }) => `${precision}, ${plural(threads, 'thread')}`);
  return markdownTable(['what', 'asked', ...header], rows);
}

/** Sizes that a short table shows, of those there are. */
const shown = [100, 200, 300, 500, 1000, 2000, 3000, 4000];

/** Rates of the square products and their ratio to the best library's. */
function ratesTable(comparisons: readonly PeerComparison[]): string | undefined {
  const gemm = comparisons.filter(({ suite }) => suite === 'gemm');
  if (gemm.length === 0) return undefined;
  const columns = columnsOf(
    gemm.map((comparison) => ({ precision: precisionOf(comparison), threads: comparison.threads })),
  );
  const dimensions = [...new Set(gemm.map(({ factors }) => Number(factors['n'])))].sort((one, other) => one - other);
  const short = dimensions.length > shown.length ? dimensions.filter((n) => shown.includes(n)) : dimensions;
  const rows = short.map((n) => [
    String(n),
    ...columns.map(({ precision, threads }) => {
      const found = gemm.find(
        (each) => each.factors['n'] === n && each.threads === threads && precisionOf(each) === precision,
      );
      const own = found?.series.find(({ role }) => role === 'own');
      const libraries = found?.series.filter(({ role }) => role === 'library') ?? [];
      if (own === undefined) return '';
      const ratios = libraries.flatMap(({ ratio }) => ratio ?? []);
      return `${formatRate(own.median)}${ratios.length === 0 ? '' : ` (${Math.min(...ratios).toFixed(2)}x)`}`;
    }),
  ]);
  const header = columns.map(
    ({ precision, threads }) => `${precision === 'double' ? 'dgemm' : 'sgemm'}, ${plural(threads, 'thread')}`,
  );
  return markdownTable(['n', ...header], rows);
}

/** A quarter of the samples off by more than this is more than any cache or clock does. */
const QUIET = 0.1;

/** Whether the machine had other things to do. */
function disturbances(comparisons: readonly PeerComparison[]): string[] {
  const own = comparisons.flatMap(({ series }) => series.filter(({ role }) => role === 'own'));
  const disturbed = own.filter(({ median, spread }) => spread > QUIET * median);
  if (disturbed.length < own.length / 10) return [];
  return [
    `In ${disturbed.length} of ${own.length} cases our rate varies by more than 10 %: the machine was busy, and a quiet one says more.`,
  ];
}

/** What there is to see at a glance: who took part, what is asked and reached, the rates of square products. */
export function peersOverview(summary: PeersSummary): string {
  const { contenders, absent, failures, targets, comparisons } = summary;
  const rates = ratesTable(comparisons);
  return [
    summary.machine,
    contenders.map(({ name, detail }) => `- ${name}: ${plainLine(detail)}`).join('\n'),
    ...(targets.length === 0 ? ['Nothing was measured.'] : [targetsTable(targets)]),
    ...(rates === undefined ? [] : ['Gflops of C = A B, n x n, and the ratio to the best library:', rates]),
    ...(absent.length === 0
      ? []
      : [absent.map(({ name, reason }) => `- without ${name}: ${plainLine(reason)}`).join('\n')]),
    ...(failures.length === 0
      ? []
      : [failures.map(({ name, reason }) => `- failed: ${name}: ${plainLine(reason)}`).join('\n')]),
    [
      ...disturbances(comparisons),
      ...(comparisons.some(({ series }) => series.some(({ role }) => role === 'special'))
        ? ['gl-matrix, which has code for n = 2, 3 and 4 alone, does not count as a package that multiplies matrices.']
        : []),
      'The first call has a command of its own, `pnpm bench:first-call`.',
    ].join(' '),
  ].join('\n\n');
}

function seriesCell({ median, spread, ratio, role, threadsUsed }: PeerSeries): string {
  const threads = threadsUsed === undefined ? '' : `, ${plural(threadsUsed, 'thread')}`;
  const compared = role === 'own' || ratio === undefined ? '' : ` (${ratio.toFixed(2)}x${threads})`;
  return `${formatRate(median)} ±${formatRate(spread)}${compared}`;
}

/** Every case of a suite, routine and number of threads, with every contender. */
function detailTables(comparisons: readonly PeerComparison[]): string[] {
  const groups = groupBy(
    comparisons,
    ({ suite, routine, threads }) => `${suite}: ${routine}, ${plural(threads, 'thread')}`,
  );
  return [...groups].flatMap(([title, cases]) => {
    const contenders = [...new Set(cases.flatMap(({ series }) => series.map(({ contender }) => contender)))];
    const unit = cases[0]!.series[0]!.unit;
    const rows = cases.map(({ factors, series }) => [
      describeFactors(factors),
      ...contenders.map((name) => {
        const found = series.find(({ contender }) => contender === name);
        return found === undefined ? '' : seriesCell(found);
      }),
    ]);
    return [`### ${title}, ${unit}`, markdownTable(['', ...contenders], rows)];
  });
}

/** The whole page. */
export function peersPage(summary: PeersSummary, figures: readonly { name: string; title: string }[]): string {
  return `${[
    '# @paratune/blas beside other libraries',
    peersOverview(summary),
    ...figures.map(({ name, title }) => `![${title}](${name}.svg)`),
    '## All cases',
    'Median, half the distance of the quartiles, and in parentheses how many times as fast ours is: the median of the ratios of ' +
      'each round. A number of threads is said where fewer than given were faster.',
    ...detailTables(summary.comparisons),
  ].join('\n\n')}\n`;
}
