import { cpuid } from './_cpuid.ts';
import { lastErrno, libc } from './_libc.ts';
import { SystemError } from './system_error.ts';
import { timestampCounter } from './timestamp_counter.ts';

const CLOCK_MONOTONIC_RAW = 4;
const MEASURED_MILLISECONDS = 30;

/** CPUID leaf 0x15 where it gives all three numbers (Intel SDM volume 2, CPUID): exact, and free. */
function statedFrequency(): number | undefined {
  // A hypervisor may scale the counter, and pass on the leaf of the processor that it runs on.
  const virtual = cpuid(1).ecx >>> 31 === 1;
  if (virtual || cpuid(0).eax < 0x15) return undefined;
  const { eax: denominator, ebx: numerator, ecx: crystalHertz } = cpuid(0x15);
  return denominator && numerator && crystalHertz ? (crystalHertz * numerator) / denominator : undefined;
}

const timespec = new BigInt64Array(2);

/** One reading of both clocks: of a few, the one that took least, since no interrupt came between. */
function readBoth(): { ticks: number; nanoseconds: bigint } {
  let best = { ticks: 0, nanoseconds: 0n };
  let narrowest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 8; attempt++) {
    const before = timestampCounter();
    if (libc('clock_gettime', 'the monotonic clock')(CLOCK_MONOTONIC_RAW, timespec) !== 0) {
      throw new SystemError('clock_gettime', lastErrno(), 'cannot read the monotonic clock');
    }
    const after = timestampCounter();
    if (after - before < narrowest) {
      narrowest = after - before;
      best = { ticks: (before + after) / 2, nanoseconds: timespec[0]! * 1_000_000_000n + timespec[1]! };
    }
  }
  return best;
}

function measuredFrequency(): number {
  readBoth(); // the first call binds the functions, which takes long
  const start = readBoth();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MEASURED_MILLISECONDS);
  const end = readBoth();
  return ((end.ticks - start.ticks) * 1e9) / Number(end.nanoseconds - start.nanoseconds);
}

let frequency: number | undefined;

/**
 * The frequency of the time-stamp counter, in hertz.
 *
 * A processor that states it exactly (CPUID leaf 0x15 with the crystal's frequency, and no hypervisor below) is
 * believed; elsewhere it is measured against CLOCK_MONOTONIC_RAW over 30 ms, asleep, to about 0.001 % (0.02 % in a
 * user-mode Linux guest, whose clock is slow to read). Leaf 0x16 is not used: its nominal megahertz are farther off
 * than the measurement. The first call's answer is kept.
 *
 * @returns ticks a second.
 * @throws {UnsupportedError} on another platform than Linux on x86-64, or where executable memory is forbidden.
 * @throws {SystemError} if the monotonic clock cannot be read.
 * @example
 * ```ts
 * import { timestampFrequency, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const hertz = timestampFrequency();
 *   assert.ok(hertz > 1e8 && hertz < 1e10);
 *   assert.equal(timestampFrequency(), hertz);
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function timestampFrequency(): number {
  frequency ??= statedFrequency() ?? measuredFrequency();
  return frequency;
}
