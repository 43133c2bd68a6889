import type { Measurement } from './measurement.ts';

/** Three digits, or all before the point. */
function show(nanoseconds: number | null): string {
  return nanoseconds === null ? '' : nanoseconds >= 100 ? nanoseconds.toFixed(0) : nanoseconds.toPrecision(3);
}

/** A line for each measurement. */
export function measurementTable(measurements: readonly Measurement[]): string {
  const rows = [
    ['benchmark', 'between', 'loop', 'CPUs', 'runs', 'iterations', 'mean ns', 'sd', 'p50', 'p99', 'p99.9', 'max'],
    ...measurements.map(({ benchmark, between, implementation, cpus, runs, iterations, mean, sd, ...rest }) => [
      ...[benchmark, between, implementation, cpus.join(','), String(runs), String(iterations)],
      ...[mean, sd, rest.p50, rest.p99, rest.p999, rest.max].map(show),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const cell = (text: string, column: number) =>
    column < 4 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  return `${rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n')}\n`;
}
