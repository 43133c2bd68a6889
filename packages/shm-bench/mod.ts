/**
 * What it costs to pass control between threads, processes and guests: shared memory and sockets, from one variable to 1000 bytes.
 *
 * @module
 */
export { Bench, type MeasureOptions } from './bench.ts';
export {
  type Benchmark,
  type Between,
  benchmarks,
  betweens,
  type Fences,
  fences,
  type Implementation,
  implementations,
} from './benchmarks.ts';
export { Channel, type ChannelOptions, type TransferOptions } from './channel.ts';
export { CommunicationError, type CommunicationErrorKind } from './communication_error.ts';
export { measure } from './measure.ts';
export { type Measurement, measurementSchema, type Skipped, skippedSchema } from './measurement.ts';
export {
  type AttachRegionOptions,
  type CreateRegionOptions,
  SharedRegion,
  type WaitOptions,
} from './shared_region.ts';
export { experiment, type ShmContext, shmRecords } from './shm_records.ts';
export { type StressOptions, type StressResult, stressExclusion } from './stress_exclusion.ts';
