import type { GemmTuning } from './configure.ts';
import type { Tuning } from './tuning.ts';

/** Where a configuration takes its parameters from. */
export type TuningChoice = 'auto' | 'default' | Readonly<GemmTuning> | Tuning;

/** Whether it is a whole tuning and not some parameters by hand. */
export function isTuning(choice: TuningChoice): choice is Tuning {
  return typeof choice === 'object' && 'version' in choice;
}

/** The parameters by hand, if that is what was chosen. */
export function byHand(choice: TuningChoice): Readonly<GemmTuning> {
  return typeof choice === 'string' || isTuning(choice) ? {} : choice;
}
