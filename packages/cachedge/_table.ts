import { interval } from './_interval.ts';
import type { CacheEdgeSearch } from './cache_edge_search.ts';

/** `'L1 only'`, `'24 KiB'`, `'1.5 MiB'`, or bytes where it is no whole number of KiB. */
export function formatEdge(bytes: number): string {
  if (bytes === 0) return 'L1 only';
  if (bytes % 1024 !== 0) return `${bytes} B`;
  return bytes >= 2 ** 20 && bytes % 2 ** 19 === 0 ? `${bytes / 2 ** 20} MiB` : `${bytes / 1024} KiB`;
}

/** Lines of cells in columns, the first to the left and the others to the right. */
function columns(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const show = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  return `${lines.map((line) => line.map(show).join('  ').trimEnd()).join('\n')}\n`;
}

/** A line for each edge, and what was chosen. */
export function searchTable({ n, kernel, cacheEdge, candidates }: CacheEdgeSearch): string {
  const rows = candidates.map((candidate) => {
    const { mean, half } = interval(candidate.mflops);
    return [
      formatEdge(candidate.cacheEdge),
      `${candidate.mc} x ${candidate.kc}`,
      Math.max(...candidate.mflops).toFixed(0),
      mean.toFixed(0),
      half === undefined ? '' : half.toFixed(0),
      candidate.cacheEdge === cacheEdge ? 'chosen' : '',
    ];
  });
  const head = ['CacheEdge', 'block of A', 'Mflops best', 'mean', '± 95 %', ''];
  return `${kernel}, n = ${n}\n${columns([head, ...rows])}`;
}

/** How often each edge was chosen, and the rate that it then had. */
export function selectionTable(searches: readonly CacheEdgeSearch[]): string {
  const edges = [...new Set(searches.map(({ cacheEdge }) => cacheEdge))].sort((a, b) => a - b);
  const rows = edges.map((edge) => {
    const chosen = searches.filter(({ cacheEdge }) => cacheEdge === edge);
    const rates = chosen.flatMap(({ candidates }) =>
      candidates.filter(({ cacheEdge }) => cacheEdge === edge).flatMap(({ mflops }) => mflops),
    );
    return [formatEdge(edge), String(chosen.length), Math.max(...rates).toFixed(0)];
  });
  const { n, kernel } = searches[0]!;
  return `${kernel}, n = ${n}, ${searches.length} selections\n${columns([['CacheEdge', 'chosen', 'Mflops best'], ...rows])}`;
}
