import { formatNumber, plainLine } from './_format.ts';
import type { Movement, RunComparison } from './compare_runs.ts';

const order: Movement['verdict'][] = ['worse', 'better', 'changed', 'undecided', 'same'];

/** A comparison for a terminal: what moved, the worst first; with `all` also what did not, or cannot be told. */
export function comparisonText(
  { base, runs, movements, regressions, threshold }: RunComparison,
  { all }: { all: boolean },
): string {
  const shown = movements
    .filter(({ verdict }) => all || ['worse', 'better', 'changed'].includes(verdict))
    .sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  const rows = shown.map((movement) => [
    movement.verdict,
    ...(runs.length > 1 ? [movement.run] : []),
    movement.environment,
    `${movement.experiment} ${movement.metric}${movement.simulated ? ' (simulated)' : ''}`,
    factorsInWords(movement),
    `${formatNumber(movement.base)} -> ${formatNumber(movement.value)} ${movement.unit}`,
    change(movement),
  ]);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => plainLine(row[column]!).length)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => plainLine(text).padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const count = (verdict: Movement['verdict']) => movements.filter((movement) => movement.verdict === verdict).length;
  return [
    ...lines,
    ...(lines.length > 0 ? [''] : []),
    movements.length === 0
      ? `nothing was measured in ${base} that was also measured in ${runs.join(', ')}`
      : `${runs.join(', ')} against ${base}: ${count('better')} better, ${regressions.length} worse by more than ${Number((100 * threshold).toFixed(2))} %, ${count('changed')} changed, ${count('same')} the same, ${count('undecided')} undecided`,
  ].join('\n');
}

function factorsInWords({ factors, over, counts }: Movement): string {
  const named = Object.entries(factors).map(([name, value]) => `${name} ${value}`);
  return [...named, ...(over.length > 0 ? [`over ${counts[0]} of ${over.join(', ')}`] : [])].join(', ');
}

/** "-10.0 % (-11.2 % to -8.8 %), p = 0.003". */
function change({ ratio, low, high, p }: Movement): string {
  const signed = (part: number) => `${part >= 1 ? '+' : ''}${(100 * (part - 1)).toFixed(1)} %`;
  const range = low === null || high === null ? '' : ` (${signed(low)} to ${signed(high)})`;
  const sure = p === null ? ', one value' : `, p ${p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`}`;
  return `${Number.isFinite(ratio) ? signed(ratio) : 'from nothing'}${range}${sure}`;
}
