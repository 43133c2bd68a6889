import { median } from './_median.ts';
import type { KernelComparison } from './kernel_comparison.ts';

/** A line for each kernel, with the median of its rate and how much that is of the one written by hand. */
export function comparisonTable({ n, kernels }: KernelComparison): string {
  const lines = kernels.map(({ kernel, isa, precision, mu, nu, mflops }) => {
    const byHand = kernels.find(
      (other) => other.kernel === 'hand-written' && other.precision === precision && other.isa === isa,
    );
    // Turn by turn, since what slows a machine down for a while slows down all of a turn.
    const ratio = byHand && median(mflops.map((rate, turn) => rate / byHand.mflops[turn]!)).toFixed(3);
    return [precision, isa, kernel, `${mu} x ${nu}`, median(mflops).toFixed(0), ratio ?? ''];
  });
  const rows = [['precision', 'isa', 'kernel', 'block', 'Mflops median', 'of hand-written'], ...lines];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const show = (cell: string, column: number) =>
    column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  return `n = ${n}\n${rows.map((row) => row.map(show).join('  ').trimEnd()).join('\n')}\n`;
}
