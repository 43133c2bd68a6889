import { type Store, StoreError } from '@paratune/record';
import { ReportError, type RunProgress, type WrittenReport, writeReport } from '@paratune/report';
import type { Measurement, PlanSetting, Setting } from './_experiment.ts';

/** Writing while the run goes on may take this part of its time. */
const share = 0.05;

/** What a report is written of. */
export interface LiveReportOptions {
  setting: Setting;
  /** What the run is for. */
  measurements: readonly Measurement[];
  /** The folder that it is written into. */
  output: string;
  /** The command that measures all of it. */
  command: string;
}

/** The report of a run, written again and again while it goes on: whole for what has finished, and saying that more comes. */
export class LiveReport {
  readonly #options: LiveReportOptions;
  /** When the next may be written. */
  #due = 0;

  constructor(options: LiveReportOptions) {
    this.#options = options;
  }

  /** Writes it as it is now, unless that was done a moment ago: between two observations. `always` does not look at the clock. */
  async refresh(always = false): Promise<void> {
    const begin = performance.now();
    if (!always && begin < this.#due) return;
    try {
      await this.#write('running');
    } catch (error) {
      // What is measured counts more; the end of the run says what is wrong with the folder.
      if (!(error instanceof ReportError || error instanceof StoreError)) throw error;
    }
    const end = performance.now();
    this.#due = end + (end - begin) / share;
  }

  /** Writes it for the last time, with every figure as PNG too. @throws {ReportError} when it cannot be written */
  finish(interrupted: boolean): Promise<WrittenReport> {
    return this.#write(interrupted ? 'stopped' : undefined);
  }

  async #write(state: RunProgress['state'] | undefined): Promise<WrittenReport> {
    const { setting, measurements, output, command } = this.#options;
    const store = snapshot(setting.store);
    const progress = state && progressOf(state, measurements, { ...setting, store });
    return await writeReport({ store: store.read(), output, command, images: state !== 'running', progress });
  }
}

/** A store whose contents are read once. */
export function snapshot(store: Store): Pick<Store, 'read'> {
  const contents = store.read();
  return { read: () => contents };
}

function progressOf(
  state: RunProgress['state'],
  measurements: readonly Measurement[],
  setting: PlanSetting,
): RunProgress {
  const plans = measurements
    .map((measurement) => ({ name: measurement.name, ...measurement.plan(setting) }))
    .filter(({ total }) => total > 0);
  const sum = (of: (plan: (typeof plans)[number]) => number) => plans.reduce((total, plan) => total + of(plan), 0);
  const names = (open: boolean) => plans.filter(({ missing }) => missing > 0 === open).map(({ name }) => name);
  const total = sum((plan) => plan.total);
  return { state, done: total - sum((plan) => plan.missing), total, finished: names(false), open: names(true) };
}
