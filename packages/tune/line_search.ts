/** One parameter, or some that hang together, varied while all others stay. */
export interface Line<Value> {
  /** What is varied, for progress. */
  readonly name: string;
  /** What to try, given the best so far; it is asked again after one was kept, so that it can go on from there. */
  readonly from: (best: Value) => readonly Value[];
}

/** What became of a challenger: whether it is the best now, or that there is no time left to know. */
export type Outcome = 'kept' | 'dropped' | 'out of time';

/**
 * A line search over one parameter at a time, as ATLAS searches: along each line in turn, from the best so far, then all lines again
 * from what was found, until a round keeps nothing. What was tried is not tried again.
 *
 * @param start Where to begin.
 * @param lines The lines, in the order of what they are worth.
 * @param challenge Decides between the best so far and a challenger.
 * @param rounds Times that all lines are gone along at most.
 * @returns The best, and whether the search came to its end.
 * @example
 * ```ts
 * import { lineSearch } from '@paratune/tune';
 * import assert from 'node:assert/strict';
 *
 * // The least of a function of two numbers.
 * const cost = ({ x, y }: { x: number; y: number }) => (x - 3) ** 2 + (y + 3) ** 2;
 * const { best, finished } = lineSearch(
 *   { x: 0, y: 0 },
 *   [
 *     { name: 'x', from: ({ x, y }) => [{ x: x + 1, y }, { x: x - 1, y }] },
 *     { name: 'y', from: ({ x, y }) => [{ x, y: y + 1 }, { x, y: y - 1 }] },
 *   ],
 *   (best, challenger) => (cost(challenger) < cost(best) ? 'kept' : 'dropped'),
 *   10,
 * );
 * assert.deepEqual([best, finished], [{ x: 3, y: -3 }, true]);
 * ```
 */
export function lineSearch<Value>(
  start: Value,
  lines: readonly Line<Value>[],
  challenge: (best: Value, challenger: Value, line: Line<Value>) => Outcome,
  rounds = 3,
): { best: Value; finished: boolean } {
  const keyOf = (value: Value) => JSON.stringify(value);
  const tried = new Set([keyOf(start)]);
  let best = start;
  for (let round = 0; round < rounds; round++) {
    const before = best;
    for (const line of lines) {
      for (;;) {
        const challenger = line.from(best).find((value) => !tried.has(keyOf(value)));
        if (challenger === undefined) break;
        tried.add(keyOf(challenger));
        const outcome = challenge(best, challenger, line);
        if (outcome === 'out of time') return { best, finished: false };
        if (outcome === 'kept') best = challenger;
      }
    }
    if (best === before) break;
  }
  return { best, finished: true };
}
