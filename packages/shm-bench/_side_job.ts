import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Role } from './_region.ts';
import type { Patience } from './_supervision.ts';
import type { Benchmark, Fences, Implementation } from './benchmarks.ts';
import type { CommunicationErrorKind } from './communication_error.ts';

/** What one side is to do. */
export interface SideJob {
  role: Role;
  benchmark: Benchmark | 'stress';
  implementation: Implementation;
  fences: Fences;
  /** Bytes that are passed with control. */
  messageBytes: number;
  iterations: number;
  warmUp: number;
  runs: number;
  /** The CPU that this side is kept on; where it is already when absent. */
  cpu?: number | undefined;
  /** Whether both sides share a CPU. */
  yields: boolean;
  /** The file or device that both map, or the memory that both threads have. */
  region: string | SharedArrayBuffer;
  /** Where role 0 listens, and role 1 finds it. */
  host: string;
  patience: Patience;
}

/** The parts of the iterations whose duration is told: from the least to the largest. */
export const quantileParts = [
  ...[0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9995, 0.9999, 1],
] as const;

/** What one side saw. */
export interface SideResult {
  /** Of each run the mean duration of an iteration in nanoseconds; none on the side that answers. */
  means: number[];
  /** Of each run the median, where machine code timed single iterations. */
  medians: number[];
  /** The durations of all iterations in nanoseconds, at the parts; where machine code timed them. */
  quantiles: number[] | undefined;
  violations: number;
}

/** How one side ended. */
export type SideOutcome =
  | { status: 'done'; result: SideResult }
  | { status: 'failed'; kind: CommunicationErrorKind | undefined; message: string };

/**
 * Path of the built side: beside the built package, or in `dist` when the package runs from its sources.
 *
 * @throws {Error} when it is not built.
 */
export function sideFile(): string {
  const candidates = ['./side.cjs', './dist/side.cjs'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const file = candidates.find((path) => existsSync(path));
  if (file === undefined) throw new Error(`the sides are not built: no ${candidates.at(-1)} (run 'pnpm build')`);
  return file;
}
