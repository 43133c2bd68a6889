/**
 * What is wrong with the file of a tuning:
 * - `missing`: there is none;
 * - `unreadable`: the system refuses to read or write it; `cause` says why;
 * - `corrupt`: it was cut short, or changed since it was saved;
 * - `stale`: it is of another version of this library;
 * - `foreign`: it is for another machine or instruction set;
 * - `invalid`: it holds what no kernel can be generated for.
 */
export type TuningErrorKind = 'missing' | 'unreadable' | 'corrupt' | 'stale' | 'foreign' | 'invalid';

/**
 * The file of a tuning cannot be used. The library by itself never throws it: it computes with its defaults, and `info().tuning.refused`
 * is the message.
 *
 * @example
 * ```ts
 * import { readTuning, TuningError } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * assert.throws(
 *   () => readTuning('/no/such/tuning.json'),
 *   (error) => error instanceof TuningError && error.kind === 'missing' && error.path === '/no/such/tuning.json',
 * );
 * ```
 */
export class TuningError extends Error {
  override readonly name = 'TuningError';
  readonly kind: TuningErrorKind;
  /** The file. */
  readonly path: string;

  /**
   * @param kind What is wrong.
   * @param path The file.
   * @param problem What is wrong with it, as a phrase that follows the file's name.
   * @param cause The error that says so, if there is one.
   */
  constructor(kind: TuningErrorKind, path: string, problem: string, cause?: unknown) {
    super(`${path}: ${problem}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.path = path;
  }
}
