import type { KernelMemory } from './kernel_memory.ts';
import type { ProcessMemory } from './process_memory.ts';
import type { MemorySeries } from './sample.ts';
import type { SystemMemory } from './system_memory.ts';

/** One line of a table: what, and how much. */
export type Row = readonly [label: string, value: string];

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes in the largest unit that keeps the figure from 1 on, to one decimal: `'48.1 MiB'`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}

const count = (value: number) => value.toLocaleString('en');

/** One look at a process and the system. */
export function snapshotRows(name: string, pid: number, memory: ProcessMemory, system: SystemMemory): Row[] {
  return [
    ['process', `${name} (${pid})`],
    ['resident', formatBytes(memory.residentBytes)],
    ['resident at most', formatBytes(memory.peakResidentBytes)],
    ['in swap', formatBytes(memory.swapBytes)],
    ['minor faults', count(memory.minorFaults)],
    ['major faults', count(memory.majorFaults)],
    ['system memory', `${formatBytes(system.totalBytes)}, ${formatBytes(system.availableBytes)} available`],
    ['system swap in use', `${formatBytes(system.swapUsedBytes)} of ${formatBytes(system.swapTotalBytes)}`],
    ['pages swapped in, out', `${count(system.pagesSwappedIn)}, ${count(system.pagesSwappedOut)} since boot`],
  ];
}

/** What the kernel itself takes. */
export function kernelRows({ codeBytes, dataBytes, readOnlyDataBytes, source }: KernelMemory): Row[] {
  return [
    ['kernel code', formatBytes(codeBytes)],
    ['kernel data', formatBytes(dataBytes)],
    ['kernel data, read-only', formatBytes(readOnlyDataBytes)],
    ['read from', source],
  ];
}

/** What a series comes to. */
export function seriesRows({ name, pid, samples, intervalMilliseconds, peaks }: MemorySeries): Row[] {
  const last = samples.at(-1)!;
  const seconds = (last.milliseconds / 1000).toFixed(1);
  return [
    ['process', `${name} (${pid})`],
    ['samples', `${count(samples.length)} in ${seconds} s, one every ${count(intervalMilliseconds)} ms`],
    ['resident at last', formatBytes(last.process.residentBytes)],
    ['resident at most', formatBytes(peaks.residentBytes)],
    ['in swap at most', formatBytes(peaks.swapBytes)],
    ['minor faults', count(peaks.minorFaults)],
    ['major faults', count(peaks.majorFaults)],
    ['system memory', formatBytes(last.system.totalBytes)],
    ['system swap at most', `${formatBytes(peaks.systemSwapBytes)} of ${formatBytes(last.system.swapTotalBytes)}`],
    ['pages swapped in, out', `${count(peaks.pagesSwappedIn)}, ${count(peaks.pagesSwappedOut)}`],
  ];
}

/** Rows as text, the values in one column. */
export function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}\n`).join('');
}
