import {
  type Arrangement,
  type ConcurrentRun,
  type ConcurrentSweepOptions,
  expectedSeconds,
  missingConcurrentRuns,
  type Series,
  sweepConcurrently,
} from '@paratune/dgemm-driver';
import { parseEnvironment } from '@paratune/guest';
import { affinity } from '@paratune/native';
import type { Measurement, PlanSetting } from './_experiment.ts';

/** What is swept at once. */
type Sweep = Pick<ConcurrentSweepOptions, 'arrangements' | 'series'>;

/** An environment by its kind and memory. */
interface Held {
  kind: string;
  memoryMiB: number;
}

/** Of each kind that was asked for with some memory, the one that has least: matrices outgrow it first. */
function smallest(environments: readonly string[]): Held[] {
  const found = new Map<string, Held>();
  for (const name of environments) {
    const { kind, memory } = parseEnvironment(name);
    const memoryMiB = Number.parseInt(String(memory), 10);
    if (memory !== undefined && memoryMiB < (found.get(kind)?.memoryMiB ?? Number.POSITIVE_INFINITY)) {
      found.set(kind, { kind, memoryMiB });
    }
  }
  return [...found.values()];
}

/**
 * The arrangements of Figure 16: two drivers in one environment of twice the memory, against two environments. A guest of user-mode Linux
 * has one CPU, so that beside its two stand two processes of this machine, held to the memory of both by a control group.
 */
export function pairs(environments: readonly string[]): Arrangement[] {
  const held = smallest(environments);
  const shared = new Set(held.map(({ kind, memoryMiB }) => `${kind === 'uml' ? 'native' : kind}-${2 * memoryMiB}`));
  return [
    ...[...shared].map((environment) => ({ environment, drivers: 2, apart: false })),
    ...held.map(({ kind, memoryMiB }) => ({ environment: `${kind}-${memoryMiB}`, drivers: 2, apart: true })),
  ];
}

/** Processes of the machine as it is, and as many environments of their own of each kind. */
export function crowds(environments: readonly string[], drivers: number): Arrangement[] {
  const plain = environments.filter((name) => name === 'native');
  return [
    ...plain.map((environment) => ({ environment, drivers, apart: false })),
    ...smallest(environments).map(({ kind, memoryMiB }) => ({
      ...{ environment: `${kind}-${memoryMiB}`, drivers, apart: true },
    })),
  ];
}

/** One number of drivers after another: with all at once, too many environments would be up. */
function sweepsOf({ profile, environments }: PlanSetting): Sweep[] {
  if (!profile.concurrent) return [];
  const { series, counts, crowd } = profile.concurrent;
  const wanted: [Arrangement[], readonly Series[]][] = [
    [pairs(environments), series],
    ...counts.map((drivers): [Arrangement[], readonly Series[]] => [crowds(environments, drivers), crowd]),
  ];
  return wanted
    .filter(([arrangements]) => arrangements.length > 0)
    .map(([arrangements, series]) => ({ arrangements, series }));
}

/** What a run may take: CPUs are shared where there are too few, and so is the memory of one environment. */
function secondsOf({ arrangement: { environment, drivers, apart }, n }: ConcurrentRun, cpus: number): number {
  const { kind, memory } = parseEnvironment(environment);
  const share =
    memory === undefined || apart ? environment : `${kind}-${Number.parseInt(String(memory), 10) / drivers}`;
  return expectedSeconds(share, n).seconds * Math.ceil(drivers / Math.min(cpus, drivers));
}

const named = ({ arrangement: { environment, drivers, apart }, n, run }: ConcurrentRun) =>
  `${drivers} ${apart ? 'x' : 'in'} ${environment} n = ${n} run ${run}`;

/** Section 6: several drivers that begin together, for Figure 16. */
export const concurrentSweep: Measurement = {
  name: 'concurrent-drivers',

  plan(setting) {
    const cpus = affinity().length;
    const sweeps = sweepsOf(setting).map((sweep) => {
      const missing = missingConcurrentRuns({ store: setting.store, ...sweep });
      const starts = new Set(missing.map(({ arrangement }) => arrangement));
      const starting = [...starts].reduce(
        (sum, { environment, drivers, apart }) =>
          sum + expectedSeconds(environment, 1).startSeconds * (apart ? Math.ceil(drivers / cpus) : 1),
        0,
      );
      const running = missing.reduce((sum, run) => sum + secondsOf(run, cpus), 0);
      const total =
        sweep.arrangements.length *
        sweep.series.reduce((sum, { dimensions, runs }) => sum + dimensions.length * runs, 0);
      return { total, missing: missing.length, seconds: starting + running };
    });
    const sum = (of: 'total' | 'missing' | 'seconds') => sweeps.reduce((total, sweep) => total + sweep[of], 0);
    return { total: sum('total'), missing: sum('missing'), seconds: sum('seconds') };
  },

  async run(setting, { signal, onProgress }) {
    // Each arrangement has environments of its own, in which nothing ran, and the machine for itself.
    await setting.pool.stop();
    const { total, seconds } = this.plan(setting);
    const started = performance.now();
    const outcome = { measured: 0, failed: 0, skipped: [] as { environment: string; reason: string }[] };
    let done = 0;
    for (const sweep of sweepsOf(setting)) {
      if (signal.aborted) break;
      const summary = await sweepConcurrently({
        ...{ store: setting.store, ...sweep, signal },
        onProgress(progress) {
          const secondsLeft = Math.max(1, seconds - (performance.now() - started) / 1000);
          onProgress({ done: done + progress.done, total, secondsLeft, text: named(progress.run) });
        },
      });
      done += summary.total;
      outcome.measured += summary.measured;
      outcome.failed += summary.failed;
      for (const { arrangement, reason } of summary.skipped) {
        outcome.skipped.push({ environment: arrangement.environment, reason });
      }
    }
    onProgress({ done, total, secondsLeft: 0, text: 'measured' });
    return outcome;
  },
};
