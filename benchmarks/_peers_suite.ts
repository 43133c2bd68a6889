import type { PeerCaseFactors, PeerRole } from '@paratune/report';
import type { Bench } from './_peers_bench.ts';

/** How much of a suite to measure: `tiny` is for tests of the bench itself. */
export type ProfileName = 'tiny' | 'quick' | 'full';

export type Precision = 'double' | 'single';

/** What a suite is planned for. */
export interface Plan {
  profile: ProfileName;
  precisions: readonly Precision[];
  threads: readonly number[];
  /** Instead of the profile's, in suites of square matrices. */
  dimensions?: readonly number[] | undefined;
}

/** A set of cases that answers one question about speed. */
export interface Suite {
  /** As on the command line. */
  name: string;
  /** What is set beside what. */
  title: string;
  cases(plan: Plan): Iterable<Case>;
}

/** One routine with one size, which all contenders compute in turn. */
export interface Case {
  factors: PeerCaseFactors;
  /** Called in the process that measures: binds the contenders to their operands. */
  prepare(bench: Bench): Entry;
}

/** The contenders of a case. */
export interface Entry {
  metric: keyof typeof units;
  /** What a call is worth: floating-point operations, or bytes; 1 where the time itself is asked for. */
  perCall: number;
  entrants: Entrant[];
}

/** A contender bound to its operands, so that a call is the operation and nothing else. */
export interface Entrant {
  contender: string;
  role: PeerRole;
  call(): void;
  /** What its call is worth, when that differs from the others'. */
  perCall?: number;
  /** Calls it once and looks at what it computed. @throws {Error} when that is wrong. */
  check?(): void;
  /** Of a library with threads of its own: from now on use as many. */
  useThreads?: ((count: number) => void) | undefined;
}

/** The unit of each metric, and its value for a call worth `perCall` that took `seconds`. */
export const units = {
  gflops: { unit: 'Gflops', of: (perCall: number, seconds: number) => perCall / seconds / 1e9 },
  gigabytesPerSecond: { unit: 'GB/s', of: (perCall: number, seconds: number) => perCall / seconds / 1e9 },
  nanoseconds: { unit: 'ns', of: (_perCall: number, seconds: number) => seconds * 1e9 },
} as const;

/** Every number of threads and precision of a plan with every one of some sizes: threads change least often. */
export function* combinations<Size>(
  { threads, precisions }: Pick<Plan, 'threads' | 'precisions'>,
  sizes: readonly Size[],
): Generator<{ threads: number; precision: Precision; size: Size }> {
  for (const count of threads) {
    for (const precision of precisions) {
      for (const size of sizes) yield { threads: count, precision, size };
    }
  }
}

/** The part of a plan that is measured with one thread. */
export function alone(plan: Plan): Plan {
  return { ...plan, threads: plan.threads.filter((count) => count === 1) };
}

/** `dgemm` of `double` and `gemm`. */
export function routineOf<Operation extends string>(
  precision: Precision,
  operation: Operation,
): `${'d' | 's'}${Operation}` {
  return `${precision === 'double' ? 'd' : 's'}${operation}`;
}
