import { GuestError, parseEnvironment } from '@paratune/guest';
import { identify, type Record as Observation, observationKey } from '@paratune/record';
import {
  Bench,
  type Between,
  benchmarks,
  CommunicationError,
  experiment,
  type Implementation,
  type MeasureOptions,
  type Skipped,
  shmRecords,
} from '@paratune/shm-bench';
import type { Measurement, PlanSetting } from './_experiment.ts';

/** The machine: communication is measured on it, also that between its guests. */
const environment = 'native';

/** What is measured: one benchmark, between two sides, by one kind of loop. */
interface Planned extends Pick<MeasureOptions, 'benchmark' | 'between'> {
  implementation: Implementation;
  iterations: number;
  runs: number;
}

/** Of an iteration in the slowest arrangement, and of starting what is needed. */
const [memorySeconds, socketSeconds, startSeconds, guestsSeconds] = [1.5e-6, 150e-6, 0.5, 5];

function planOf({ profile: { communication }, environments }: PlanSetting): Planned[] {
  if (!communication || !environments.includes(environment)) return [];
  const { runs, iterations, tcpIterations } = communication;
  const guests = environments.some((name) => parseEnvironment(name).kind === 'uml');
  const betweens: Between[] = ['threads', 'processes', ...(guests ? (['host-uml', 'uml-uml'] as const) : [])];
  return betweens.flatMap((between) =>
    benchmarks.flatMap((benchmark): Planned[] =>
      benchmark === 'tcp'
        ? [{ benchmark, between, implementation: 'x64', iterations: tcpIterations, runs }]
        : (['x64', 'js'] as const).map((implementation) => ({ benchmark, between, implementation, iterations, runs })),
    ),
  );
}

function secondsOf({ benchmark, iterations, runs }: Planned): number {
  return startSeconds + runs * iterations * (benchmark === 'tcp' ? socketSeconds : memorySeconds);
}

const named = ({ benchmark, between, implementation }: Planned) =>
  `${benchmark} between ${between}${implementation === 'js' ? ' in JavaScript' : ''}`;

function missingOf(setting: PlanSetting): { planned: Planned[]; missing: Planned[] } {
  const planned = planOf(setting);
  const held = setting.store.read().records.filter((record) => record.experiment === experiment);
  const holds = ({ benchmark, between, implementation, iterations }: Planned) =>
    held.some(
      ({ status, metric, factors }) =>
        status !== 'skipped' &&
        metric === (implementation === 'js' ? 'jsIterationNanoseconds' : 'iterationNanoseconds') &&
        factors['benchmark'] === benchmark &&
        factors['between'] === between &&
        factors['iterations'] === iterations,
    );
  return { planned, missing: planned.filter((one) => !holds(one)) };
}

/** Section 7: control passed to and fro, for Table 6. */
export const communication: Measurement = {
  name: 'communication',

  plan(setting) {
    const { planned, missing } = missingOf(setting);
    const running = missing.reduce((sum, one) => sum + secondsOf(one), 0);
    const guests = new Set(missing.map(({ between }) => between).filter((between) => between.includes('uml'))).size;
    return { total: planned.length, missing: missing.length, seconds: running + guests * guestsSeconds };
  },

  async run(setting, { signal, onProgress, between }) {
    const { store, pool } = setting;
    const { planned, missing } = missingOf(setting);
    const outcome = { measured: 0, failed: 0, skipped: [] as { environment: string; reason: string }[] };
    const { guest } = await pool.get(environment);
    const context = { environment, run: 0, identity: store.addIdentity(identify({ ...guest.facts })) };
    // Both sides have a CPU for themselves.
    await pool.stop();
    const known = new Set(
      store.read().records.flatMap((record) => ('reason' in record ? observationKey(record) + record.reason : [])),
    );
    const bench = new Bench();
    let merit: string | undefined;
    try {
      for (const [index, one] of missing.entries()) {
        if (signal.aborted) break;
        const secondsLeft = missing.slice(index).reduce((sum, each) => sum + secondsOf(each), 0);
        const done = planned.length - missing.length + index;
        const report = (text: string, important = false) =>
          onProgress({ done, total: planned.length, secondsLeft, text, important, ...(merit && { merit }) });
        report(named(one));
        try {
          const measured = await bench.measure({ ...one, signal });
          store.append(shmRecords(measured, context));
          outcome.measured++;
          merit = `${Math.round(measured.mean)} ns, ${named(one)}`;
          await between?.();
        } catch (error) {
          if (!(error instanceof CommunicationError || error instanceof GuestError)) throw error;
          if (signal.aborted) break;
          const reason = error instanceof GuestError ? error.summary : error.message;
          const failed = error.kind !== 'unavailable';
          const records = reasons(one, reason, failed, context);
          store.append(records.filter((record) => !known.has(observationKey(record) + reason)));
          if (failed) outcome.failed++;
          else outcome.skipped.push({ environment: named(one), reason });
          report(`${named(one)} ${failed ? 'failed' : 'skipped'}: ${reason}`, true);
        }
      }
      return outcome;
    } finally {
      await bench.close();
    }
  },
};

/** Says of a measurement why there is none. */
function reasons(
  one: Planned,
  reason: string,
  failed: boolean,
  context: Parameters<typeof shmRecords>[1],
): Observation[] {
  const { benchmark, between, implementation, iterations } = one;
  const skipped: Skipped = { version: 1, benchmark, between, implementation, skipped: reason };
  return shmRecords(skipped, context).map((record) => ({
    ...record,
    ...(failed ? { status: 'failed' as const, factors: { ...record.factors, iterations } } : {}),
  })) as Observation[];
}
