/**
 * What went wrong with an environment.
 *
 * - `unavailable`: this machine cannot run it; `remedy` holds the command that mends it.
 * - `resource`: something it needs could not be created or removed (disk full, control group refused).
 * - `timeout`: it did not start in time.
 * - `panic`: the guest's kernel panicked.
 * - `out-of-memory`: the guest as a whole ran out of memory (a command that did is a result, not an error).
 * - `hang`: the guest no longer answers.
 * - `killed`: the guest was ended by a signal from outside.
 * - `exited`: the guest halted or rebooted by itself.
 * - `stopped`: it was used after `stop()`, or stopped while a command ran.
 */
export type GuestErrorKind =
  | 'unavailable'
  | 'resource'
  | 'timeout'
  | 'panic'
  | 'out-of-memory'
  | 'hang'
  | 'killed'
  | 'exited'
  | 'stopped';

/** The facts a {@linkcode GuestError} carries beside its message. */
export interface GuestErrorDetails {
  /** What went wrong, for programs. */
  kind: GuestErrorKind;
  /** Name of the environment, such as `uml-256`. */
  environment: string;
  /** The last lines of the guest's console; empty where there is no console. */
  consoleTail?: string | undefined;
  /** The command, or the step, that mends it. */
  remedy?: string | undefined;
  /** The error underneath. */
  cause?: unknown;
}

/**
 * An environment could not be started, or died. A command that fails inside a living environment is not an error: its
 * {@linkcode RunResult} says so.
 *
 * @example
 * ```ts
 * import { GuestError } from '@paratune/guest';
 * import assert from 'node:assert/strict';
 *
 * const error = new GuestError('the kernel panicked', { kind: 'panic', environment: 'uml-256', consoleTail: 'Kernel panic' });
 * assert.equal(error.message, 'uml-256: the kernel panicked');
 * assert.equal(error.kind, 'panic');
 * assert.equal(error.summary, 'uml-256: the kernel panicked: Kernel panic');
 * ```
 */
export class GuestError extends Error {
  override readonly name = 'GuestError';
  /** What went wrong, for programs. */
  readonly kind: GuestErrorKind;
  /** Name of the environment, such as `uml-256`. */
  readonly environment: string;
  /** The last lines of the guest's console; empty where there is no console. */
  readonly consoleTail: string;
  /** The command, or the step, that mends it; only where one is known. */
  readonly remedy: string | undefined;

  /**
   * @param message What happened, in one sentence; the environment's name and the remedy are added.
   * @param details The facts for programs.
   */
  constructor(message: string, details: GuestErrorDetails) {
    const remedy = details.remedy ? ` (to mend it: ${details.remedy})` : '';
    super(`${details.environment}: ${message}${remedy}`, { cause: details.cause });
    this.kind = details.kind;
    this.environment = details.environment;
    this.consoleTail = details.consoleTail ?? '';
    this.remedy = details.remedy;
  }

  /** The message with the last line of the console, if there is one: the reason in a record. */
  get summary(): string {
    const lastWords = this.consoleTail.trim().split('\n').at(-1);
    return lastWords ? `${this.message}: ${lastWords}` : this.message;
  }
}
