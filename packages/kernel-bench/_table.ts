import type { KernelComparison } from './kernel_comparison.ts';

/**
 * A line for each kernel, with the highest of its rates, and how much that is of the one written by hand: what disturbs a machine that others
 * use as well makes a kernel slower and never faster.
 */
export function comparisonTable({ n, kernels }: KernelComparison): string {
  const lines = kernels.map(({ kernel, isa, precision, mu, nu, mflops }) => {
    const byHand = kernels.find(
      (other) => other.kernel === 'hand-written' && other.precision === precision && other.isa === isa,
    );
    const best = Math.max(...mflops);
    const ratio = byHand && (best / Math.max(...byHand.mflops)).toFixed(3);
    return [precision, isa, kernel, `${mu} x ${nu}`, best.toFixed(0), ratio ?? ''];
  });
  const rows = [['precision', 'isa', 'kernel', 'block', 'Mflops best', 'of hand-written'], ...lines];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const show = (cell: string, column: number) =>
    column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  return `n = ${n}\n${rows.map((row) => row.map(show).join('  ').trimEnd()).join('\n')}\n`;
}
