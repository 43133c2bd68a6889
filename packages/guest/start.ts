import { isAbsolute } from 'node:path';
import { checkKeys, checkMilliseconds, checkRun, checkSpec, nameOf, show } from './_check.ts';
import { Keeper } from './_keeper.ts';
import { type Lack, LackError } from './_kind.ts';
import { kindOf } from './_kinds.ts';
import { Output } from './_process.ts';
import type { GuestSpec } from './environment.ts';
import type { Guest, RunResult } from './guest.ts';
import { GuestError } from './guest_error.ts';

/** How {@linkcode start} starts an environment. */
export interface StartOptions {
  /** How long it may take to get ready, in milliseconds; 30 s when absent, 120 s for kind `'qemu'`, 3 and 4 min for Xen's. Fetching its kernel does not count. */
  bootTimeoutMs?: number | undefined;
  /**
   * How long a guest in which a command runs may give no sign of life, or take to kill a command, before it counts as
   * hung, in milliseconds; 60 s when absent, since one that swaps hard is slow to answer.
   */
  hangMs?: number | undefined;
  /** Called with a sentence when something takes long, such as fetching a kernel. */
  onProgress?: ((message: string) => void) | undefined;
}

/**
 * Starts an environment: this machine as it is (`{kind: 'native'}`), this machine held to some memory by a control group
 * (`{kind: 'native', memory: '256M'}`), a paravirtualized guest (`{kind: 'uml', memory: '256M'}`), or a machine of QEMU, with or without Xen in it.
 *
 * Whatever an environment puts on the machine (processes, a control group, swap, mounts, folders) is gone after `stop()`,
 * and also when this process ends without it, be it by an exception, Ctrl-C or SIGKILL. Several may be started at once.
 *
 * @param spec What to start. Sizes are bytes or text such as `'256M'`.
 * @param options Time limit and progress.
 * @returns The environment, ready to run commands.
 * @throws {TypeError} When a property has the wrong type or is not known.
 * @throws {RangeError} When the kind is not known, or a size, a CPU or a time is out of range.
 * @throws {GuestError} Kind `unavailable`, with the remedy, when this machine cannot run it; `timeout`, `panic` and the
 * others when it does not get ready.
 *
 * @example
 * ```ts
 * import { start } from '@paratune/guest';
 * import assert from 'node:assert/strict';
 *
 * const guest = await start({ kind: 'native' });
 * const { exitCode, stdout } = await guest.run('echo', ['several words', 'in one argument']);
 * assert.equal(exitCode, 0);
 * assert.equal(stdout, 'several words in one argument\n');
 * await guest.stop();
 * ```
 */
export async function start(spec: GuestSpec, options: StartOptions = {}): Promise<Guest> {
  const environment = checkSpec(spec);
  checkKeys('options', options, ['bootTimeoutMs', 'hangMs', 'onProgress']);
  const kind = kindOf(environment);
  const { bootTimeoutMs = kind.bootTimeoutMs, hangMs = 60_000, onProgress = () => {} } = options;
  checkMilliseconds('bootTimeoutMs', bootTimeoutMs);
  checkMilliseconds('hangMs', hangMs);
  if (typeof onProgress !== 'function') throw new TypeError(`'onProgress' must be a function, got ${show(onProgress)}`);

  const name = nameOf(environment);
  const unavailable = ({ missing, remedy }: Lack, cause?: unknown) =>
    new GuestError(missing, { kind: 'unavailable', environment: name, remedy, cause });
  const failed = (cause: unknown) =>
    new GuestError((cause as Error).message, { kind: 'resource', environment: name, cause });
  const [lack] = await kind.lacks(environment);
  if (lack) throw unavailable(lack);

  const keeper = new Keeper();
  let stopping: Promise<void> | undefined;
  try {
    const running = await kind.start({ environment, keeper, bootTimeoutMs, hangMs, onProgress });
    const stopped = () => new GuestError('it was stopped', { kind: 'stopped', environment: name });
    const stop = () => {
      stopping ??= (async () => {
        running.stop();
        const { complaints } = await keeper.close();
        if (complaints !== '') throw new GuestError(complaints, { kind: 'resource', environment: name });
      })();
      return stopping;
    };
    return {
      name,
      spec: environment,
      facts: running.facts,
      async run(command, args = [], runOptions = {}): Promise<RunResult> {
        checkRun(command, args, runOptions);
        if (stopping) throw stopped();
        const output = new Output(runOptions);
        const result = await running.run(command, args, runOptions, output).catch((error) => {
          // A command that stop() ended has no result of its own.
          if (stopping) throw stopped();
          // What the caller's own function threw is the caller's.
          if (error === output.error || error instanceof GuestError) throw error;
          throw failed(error);
        });
        if (stopping) throw stopped();
        return result;
      },
      async copyOut(path) {
        if (typeof path !== 'string' || !isAbsolute(path) || path.includes('\0')) {
          throw new TypeError(`'path' must be an absolute path, got ${show(path)}`);
        }
        if (stopping) throw stopped();
        try {
          return await running.read(path);
        } catch (cause) {
          throw cause instanceof GuestError ? cause : failed(cause);
        }
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await keeper.close();
    if (error instanceof GuestError) throw error;
    if (error instanceof LackError) throw unavailable(error.lack, error.cause);
    throw failed(error);
  }
}
