import type { Record as Observation } from '@paratune/record';

/** A measurement that commands of the packages make in an environment: what is run, and how it becomes records. */
export interface Program {
  /** As in its records: experiment, and the metric and unit that stand for it when there is no value. */
  experiment: string;
  metric: string;
  unit: string;
  /** Factors that tell its records from those of another profile. */
  factors: Observation['factors'];
  /** How often it is run in every environment. */
  runs: number;
  /** The environments that it is run in; all that were asked for when absent. */
  environments?: readonly string[];
  /** What a run takes, starting the commands apart. */
  seconds: number;
  /** Whether its values are sizes or counts, which hold also where an emulator's clock makes times meaningless. */
  counted?: boolean;
  /** Command lines, one after another: the package whose command it is, and its arguments. Each prints one JSON value. */
  commands: readonly (readonly [command: string, ...args: string[]])[];
  /** The records of a run from what its commands printed. @throws when that is not what it must be */
  records(printed: readonly unknown[], context: ProgramContext): Observation[];
}

/** What the records of a run need beside its result. */
export interface ProgramContext {
  environment: string;
  run: number;
  identity: string;
}
