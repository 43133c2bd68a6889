import type { GuestPool } from '@paratune/guest';
import type { Store } from '@paratune/record';
import type { Profile } from './profiles.ts';

/** One figure or table of the paper. */
export interface Experiment {
  /** As in the script's name and on the command line: `figure-12`. */
  id: string;
  /** Section of the paper. */
  section: string;
  /** What is shown against what. */
  title: string;
  /** What is varied. */
  factors: readonly string[];
  /** The metrics, among those that the measurement records, that it is drawn from. */
  metrics: readonly string[];
  /** Where its records come from. Experiments with the same measurement share its observations: none is run twice. */
  measurement: Measurement;
}

/** Something that is run for one experiment or several. */
export interface Measurement {
  /** As in its records. */
  name: string;
  /** What is there to be done: observations that the profile asks for, those that the store lacks, the time these may take. */
  plan(setting: PlanSetting): { total: number; missing: number; seconds: number };
  /** Makes the missing observations. */
  run(setting: Setting, control: Control): Promise<Outcome>;
}

/** What a measurement is planned for: it reads the store only. */
export type PlanSetting = Omit<Setting, 'store' | 'pool'> & { store: Pick<Store, 'read'> };

/** What a measurement is run for. */
export interface Setting {
  store: Store;
  profile: Profile;
  environments: readonly string[];
  /** Environments that measurements share, as long as what one leaves there does not touch the next. */
  pool: GuestPool;
}

/** How a measurement is told to stop, and how it tells how far it is. */
export interface Control {
  signal: AbortSignal;
  onProgress(progress: Progress): void;
  /** Called between observations, when nothing is measured, and awaited: what there is may be reported. */
  between?(): Promise<void>;
}

/** How far a measurement is. */
export interface Progress {
  done: number;
  total: number;
  secondsLeft: number;
  /** What is being done or was just seen, in a few words. */
  text: string;
  /** The figure of merit of the last observation, with its unit. */
  merit?: string;
  /** Whether it must be seen even where lines are few. */
  important?: boolean;
}

/** What a measurement did. */
export interface Outcome {
  measured: number;
  failed: number;
  /** Environments that could not be used, and why. */
  skipped: { environment: string; reason: string }[];
}
