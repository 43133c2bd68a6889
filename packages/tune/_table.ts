import { nameOf } from './_subject.ts';
import type { TuningDifference } from './diff_tunings.ts';
import type { RoutineRate } from './measure_routines.ts';
import type { TuneResult } from './tune_result.ts';

/** Lines of cells in columns. */
function columns(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** A line for each part of the tuning: how often as fast as untuned it is, and what was changed. */
export function resultTable({ candidates, confirmations }: TuneResult): string {
  const names = [...new Set(candidates.map(nameOf))];
  const rows = names.map((name) => {
    const tried = candidates.filter((candidate) => nameOf(candidate) === name);
    const [first] = tried;
    const outcome = confirmations.filter(
      (each) => each.routine === first!.routine && each.precision === first!.precision && each.source === first!.source,
    );
    const taken = outcome.filter(({ why }) => why === 'tuned');
    const last = tried.filter(({ kept }) => kept).at(-1)!;
    const changed = Object.entries(last.parameters)
      .filter(([key, value]) => first!.parameters[key] !== value)
      .map(([key, value]) => `${key} ${first!.parameters[key]} -> ${value}`);
    const gain = Math.exp(taken.reduce((sum, { gain }) => sum + Math.log(gain), 0) / taken.length);
    return [
      name,
      String(tried.length),
      taken.length === 0
        ? ''
        : `${gain.toFixed(2)} (${Math.min(...taken.map((each) => each.gain)).toFixed(2)} to ${Math.max(...taken.map((each) => each.gain)).toFixed(2)})`,
      changed.length === 0
        ? "the library's own"
        : taken.length === 0
          ? (outcome.at(-1)?.why ?? 'not compared, time was up')
          : changed.join(', '),
    ];
  });
  // The first time that it was tried it was beside the best generated one.
  const byHand = candidates.filter(({ parameters }) => parameters['kernel'] === 'hand-written');
  const firsts = byHand.filter((each, index) => byHand.findIndex((other) => nameOf(other) === nameOf(each)) === index);
  const lines = firsts.map(
    (each) => `${nameOf(each)}, kernel written by hand beside the best generated one: ${each.why}\n`,
  );
  return columns([['routine', 'tried', 'times as fast as untuned', 'parameters'], ...rows]) + lines.join('');
}

/** A line for each routine and dimension: the rate in the middle, the least and the highest. */
export function rateTable(rates: readonly RoutineRate[]): string {
  const keys = [...new Set(rates.map(({ routine, n }) => JSON.stringify([routine, n])))];
  const rows = keys.map((key) => {
    const [routine, n] = JSON.parse(key) as [string, number];
    const values = rates
      .filter((rate) => rate.routine === routine && rate.n === n)
      .map(({ mflops }) => mflops)
      .sort((one, other) => one - other);
    const shown = [values[Math.floor((values.length - 1) / 2)]!, values[0]!, values.at(-1)!];
    return [routine, String(n), ...shown.map((value) => value.toFixed(0))];
  });
  return columns([['routine', 'n', 'Mflops median', 'least', 'highest'], ...rows]);
}

/** A line for each parameter that differs, and how many do not. */
export function differenceTable(differences: readonly TuningDifference[]): string {
  const shown = differences.filter(({ same, what }) => !same || what === 'mflops');
  const chosen = differences.filter(({ what }) => what !== 'mflops');
  const same = chosen.filter((each) => each.same).length;
  const rows = shown.map(({ routine, precision, what, a, b }) => [
    `${precision === 'double' ? 'd' : 's'}${routine}`,
    what,
    a.toFixed(0),
    b.toFixed(0),
    what === 'mflops' ? `${((b / a - 1) * 100).toFixed(1)} %` : '',
  ]);
  const table = columns([['routine', '', 'A', 'B', ''], ...rows]);
  return `${table}${same} of ${chosen.length} parameters were chosen in both\n`;
}
