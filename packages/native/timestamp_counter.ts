import { load, type NativeFunction } from './load.ts';

// lfence; rdtsc; shl rdx, 32; or rax, rdx; cvtsi2sd xmm0, rax; ret
// The fence keeps earlier instructions from being counted late (Intel SDM volume 2, RDTSC).
const CODE = Uint8Array.of(
  ...[0x0f, 0xae, 0xe8],
  ...[0x0f, 0x31],
  ...[0x48, 0xc1, 0xe2, 0x20],
  ...[0x48, 0x09, 0xd0],
  ...[0xf2, 0x48, 0x0f, 0x2a, 0xc0],
  0xc3,
);

let read: NativeFunction<'double()'> | undefined;

/**
 * The processor's time-stamp counter, after all earlier instructions have ended.
 *
 * It counts at `timestampFrequency()`, whatever the clock rate of the core, and costs no system call, in a guest
 * either. As a number it is exact up to 2^53 ticks (a month of uptime), then good to 2 ticks.
 *
 * @returns ticks.
 * @throws {UnsupportedError} on another platform than Linux on x86-64, or where executable memory is forbidden.
 * @example
 * ```ts
 * import { timestampCounter, UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * try {
 *   const start = timestampCounter();
 *   assert.ok(timestampCounter() > start);
 * } catch (error) {
 *   if (!(error instanceof UnsupportedError)) throw error;
 * }
 * ```
 */
export function timestampCounter(): number {
  read ??= load(CODE, { signature: 'double()' });
  return read();
}
