import { expectedSeconds } from './expected_seconds.ts';
import type { PlannedRun } from './plan.ts';

/** How much the latest run counts: the model is least wrong for dimensions near the last ones. */
const weight = 0.4;

/** Estimates the time that planned runs will take: what the model expects, times how wrong it was for runs like these. */
export class TimeLeft {
  readonly #ratios = new Map<string, number>();
  readonly #started = new Set<string>();

  /** Notes that an environment is up. */
  started(environment: string): void {
    this.#started.add(environment);
  }

  /** Notes what a run took. */
  took(run: PlannedRun, seconds: number): void {
    const { seconds: expected, swapping } = expectedSeconds(run.environment, run.n);
    const key = `${run.environment} ${swapping}`;
    const before = this.#ratios.get(key) ?? seconds / expected;
    this.#ratios.set(key, before + weight * (seconds / expected - before));
  }

  /** Seconds that these runs will take, with starting the environments that are not up. */
  seconds(runs: readonly PlannedRun[]): number {
    let sum = 0;
    const starting = new Map<string, number>();
    for (const { environment, n } of runs) {
      const { seconds, swapping, startSeconds } = expectedSeconds(environment, n);
      sum += seconds * (this.#ratios.get(`${environment} ${swapping}`) ?? this.#likeness(swapping));
      if (!this.#started.has(environment)) starting.set(environment, startSeconds);
    }
    for (const startSeconds of starting.values()) sum += startSeconds;
    return sum;
  }

  /** For an environment not seen yet: the mean of the others in the same regime. */
  #likeness(swapping: boolean): number {
    const ratios = [...this.#ratios].filter(([key]) => key.endsWith(` ${swapping}`)).map(([, ratio]) => ratio);
    return ratios.length === 0 ? 1 : ratios.reduce((sum, ratio) => sum + ratio) / ratios.length;
  }
}
