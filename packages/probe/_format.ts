import type { Machine } from './machine.ts';

const KIB = 1024;

function bytes(value: number): string {
  if (value >= KIB * KIB) return `${value / KIB / KIB} MiB`;
  return value >= KIB ? `${value / KIB} KiB` : `${value} bytes`;
}
const cycles = (value: number) => `${value} cycles`;
const plain = (value: number) => String(value);
const yes = (value: boolean) => (value ? 'yes' : 'no');
const gflops = (mflops: number) => `${(mflops / 1000).toFixed(1)} Gflops`;

/** A row of the table: what it is, and how its value is written. */
type Row = {
  [Name in keyof Machine]: Machine[Name] extends { value: infer Value }
    ? [Name, string, (value: NonNullable<Value>) => string]
    : never;
}[keyof Machine];

const rows: readonly Row[] = [
  ['l1DataBytes', 'level 1 data cache', bytes],
  ['l2Bytes', 'level 2 cache', bytes],
  ['lastLevelBytes', 'last-level cache, about', bytes],
  ['lineBytes', 'cache line', bytes],
  ['pageBytes', 'page', bytes],
  ['dtlbEntries', 'data TLB, level 1 entries', plain],
  ['stlbEntries', 'data TLB, level 2 entries', plain],
  ['addCycles', 'add', cycles],
  ['mulCycles', 'multiply', cycles],
  ['fmaCycles', 'fused multiply-add', cycles],
  ['muladd', 'multiply-add is one operation', yes],
  ['fpRegisters', 'floating-point registers', plain],
  ['integerRegisters', 'integer registers', plain],
  ['issueRate', 'instructions a cycle', plain],
  ['peakMflops', 'peak, double precision', gflops],
];

const levelNames = { l1Data: 'level 1', l2: 'level 2', lastLevel: 'last level', memory: 'memory' } as const;

/** Columns side by side, each as wide as its widest cell. */
function columns(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A machine for a person to read. */
export function format(machine: Machine): string {
  const values = rows.map(([name, what, write]) => {
    const { value, reported, agrees } = machine[name];
    const show = (one: number | boolean | null, none: string) => (one === null ? none : write(one as never));
    return [what, show(value, 'not seen'), show(reported, '-'), agrees === null ? '' : agrees ? 'agrees' : 'differs'];
  });
  const levels = machine.levels.map(({ level, cycles: latency, nanoseconds, gigabytesPerSecond }) => [
    levelNames[level],
    `${latency.toFixed(1)} cycles`,
    `${nanoseconds.toFixed(1)} ns`,
    `${gigabytesPerSecond.toFixed(0)} GB/s`,
  ]);
  const rates = [...new Set(machine.rates.map(({ isa }) => isa))].map((isa) => [
    isa,
    ...(['double', 'single'] as const).map((precision) =>
      gflops(machine.rates.find((rate) => rate.isa === isa && rate.precision === precision)?.mflops ?? 0),
    ),
  ]);
  return [
    `${machine.processor}, ${machine.gigahertz.toFixed(2)} GHz, probed in ${machine.seconds.toFixed(1)} s`,
    '',
    columns([['', 'measured', 'the system says', ''], ...values]),
    '',
    columns([['a load from', 'latency', '', 'bandwidth'], ...levels]),
    '',
    columns([['register to register', 'double', 'single'], ...rates]),
    '',
  ].join('\n');
}
