/**
 * The monotonic clock, in nanoseconds from an arbitrary start.
 *
 * It never steps back, and works on every platform. As a number it is exact for 104 days of uptime (2^53 nanoseconds),
 * then good to 2 nanoseconds. In a user-mode Linux guest a reading costs a system call (about 7 microseconds): time
 * short pieces of code by `timestampCounter` there.
 *
 * @returns nanoseconds.
 * @example
 * ```ts
 * import { now } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * const start = now();
 * assert.ok(now() >= start);
 * ```
 */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e9 + nanoseconds;
}
