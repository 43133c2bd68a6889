/**
 * The floor of Paratune: executable memory, page-aligned arrays, CPU pinning, clocks and the processor's description
 * for Node on Linux x86-64, with no addon to build.
 *
 * @module
 */
export { addressOf } from './address_of.ts';
export { adviseHuge } from './advise_huge.ts';
export { affinity } from './affinity.ts';
export { type AllocateOptions, allocate, type NativeArray, type NativeArrayConstructor } from './allocate.ts';
export { bind } from './bind.ts';
export { commonMemory } from './common_memory.ts';
export { type CounterEvent, type CounterReading, type Counters, counters } from './counters.ts';
export { firstCpu } from './first_cpu.ts';
export { free } from './free.ts';
export {
  type LoadOptions,
  load,
  type NativeArguments,
  type NativeFunction,
  type NativeParameter,
  type NativeResult,
  type NativeSignature,
} from './load.ts';
export { now } from './now.ts';
export { pin } from './pin.ts';
export { type Cache, type InstructionSet, type Processor, processor } from './processor.ts';
export { type ResourceUsage, resourceUsage } from './resource_usage.ts';
export { startThread } from './start_thread.ts';
export { SystemError } from './system_error.ts';
export { timestampCounter } from './timestamp_counter.ts';
export { timestampFrequency } from './timestamp_frequency.ts';
export { UnsupportedError, type UnsupportedErrorOptions } from './unsupported_error.ts';
