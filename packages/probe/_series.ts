import type { Sample } from './_timer.ts';

/** One point of a curve. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Calibrations on both sides of a sample may differ by this part; beyond, the clock rate changed or something came between. */
const AGREEMENT = 0.01;
/** Calibrations may be slower than the fastest by this part: the clock rate changes that much, what is more was interrupted. */
const DRIFT = 0.15;

/**
 * The least cycles of repeated samples of the same work, of those whose calibrations can be trusted: noise only ever adds
 * time, but to a calibration too, which would make the work beside it look short. When none can be trusted, the one whose
 * calibrations differ least.
 */
export function leastCycles(samples: readonly Pick<Sample, 'cycles' | 'before' | 'after'>[]): number {
  const fastest = Math.min(...samples.map(({ before, after }) => Math.min(before, after)));
  const difference = ({ before, after }: Pick<Sample, 'before' | 'after'>) => Math.abs(before - after) / fastest;
  const trusted = samples.filter(
    (sample) => difference(sample) <= AGREEMENT && Math.max(sample.before, sample.after) <= fastest * (1 + DRIFT),
  );
  if (trusted.length > 0) return Math.min(...trusted.map(({ cycles }) => cycles));
  return samples.reduce((best, sample) => (difference(sample) < difference(best) ? sample : best)).cycles;
}

/** The samples of a curve's points, a round of them at a time. */
export class Series {
  readonly xs: readonly number[];
  readonly #samples: Sample[][];

  constructor(xs: readonly number[]) {
    this.xs = xs;
    this.#samples = xs.map(() => []);
  }

  /** One more sample at each x. */
  round(sample: (x: number) => Sample): void {
    this.xs.forEach((x, index) => void this.#samples[index]!.push(sample(x)));
  }

  /** The least cycles at each x, divided by what `units` says was done there. */
  points(units: (x: number) => number): Point[] {
    return this.xs.map((x, index) => ({ x, y: leastCycles(this.#samples[index]!) / units(x) }));
  }
}
