import { load } from '@paratune/native';
import { blockWords, CALIBRATION_ADDS, type TimedBody, timedCode } from './_timed_code.ts';

/** One run of a timed body. */
export interface Sample {
  /** Core cycles of all turns, by the calibrations on both sides. */
  readonly cycles: number;
  /** Ticks of the time-stamp counter of all turns. */
  readonly ticks: number;
  /** Ticks of a core cycle, in each calibration. */
  readonly before: number;
  readonly after: number;
  /** What the body left in `rdi`. */
  readonly end: number;
}

/** What a body is run with. */
export interface RunOptions {
  readonly argument?: number;
  readonly count?: number;
  readonly turns: number;
}

/** A body made callable. */
export interface Timer {
  run(options: RunOptions): Sample;
  unload(): void;
}

/** Several bodies made callable, each by its index. */
export interface Timers {
  run(index: number, options: RunOptions): Sample;
  unload(): void;
}

/** Makes a body callable. */
export function timer(body: TimedBody): Timer {
  const { run, unload } = timers([body]);
  return { run: (options) => run(0, options), unload };
}

/** Makes bodies callable. */
export function timers(bodies: readonly TimedBody[]): Timers {
  const { bytes, entries } = timedCode(bodies);
  const code = load(bytes);
  const block = new BigInt64Array(Object.keys(blockWords).length);
  const word = (name: keyof typeof blockWords) => Number(block[blockWords[name]]);
  return {
    run(index, { argument = 0, count = 0, turns }) {
      block[blockWords.entry] = BigInt(entries[index]!);
      block[blockWords.argument] = BigInt(argument);
      block[blockWords.count] = BigInt(count);
      block[blockWords.turns] = BigInt(turns);
      code(block);
      const before = word('before') / CALIBRATION_ADDS;
      const after = word('after') / CALIBRATION_ADDS;
      const ticks = word('work');
      return { cycles: (2 * ticks) / (before + after), ticks, before, after, end: word('end') };
    },
    unload: () => code.unload(),
  };
}
