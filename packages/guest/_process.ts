import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { OutputStream, RunFailure, RunOptions, RunResult } from './guest.ts';

/** The exit codes of a shell for a command that could not be started. */
export const exitCodes = { noFolder: 125, notExecutable: 126, notFound: 127 } as const;

/** Why a command died, for programs and for people. */
export interface Failure {
  reason: RunFailure;
  detail: string;
}

/** Collects the output of a command as its options want it. */
export class Output {
  readonly #chunks: Record<OutputStream, Uint8Array[]> = { stdout: [], stderr: [] };
  readonly #options: RunOptions;
  /** What the caller's `onOutput` threw; the command is killed and its run throws this. */
  error: unknown;
  #onError: (() => void) | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** Calls back once when `onOutput` throws. */
  whenFailing(kill: () => void): void {
    this.#onError = kill;
  }

  add(chunk: Uint8Array, stream: OutputStream): void {
    if (this.#options.capture ?? true) this.#chunks[stream].push(chunk);
    if (this.error !== undefined) return;
    try {
      this.#options.onOutput?.(chunk, stream);
    } catch (error) {
      this.error = error ?? new Error("'onOutput' threw nothing");
      this.#onError?.();
    }
  }

  /** Whether there was none, or none was kept. */
  get isEmpty(): boolean {
    return this.#chunks.stdout.length + this.#chunks.stderr.length === 0;
  }

  /** What was kept of a stream. */
  bytes(stream: OutputStream): Uint8Array {
    return Buffer.concat(this.#chunks[stream]);
  }

  /** The result of the command whose output this is. */
  result(exitCode: number | null, signal: NodeJS.Signals | null, failure?: Failure): RunResult {
    if (this.error !== undefined) throw this.error;
    const [stdout, stderr] = [this.bytes('stdout'), this.bytes('stderr')].map((bytes) =>
      new TextDecoder().decode(bytes),
    );
    return { exitCode, signal, stdout: stdout!, stderr: stderr!, ...failure };
  }
}

/** The name of a signal by its number. */
export function signalName(number: number): NodeJS.Signals | undefined {
  return (Object.keys(constants.signals) as NodeJS.Signals[]).find((name) => constants.signals[name] === number);
}

/** What a time limit that is over says. */
export function timeoutFailure(timeoutMs: number): Failure {
  return { reason: 'timeout', detail: `the command was killed after its time limit of ${timeoutMs / 1000} s` };
}

/** What a command says that the kernel killed for want of memory. */
export const outOfMemoryFailure: Failure = {
  reason: 'out-of-memory',
  detail: 'the kernel killed it, or one of its processes, for want of memory',
};

/** Ends a whole process group; one that is gone already is no error. */
export function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Gone.
  }
}

/** How long the output of a command that ended may stay open in the hands of processes that left its group. */
const strayMs = 500;

/** A command on this machine, as it ended. */
export interface Ended {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
}

/**
 * Runs a command on this machine in a process group of its own, which is gone when the promise settles.
 *
 * @param started Called with the group's number as soon as there is one; what it returns is called when the group is gone.
 */
export function runGroup(
  [command, ...args]: readonly string[],
  options: RunOptions,
  output: Output,
  started: (group: number) => () => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => {
      const exitCode = exitCodeOf(error as NodeJS.ErrnoException, options);
      if (exitCode === undefined) return reject(error);
      output.add(Buffer.from(`${(error as Error).message}\n`), 'stderr');
      resolve({ exitCode, signal: null, timedOut: false });
    };
    let child: ChildProcessByStdio<null, Readable, Readable>;
    try {
      child = spawn(command!, args, {
        cwd: options.cwd,
        env: (options.env ?? process.env) as NodeJS.ProcessEnv,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      return failed(error);
    }
    const { pid } = child;
    child.on('error', failed);
    if (pid === undefined) return;
    const finished = started(pid);
    let timedOut = false;
    const kill = () => killGroup(pid);
    output.whenFailing(kill);
    const timer =
      options.timeoutMs &&
      setTimeout(() => {
        timedOut = true;
        kill();
      }, options.timeoutMs);
    child.stdout.on('data', (chunk) => output.add(chunk, 'stdout'));
    child.stderr.on('data', (chunk) => output.add(chunk, 'stderr'));
    // Children that the command leaves behind keep its pipes open: those of its group are killed, others not waited for.
    let waiting: NodeJS.Timeout | undefined;
    child.on('exit', () => {
      kill();
      waiting = setTimeout(() => {
        // After one more look at the pipes, should this process have been held up.
        setImmediate(() => {
          child.stdout.destroy();
          child.stderr.destroy();
        });
      }, strayMs);
    });
    child.on('close', (exitCode, signal) => {
      clearTimeout(timer);
      clearTimeout(waiting);
      finished();
      resolve({ exitCode, signal, timedOut });
    });
  });
}

/** The exit code of a shell for a command that could not be started; undefined when the reason is not the command. */
function exitCodeOf(error: NodeJS.ErrnoException, { cwd }: RunOptions): number | undefined {
  // E2BIG: the arguments and the environment are too long.
  if (!['ENOENT', 'EACCES', 'ENOTDIR', 'ENOEXEC', 'E2BIG'].includes(error.code ?? '')) return undefined;
  if (cwd !== undefined && !statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return exitCodes.noFolder;
  return error.code === 'ENOENT' ? exitCodes.notFound : exitCodes.notExecutable;
}
