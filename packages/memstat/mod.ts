/**
 * Resident memory, page faults and swapping of a process and of its system, read from Linux's /proc.
 *
 * @module
 */
export { type KernelMemory, kernelMemory } from './kernel_memory.ts';
export { MemstatError, type MemstatErrorKind, type MemstatErrorOptions } from './memstat_error.ts';
export { type ProcessMemory, processMemory } from './process_memory.ts';
export {
  type MemoryPeaks,
  type MemorySample,
  type MemorySeries,
  type SampleOptions,
  sample,
} from './sample.ts';
export { type SystemMemory, systemMemory } from './system_memory.ts';
