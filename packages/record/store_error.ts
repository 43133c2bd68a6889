/**
 * What went wrong with a store:
 * - `folder`: the path is not a folder that can be used;
 * - `corrupt`: a line other than a torn last one does not hold what it must;
 * - `read`, `write`: the system refused; `cause` says why (`ENOSPC`, `EACCES`, ...);
 * - `locked`: another process uses the folder.
 */
export type StoreErrorKind = 'folder' | 'corrupt' | 'read' | 'write' | 'locked';

/**
 * A store could not be opened, read, written or locked. The message names the file, and the line of a corrupt one.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { StoreError } from '@paratune/record';
 *
 * const error = new StoreError('corrupt', 'results/a.ndjson', 'is not JSON', { line: 3 });
 * assert.equal(error.message, 'results/a.ndjson:3: is not JSON');
 * ```
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: StoreErrorKind;
  /** The file or folder concerned. */
  readonly file: string;
  /** The corrupt line, counted from 1. */
  readonly line: number | undefined;

  /**
   * @param kind what went wrong
   * @param file the file or folder concerned
   * @param problem what is wrong with it, as a phrase that follows the file's name
   * @param details the corrupt line, counted from 1, and the error that caused this one
   */
  constructor(
    kind: StoreErrorKind,
    file: string,
    problem: string,
    { line, cause }: { line?: number; cause?: unknown } = {},
  ) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${problem}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.file = file;
    this.line = line;
  }
}
