/**
 * Why memory could not be read: the system has no such files (`'unsupported'`), the process has ended or never was
 * (`'gone'`), the system does not let this user look (`'denied'`), or a file did not hold what it should
 * (`'malformed'`).
 */
export type MemstatErrorKind = 'unsupported' | 'gone' | 'denied' | 'malformed';

/** What {@linkcode MemstatError} carries beside its kind and message. */
export interface MemstatErrorOptions extends ErrorOptions {
  /** The file that was read. */
  readonly path?: string;
}

/**
 * Says that the memory of a process or of the system could not be read, and of which kind the obstacle is.
 *
 * @example
 * ```ts
 * import { MemstatError } from '@paratune/memstat';
 * import assert from 'node:assert/strict';
 *
 * const error = new MemstatError('gone', 'process 4711 has ended', { path: '/proc/4711/stat' });
 * assert.equal(error.kind, 'gone');
 * assert.equal(error.path, '/proc/4711/stat');
 * ```
 */
export class MemstatError extends Error {
  override readonly name = 'MemstatError';
  /** The kind of obstacle. */
  readonly kind: MemstatErrorKind;
  /** The file that was read, if it came to that. */
  readonly path: string | undefined;

  /**
   * @param kind the kind of obstacle.
   * @param message what could not be read, and why.
   * @param options the file, and the error that led here as `cause`.
   */
  constructor(kind: MemstatErrorKind, message: string, options: MemstatErrorOptions = {}) {
    const { path, ...errorOptions } = options;
    super(message, errorOptions);
    this.kind = kind;
    this.path = path;
  }
}
