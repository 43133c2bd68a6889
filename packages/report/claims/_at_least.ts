import { bootstrapRatio } from '../bootstrap_ratio.ts';
import type { Verdict } from './_claim.ts';

/** A ratio with its interval. */
type Interval = ReturnType<typeof bootstrapRatio>;

/** Whether the mean of one sample is at least so many times that of another, by the bootstrap interval of their ratio. */
export function atLeast(
  times: number,
  values: readonly number[],
  others: readonly number[],
): Interval & { verdict: Verdict } {
  const interval = bootstrapRatio(values, others);
  return { ...interval, verdict: verdictOf(times, interval, Math.min(values.length, others.length)) };
}

function verdictOf(times: number, { low, high }: Interval, count: number): Verdict {
  if (count < 2) return 'not enough data';
  if (low >= times) return 'holds';
  return high < times ? 'does not hold' : 'not enough data';
}
