import * as v from 'valibot';

const count = v.pipe(v.number(), v.finite(), v.minValue(0));

/**
 * What one process of the driver prints: the schema, and the one definition of {@linkcode DriverResult}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { driverResultSchema } from '@paratune/dgemm-driver';
 *
 * assert.ok('seconds' in driverResultSchema.entries);
 * ```
 */
export const driverResultSchema = v.strictObject({
  version: v.literal(1),
  /** The matrix dimension. */
  n: v.pipe(count, v.integer()),
  /** Time of the one multiplication. */
  seconds: v.pipe(count, v.gtValue(0)),
  /** 2 n^3 operations in that time, in millions a second. */
  mflops: count,
  /** Resident set before the matrices: Node itself, the library and its buffers. */
  baselineBytes: count,
  /** Resident set after the multiplication. */
  residentBytes: count,
  /** Largest resident set from start to then. */
  peakResidentBytes: count,
  /** Page faults of the whole process until then, as the paper counts them. */
  minorFaults: count,
  majorFaults: count,
  /** Of this process in swap after the multiplication. */
  processSwapBytes: count,
  /** Swap in use of the whole system after the multiplication, as `free` shows it. */
  systemSwapBytes: count,
  /** Pages of the whole system swapped between the start of the process and the end of the multiplication. */
  pagesSwappedIn: count,
  pagesSwappedOut: count,
  /** Misses of the TLBs during the multiplication, in user mode, where the hardware counts them; else null. */
  dataTlbMisses: v.nullable(count),
  instructionTlbMisses: v.nullable(count),
  /** Largest error of the entries checked, as a part of what rounding allows: right when at most 1. */
  checkError: count,
  /** The code that multiplied, such as `x64 avx512`. */
  backend: v.string(),
});

/** What one process of the driver measured. */
export type DriverResult = v.InferOutput<typeof driverResultSchema>;
