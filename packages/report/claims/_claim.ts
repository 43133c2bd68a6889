import type { View } from '../_view.ts';

/** What is said of a claim, or of one of the figures that it is decided by. */
export type Verdict = 'holds' | 'does not hold' | 'not enough data';

/** One of the figures that a claim is decided by. */
export interface ClaimFigure {
  /** Where: the environments that it is of, the one compared with last. */
  environments: string[];
  /** What was found, in words with numbers. */
  text: string;
  /** What this figure alone says; undefined for one that is shown beside the others and decides nothing. */
  verdict: Verdict | undefined;
  /** Whether it comes from a model or an emulator's clock. */
  simulated: boolean;
  /** The numbers in it, by name. */
  numbers: { [name: string]: number };
}

/** One of the paper's claims, as a hypothesis that records decide. */
export interface Claim {
  /** From 1 to 18, in the paper's order. */
  number: number;
  statement: string;
  /** The section of the paper. */
  section: string;
  /** The tables and figures that show it: `figure-08`. */
  exhibits: readonly string[];
  /** The records that it takes: experiment and metrics. */
  needs: string;
  /** The test, in words. */
  test: string;
  /** How far apart is still the same, in words; null where nothing is compared so. */
  margin: string | null;
  /** The figures; none without the records. The claim holds where all of them do, and does not where one does not. */
  judge(view: View): ClaimFigure[];
}

/** One of the paper's claims, and what the records say of it. */
export interface JudgedClaim extends Omit<Claim, 'judge'> {
  /** `claim-01` to `claim-18`. */
  id: string;
  verdict: Verdict;
  /** Why, in a sentence: the figure that decides, or what is missing. */
  reason: string;
  /** What it was decided by; empty without records. */
  figures: ClaimFigure[];
}

/** A figure that was measured. */
export function figure(
  verdict: Verdict | undefined,
  environments: string[],
  text: string,
  numbers: ClaimFigure['numbers'] = {},
): ClaimFigure {
  return { environments, text, verdict, simulated: false, numbers };
}

/** What follows from all figures: one that does not hold refutes, one that is undecided leaves it open. */
export function conclude(figures: readonly ClaimFigure[]): Verdict {
  const verdicts = figures.flatMap(({ verdict }) => verdict ?? []);
  if (verdicts.includes('does not hold')) return 'does not hold';
  return verdicts.length === 0 || verdicts.includes('not enough data') ? 'not enough data' : 'holds';
}
