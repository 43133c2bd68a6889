import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guest } from '@paratune/guest';
import { runDriverAtOnce } from './_run_driver.ts';
import type { DriverOptions, DriverRun } from './run_driver.ts';

/** A folder of this machine that guests see as it is, at once: their /tmp is their own. */
const meetingPlace = '/var/tmp';

/**
 * Runs a driver in each of several environments, or several in one that stands there several times, as Section 6 of the paper does: all
 * fill their matrices, wait for each other, and multiply at once. Driver i starts its random numbers at `seed + i`.
 *
 * @param guests started environments, one for each driver
 * @param options what each multiplies
 * @returns what came of each, in order; a driver that dies before all are ready keeps nobody waiting
 * @throws {TypeError} {RangeError} when an option is not what it must be, or there is no environment
 * @throws {GuestError} when an environment itself dies
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { runConcurrently } from '@paratune/dgemm-driver';
 * import { start } from '@paratune/guest';
 *
 * const guest = await start({ kind: 'native' });
 * const runs = await runConcurrently([guest, guest], { n: 64 });
 * await guest.stop();
 * assert.ok(runs.every(({ status }) => status === 'measured'));
 * ```
 */
export async function runConcurrently(guests: readonly Guest[], options: DriverOptions): Promise<DriverRun[]> {
  if (!Array.isArray(guests)) throw new TypeError(`'guests' must be an array of environments, got ${typeof guests}`);
  if (guests.length === 0) throw new RangeError("'guests' must not be empty");
  const folder = mkdtempSync(join(meetingPlace, 'paratune-'));
  const file = join(folder, 'begin');
  const waiting = new Set(guests.keys());
  const arrived = (driver: number) => {
    if (waiting.delete(driver) && waiting.size === 0) writeFileSync(file, '');
  };
  try {
    // All are waited for, also when an environment dies: the others must not run on.
    const outcomes = await Promise.allSettled(
      guests.map((guest, driver) => {
        const given = { ...options, seed: ((options.seed ?? 0) + driver) % 2 ** 32 };
        const barrier = { file, drivers: guests.length, onReady: () => arrived(driver) };
        return runDriverAtOnce(guest, given, barrier).finally(() => arrived(driver));
      }),
    );
    return outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
