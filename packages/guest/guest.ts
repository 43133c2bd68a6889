import type { Accelerator, Environment, GuestKind } from './environment.ts';

/** Which of a command's two output streams a chunk came from. */
export type OutputStream = 'stdout' | 'stderr';

/** How {@linkcode Guest.run} runs a command. */
export interface RunOptions {
  /** The whole environment of the command, as in `child_process.spawn`; `process.env` when absent. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Working folder, a path inside the environment; the current folder of this process when absent. */
  cwd?: string | undefined;
  /** The command is killed after so many milliseconds, and its result says `reason: 'timeout'`; no limit when absent. */
  timeoutMs?: number | undefined;
  /** Called with every piece of output while the command runs. */
  onOutput?: ((chunk: Uint8Array, stream: OutputStream) => void) | undefined;
  /** `false` leaves `stdout` and `stderr` of the result empty, for output too long to keep; `true` when absent. */
  capture?: boolean | undefined;
}

/**
 * Why a command died although the environment lives.
 *
 * - `out-of-memory`: the kernel killed it, or one of its children, for want of memory.
 * - `timeout`: it ran longer than `timeoutMs`.
 * - `mapping-limit`: the host's `vm.max_map_count` did not allow the guest another page (user-mode Linux).
 */
export type RunFailure = 'out-of-memory' | 'timeout' | 'mapping-limit';

/** How a command ended. */
export interface RunResult {
  /**
   * Its exit code; `null` when a signal ended it. As in a shell, 127 says that the command was not found, 126 that it
   * is not executable and 125 that its working folder does not exist.
   */
  exitCode: number | null;
  /** The signal that ended it, such as `SIGKILL`; `null` when it exited. In a guest a code above 128 counts as one. */
  signal: NodeJS.Signals | null;
  /** What it wrote, as UTF-8. */
  stdout: string;
  /** What it wrote to standard error, as UTF-8. */
  stderr: string;
  /** Why it died, where that is known. */
  reason?: RunFailure;
  /** The reason in a sentence for people, with the remedy where there is one. */
  detail?: string;
}

/** What an environment is, as it says itself: plain values, so that they can be part of a record's identity as they are. */
export type GuestFacts = {
  /** Kind of environment. */
  kind: GuestKind;
  /** Release of the kernel that programs in it see, such as `6.1.176`. */
  kernel: string;
  /** MemTotal of that kernel, in bytes. */
  memTotalBytes: number;
  /** Memory that its programs can have: what a control group holds them to, else MemTotal; in bytes. */
  memoryBytes: number;
  /** Swap that its programs can have, in bytes. */
  swapTotalBytes: number;
  /** What runs its instructions, where that is not simply the processor. */
  accelerator?: Accelerator;
  /** CPUs of the host that it runs on, as the kernel lists them: `0`, `0-3`, `0,2`. */
  cpus: string;
};

/** A started environment: run commands in it, get files out of it, stop it. */
export interface Guest extends AsyncDisposable {
  /** Its name by kind and memory, such as `native`, `native-256` or `uml-756`. */
  readonly name: string;
  /** What was asked for, in bytes and with defaults filled in. */
  readonly spec: Environment;
  /** What was got. */
  readonly facts: GuestFacts;
  /**
   * Runs a command as a new process and waits for its end. Several may run at once. The command reads the host's files
   * and writes to `/tmp`; its standard input is empty. Processes that it leaves behind in its process group are killed;
   * in a guest and in a control group, all are, once no command runs there.
   *
   * @param command A program, looked up in the `PATH` of its environment when it has no slash.
   * @param args Its arguments, any text without NUL.
   * @param options Environment, folder, time limit, output.
   * @throws {TypeError} When an argument has the wrong type or holds NUL.
   * @throws {RangeError} When `command` is empty or `timeoutMs` is not positive.
   * @throws {GuestError} When the environment itself dies, or was stopped.
   */
  run(command: string, args?: readonly string[], options?: RunOptions): Promise<RunResult>;
  /**
   * Reads a file as a program in the environment sees it.
   *
   * @param path Absolute path inside the environment.
   * @throws {TypeError} When `path` is not an absolute path.
   * @throws {GuestError} Kind `resource` when the file cannot be read.
   */
  copyOut(path: string): Promise<Uint8Array>;
  /** Ends what still runs and removes everything the environment left on the machine. Calling it again does nothing. */
  stop(): Promise<void>;
}
