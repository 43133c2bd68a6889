import { expectedSeconds, missingRuns, type PlannedRun, plan, sweep } from '@paratune/dgemm-driver';
import { affinity } from '@paratune/native';
import type { Measurement } from './_experiment.ts';

const named = ({ environment, n, run }: PlannedRun) => `${environment} n = ${n} run ${run}`;

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

  async run({ store, profile, environments }, { signal, onProgress }) {
    return await sweep({
      store,
      environments,
      series: profile.driver,
      cpu: affinity()[0],
      signal,
      onProgress({ done, total, secondsLeft, next, last }) {
        if (last?.outcome.status === 'failed') {
          const text = `${named(last)} failed: ${last.outcome.reason}`;
          onProgress({ done, total, secondsLeft, text, important: true });
        } else if (last !== undefined) {
          const rate = Math.round((last.outcome as Extract<typeof last.outcome, { result: unknown }>).result.mflops);
          onProgress({ done, total, secondsLeft, text: `${named(last)}: ${rate.toLocaleString('en')} Mflops` });
        } else if (next !== undefined) {
          onProgress({ done, total, secondsLeft, text: named(next) });
        }
      },
    });
  },
};
