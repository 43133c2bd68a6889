import { checkChoice, checkKeys, checkWhole } from './_check.ts';
import { meet } from './_meeting.ts';
import { chosenCpus, runSides } from './_run_sides.ts';
import { type Between, betweens, type Fences, fences as fenceChoices } from './benchmarks.ts';

/** What the stress test does. */
export interface StressOptions {
  /** Times that each side enters the critical section; 10^6 when absent. */
  entries?: number | undefined;
  /** Which fences there are; `'both'` when absent. */
  fences?: Fences | undefined;
  /** What it runs between; `'threads'` when absent. */
  between?: Between | undefined;
  /** The CPU of each side; the first two that this process may use when absent. */
  cpus?: readonly [number, number] | undefined;
  /** Ends both sides. */
  signal?: AbortSignal | undefined;
}

/** What the stress test saw. */
export interface StressResult {
  /** Entries of both sides together. */
  entries: number;
  fences: Fences;
  between: Between;
  /** Times that a side was inside and found the other one there too. */
  violations: number;
}

/**
 * Stresses the bakery lock of `sync`: both sides enter as often as they can, and count how often they were not alone inside.
 *
 * With both fences there is no violation. Without one of them a load passes an older store, and both sides enter at once. On
 * one CPU that cannot be seen, since a processor's own loads see its stores.
 *
 * @param options how often, and with which fences
 * @throws {TypeError} {RangeError} when an option is not what it must be
 * @throws {CommunicationError} when a side is lost
 * @throws {UnsupportedError} (of `@paratune/native`) on another platform than Linux on x86-64
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { stressExclusion } from '@paratune/shm-bench';
 *
 * const { entries, violations } = await stressExclusion({ entries: 10_000 });
 * assert.deepEqual([entries, violations], [20_000, 0]);
 * ```
 */
export async function stressExclusion(options: StressOptions = {}): Promise<StressResult> {
  checkKeys(options, 'options', ['entries', 'fences', 'between', 'cpus', 'signal']);
  const { entries = 1e6, fences = 'both', between = 'threads', signal } = options;
  checkWhole(entries, 'entries', 1, 1e10);
  checkChoice(fences, 'fences', fenceChoices);
  checkChoice(between, 'between', betweens);
  const cpus = chosenCpus(options.cpus);
  const patience = { joinMs: 10_000, peerMs: 10_000 };
  const job = { benchmark: 'stress', implementation: 'x64', fences, messageBytes: 0, patience } as const;
  const meeting = await meet(between, cpus);
  const sides = await runSides(meeting, { ...job, warmUp: entries, iterations: 1, runs: 0 }, signal).finally(() =>
    meeting.close(),
  );
  const violations = sides.reduce((sum, side) => sum + side.violations, 0);
  return { entries: 2 * entries, fences, between, violations };
}
