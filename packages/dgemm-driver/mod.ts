/**
 * The paper's DGEMM driver (Section 5): one process a run, its rate and its memory against the dimension, in any environment.
 *
 * @module
 */
export { type DimensionRange, dimensions, maximumDimension } from './dimensions.ts';
export { driverRecords, experiment, metrics, type RunContext, skippedRecord } from './driver_records.ts';
export { type DriverResult, driverResultSchema } from './driver_result.ts';
export { expectedSeconds } from './expected_seconds.ts';
export { type PlannedRun, plan, type Series } from './plan.ts';
export { runConcurrently } from './run_concurrently.ts';
export { type DriverOptions, type DriverRun, runDriver } from './run_driver.ts';
export { paperTlb, simulateTlb, type TlbGeometry, type TlbMisses } from './simulate_tlb.ts';
export {
  missingRuns,
  type SweepEvent,
  type SweepOptions,
  type SweepProgress,
  type SweepStore,
  type SweepSummary,
  sweep,
} from './sweep.ts';
export {
  type Arrangement,
  type ConcurrentRun,
  type ConcurrentSweepOptions,
  type ConcurrentSweepSummary,
  concurrentExperiment,
  missingConcurrentRuns,
  sweepConcurrently,
} from './sweep_concurrently.ts';
export {
  missingTlbRuns,
  sweepTlb,
  type TlbSweepOptions,
  type TlbSweepSummary,
  tlbExperiment,
} from './sweep_tlb.ts';
export { Tlb } from './tlb.ts';
