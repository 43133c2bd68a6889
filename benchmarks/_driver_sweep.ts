import { expectedSeconds, missingRuns, type PlannedRun, plan, type SweepEvent, sweep } from '@paratune/dgemm-driver';
import type { Measurement, Progress } from './_experiment.ts';

const named = ({ environment, n, run }: PlannedRun) => `${environment} n = ${n} run ${run}`;

function inWords(progress: SweepEvent): Pick<Progress, 'text' | 'merit' | 'important'> {
  if (progress.event === 'waits') return { text: progress.message, important: true };
  if (progress.event === 'begins') return { text: named(progress.run) };
  const { run, outcome } = progress;
  if (outcome.status === 'failed') return { text: `${named(run)} failed: ${outcome.reason}`, important: true };
  return { text: named(run), merit: `${Math.round(outcome.result.mflops).toLocaleString('en')} Mflops, ${named(run)}` };
}

/** Section 5's sweep of the DGEMM driver, from which Figures 8 and 10 to 13 are drawn. */
export const driverSweep: Measurement = {
  name: 'dgemm-driver',

  plan({ store, profile, environments }) {
    const missing = missingRuns({ store, environments, series: profile.driver });
    const starts = [...new Set(missing.map(({ environment }) => environment))];
    const seconds =
      missing.reduce((sum, { environment, n }) => sum + expectedSeconds(environment, n).seconds, 0) +
      starts.reduce((sum, environment) => sum + expectedSeconds(environment, 1).startSeconds, 0);
    return { total: plan(environments, profile.driver).length, missing: missing.length, seconds };
  },

  async run({ store, profile, environments, pool }, { signal, onProgress, between }) {
    // Memory is what it is about: it has environments of its own, in which nothing ran, and the machine for itself.
    await pool.stop();
    return await sweep({
      store,
      environments,
      series: profile.driver,
      signal,
      onProgress: async (progress) => {
        onProgress({ ...progress, ...inWords(progress) });
        if (progress.event === 'ended') await between?.();
      },
    });
  },
};
