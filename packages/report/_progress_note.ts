import { enumerate, formatNumber } from './_format.ts';

/** How far the run is that a report is written in: a report of a run that ended whole has none. */
export interface RunProgress {
  /** Whether it goes on, or was stopped before its end. */
  state: 'running' | 'stopped';
  /** Observations that are there, of those that the run is for. */
  done: number;
  total: number;
  /** Experiments that have all their observations, and those that have not. */
  finished: readonly string[];
  open: readonly string[];
}

/** What a report says of an unfinished run. */
export function progressNote({ state, done, total, finished, open }: RunProgress): string {
  const part = `${formatNumber(done)} of ${formatNumber(total)} observations are there.`;
  const complete = finished.length > 0 ? ` Complete: ${enumerate(finished)}.` : '';
  const rest = open.length > 0 ? ` To come: ${enumerate(open)}.` : '';
  return state === 'running'
    ? `The run goes on: ${part}${complete}${rest} Open this page again to see more.`
    : `The run was stopped before its end: ${part}${complete}${rest} The same command goes on from there.`;
}
