import { bind, load } from '@paratune/native';
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

/** A body made callable. */
export interface Timer {
  /** Runs the body. */
  run(options: { readonly argument?: number; readonly count?: number; readonly turns: number }): Sample;
  unload(): void;
}

/** Makes a body callable. */
export function timer(body: TimedBody): Timer {
  const code = load(timedCode(body));
  const block = new BigInt64Array(Object.keys(blockWords).length);
  const call = bind(code, block);
  const word = (name: keyof typeof blockWords) => Number(block[blockWords[name]]);
  return {
    run({ argument = 0, count = 0, turns }) {
      block[blockWords.argument] = BigInt(argument);
      block[blockWords.count] = BigInt(count);
      block[blockWords.turns] = BigInt(turns);
      call();
      const before = word('before') / CALIBRATION_ADDS;
      const after = word('after') / CALIBRATION_ADDS;
      const ticks = word('work');
      return { cycles: (2 * ticks) / (before + after), ticks, before, after, end: word('end') };
    },
    unload() {
      call.unload();
      code.unload();
    },
  };
}
