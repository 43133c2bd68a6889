import { type Guest, lastWords, type RunResult, whyFailed } from '@paratune/guest';
import * as v from 'valibot';
import { checkFinite, checkWhole } from './_check.ts';
import { driverFile } from './_driver_file.ts';
import { readyLine } from './_ready_line.ts';
import { maximumDimension } from './dimensions.ts';
import { driverResultSchema } from './driver_result.ts';
import { expectedSeconds } from './expected_seconds.ts';
import type { DriverOptions, DriverRun } from './run_driver.ts';

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

/** What drivers wait for that begin together. */
export interface Barrier {
  /** A file on this machine that every environment sees; drivers begin when it is there. */
  file: string;
  /** Called when the driver is ready to begin. */
  onReady: () => void;
  /** How many begin together, which takes each longer. */
  drivers: number;
}

/** Runs the driver once; behind a barrier it begins together with others. */
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
