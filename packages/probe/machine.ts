import * as v from 'valibot';

const number = v.pipe(v.number(), v.finite());
const size = v.pipe(number, v.minValue(0));

/** A value measured by timing, what the system says, and whether the two are the same; null is for what is not known. */
const checked = <Value extends v.GenericSchema>(value: Value) =>
  v.strictObject({ value: v.nullable(value), reported: v.nullable(value), agrees: v.nullable(v.boolean()) });

const isa = v.picklist(['scalar', 'sse2', 'avx2', 'avx512']);
const precision = v.picklist(['double', 'single']);

/**
 * The schema of a {@linkcode Machine}, and the one definition of it: the type is inferred from here.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { machineSchema } from '@paratune/probe';
 *
 * assert.deepEqual(Object.keys(machineSchema.entries.lineBytes.entries), ['value', 'reported', 'agrees']);
 * ```
 */
export const machineSchema = v.strictObject({
  version: v.literal(1),
  /** When the probe ended, ISO 8601. */
  time: v.pipe(v.string(), v.isoTimestamp()),
  /** How long it took. */
  seconds: size,
  /** As CPUID names it. */
  processor: v.string(),
  /** Core cycles a nanosecond while it was measured: the median over all samples. */
  gigahertz: size,
  /** Caches. The last level is told to the nearest power of two: where others share it, it has no sharper end. */
  l1DataBytes: checked(size),
  l2Bytes: checked(size),
  lastLevelBytes: checked(size),
  lineBytes: checked(size),
  /** What the system maps memory by. */
  pageBytes: checked(size),
  /** Entries of the first and second level of the TLB, for data in such pages. */
  dtlbEntries: checked(size),
  stlbEntries: checked(size),
  /** Cycles from the start of an operation on full vectors of doubles to that of one that waits for it. */
  addCycles: checked(size),
  mulCycles: checked(size),
  fmaCycles: checked(size),
  /** Values that stay in registers; of the integer registers the stack pointer holds none. */
  fpRegisters: checked(size),
  integerRegisters: checked(size),
  /** Whether multiply-add is one operation: there is one, and it is over sooner than a multiplication and then an addition. */
  muladd: checked(v.boolean()),
  /** Instructions that begin in a cycle, at most. */
  issueRate: checked(size),
  /** The largest of `rates` in double precision. */
  peakMflops: checked(size),
  /** Multiply-adds on registers, by instruction set and precision; `mflops` is the median of the repetitions. */
  rates: v.array(v.strictObject({ isa, precision, mflops: size, repetitions: v.array(size) })),
  pipelines: v.array(
    v.strictObject({
      operation: v.picklist(['add', 'multiply', 'fma']),
      width: v.picklist(['scalar', 'vector']),
      cycles: size,
    }),
  ),
  /** Latency of a load and bandwidth of loads in order, from well inside each level. */
  levels: v.array(
    v.strictObject({
      level: v.picklist(['l1Data', 'l2', 'lastLevel', 'memory']),
      cycles: size,
      nanoseconds: size,
      gigabytesPerSecond: size,
    }),
  ),
  /** What the values were concluded from: `points` are pairs of x and y, `x` names the first, `name` and `unit` are of the second. */
  curves: v.array(
    v.strictObject({
      name: v.string(),
      unit: v.string(),
      x: v.string(),
      factors: v.record(v.string(), v.string()),
      points: v.array(v.tuple([number, number])),
    }),
  ),
});

/** What a probe found. */
export type Machine = v.InferOutput<typeof machineSchema>;

/** A curve of a {@linkcode Machine}. */
export type MachineCurve = Machine['curves'][number];
