/**
 * The parameters that kernels run fastest with on a machine, found by timing them.
 *
 * @module
 */
export { compareTimes, type PairOfTimes, type Verdict } from './compare_times.ts';
export { diffTunings, type TuningDifference } from './diff_tunings.ts';
export { type Line, lineSearch, type Outcome } from './line_search.ts';
export { type MachineFacts, machineFacts } from './machine_facts.ts';
export { type MeasureOptions, measureRoutines, type RoutineRate } from './measure_routines.ts';
export {
  defaultBudget,
  type TunedRoutine,
  type TuneOptions,
  type TuneProgress,
  tune,
  tunedRoutines,
} from './tune.ts';
export {
  candidateOf,
  candidateRecord,
  experiment,
  rateRecords,
  type TuneContext,
  tuneRecords,
} from './tune_records.ts';
export {
  type Candidate,
  type Confirmation,
  type Parameters,
  type TuneResult,
  tuneResultSchema,
} from './tune_result.ts';
