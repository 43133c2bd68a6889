import { type Guest, lastWords, type RunResult, whyFailed } from '@paratune/guest';
import * as v from 'valibot';
import { checkFinite, checkWhole } from './_check.ts';
import { driverFile } from './_driver_file.ts';
import { readyLine } from './_ready_line.ts';
import { maximumDimension } from './dimensions.ts';
import { type DriverResult, driverResultSchema } from './driver_result.ts';
import { expectedSeconds } from './expected_seconds.ts';

/** What one run of the driver multiplies. */
export interface DriverOptions {
  /** The matrix dimension. */
  n: number;
  /** Factor of the product; 1 when absent. */
  alpha?: number | undefined;
  /** Factor of the old C; 1 when absent. */
  beta?: number | undefined;
  /** Where the random numbers start, from 0 to 2^32 - 1; 0 when absent. */
  seed?: number | undefined;
  /** The run is killed after so many milliseconds; by default thirty seconds and eight times what is expected. */
  timeoutMs?: number | undefined;
}

/** What came of one run: what it measured, or the reason why it died or was wrong. */
export type DriverRun = { status: 'measured'; result: DriverResult } | { status: 'failed'; reason: string };

/**
 * What keeps the process small. Resident after the kernel is made, on Node 20, without the packing buffers: 76 MB, of which 43 MB
 * are pages of files and 33 MB its own.
 *
 * - `--max-semi-space-size=1`: the garbage of making the kernel stays in a nursery of 1 MB instead of 16; its own memory
 *   goes from 33 MB to 20.
 * - `--optimize-for-size`: the heap is collected before it grows; to 12 MB.
 * - `--v8-pool-size=0`: no worker threads of V8, which compile and collect on another CPU while the clock runs.
 *
 * The pages of files are dropped by the driver itself, 43 MB to 11 (see `_shrink.ts`). Without effect, so left out: `--max-lazy`,
 * `--single-threaded`, `--stack-size`, `--no-experimental-fetch`, MALLOC_ARENA_MAX, UV_THREADPOOL_SIZE. Not worth their cost:
 * `--jitless` and `--lite-mode` save 2 MB and fill matrices tens of times slower; a collection before the matrices saves 2 MB.
 */
const nodeFlags = ['--max-semi-space-size=1', '--optimize-for-size', '--v8-pool-size=0'];

/** Nothing of ours is inherited: NODE_OPTIONS, for one, would change what is measured. */
const environmentVariables = { LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'] };

/**
 * Runs the paper's driver once, in a process of its own in an environment: allocates A, B and C, fills them with random
 * numbers one after another, times one dgemm, reads the memory figures, checks entries of the result.
 *
 * @param guest a started environment
 * @param options what to multiply
 * @returns what was measured; or why there is nothing: out of memory, killed, timed out, a wrong result
 * @throws {TypeError} {RangeError} when an option is not what it must be
 * @throws {GuestError} when the environment itself dies
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { runDriver } from '@paratune/dgemm-driver';
 * import { start } from '@paratune/guest';
 *
 * const guest = await start({ kind: 'native' });
 * const run = await runDriver(guest, { n: 64 });
 * await guest.stop();
 * assert.ok(run.status === 'measured' && run.result.checkError <= 1);
 * ```
 */
export function runDriver(guest: Guest, options: DriverOptions): Promise<DriverRun> {
  return runDriverAtOnce(guest, options, undefined);
}

/** What drivers wait for that begin together. */
export interface Barrier {
  /** A file on this machine that every environment sees; drivers begin when it is there. */
  file: string;
  /** Called when the driver is ready to begin. */
  onReady: () => void;
  /** How many begin together, which takes each longer. */
  drivers: number;
}

/** The same, of a driver that begins together with others. */
export async function runDriverAtOnce(
  guest: Guest,
  options: DriverOptions,
  barrier: Barrier | undefined,
): Promise<DriverRun> {
  const { n, alpha = 1, beta = 1, seed = 0 } = options;
  checkWhole(n, 'n', 1, maximumDimension);
  checkFinite(alpha, 'alpha');
  checkFinite(beta, 'beta');
  checkWhole(seed, 'seed', 0, 2 ** 32 - 1);
  const expectedMs = 1000 * expectedSeconds(guest.name, n).seconds * (barrier?.drivers ?? 1);
  const timeoutMs = options.timeoutMs ?? 30_000 + 8 * expectedMs;
  let said = '';
  const outcome = await guest.run(
    process.execPath,
    [...nodeFlags, driverFile(), ...[n, alpha, beta, seed].map(String), ...(barrier ? [barrier.file] : [])],
    {
      ...{ env: environmentVariables, cwd: '/', timeoutMs },
      onOutput:
        barrier &&
        ((chunk, stream) => {
          if (stream === 'stderr' && (said += Buffer.from(chunk)).startsWith(`${readyLine}\n`)) barrier.onReady();
        }),
    },
  );
  const stderr = outcome.stderr.replace(`${readyLine}\n`, '');
  return judge({ ...outcome, stderr }, options.n, timeoutMs);
}

function judge(outcome: RunResult, n: number, timeoutMs: number): DriverRun {
  if (outcome.reason === 'timeout') return failed(`timed out after ${Math.round(timeoutMs / 1000)} s`);
  const failure = whyFailed(outcome);
  if (failure !== undefined) return failed(failure);
  const printed = parse(outcome.stdout);
  if (!printed.success) return failed(['printed no result', lastWords(outcome.stderr) ?? lastWords(outcome.stdout)]);
  const result = printed.output;
  if (result.n !== n) return failed(`printed the result of n = ${result.n}`);
  return { status: 'measured', result };
}

function parse(text: string) {
  try {
    return v.safeParse(driverResultSchema, JSON.parse(text));
  } catch {
    return { success: false } as const;
  }
}

function failed(parts: string | (string | undefined)[]): DriverRun {
  return { status: 'failed', reason: [parts].flat().filter(Boolean).join(': ') };
}
