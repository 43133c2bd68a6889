import { getSystemErrorName } from './_node.ts';

/**
 * A call to the operating system that failed, with the call's name and the error's code as Node's own errors carry
 * them.
 *
 * @example
 * ```ts
 * import { SystemError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * const error = new SystemError('mmap', 12, 'cannot map 1024 bytes');
 * assert.equal(error.code, 'ENOMEM');
 * assert.equal(error.message, 'cannot map 1024 bytes: mmap failed with ENOMEM');
 * ```
 */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  /** The function of the C library that failed, such as `'mmap'`. */
  readonly syscall: string;
  /** The error's number, positive, such as 12. */
  readonly errno: number;
  /** The error's symbolic name, such as `'ENOMEM'`. */
  readonly code: string;

  /**
   * @param syscall the function of the C library that failed.
   * @param errno the error's number, positive.
   * @param what what could not be done.
   */
  constructor(syscall: string, errno: number, what: string) {
    const code = getSystemErrorName(-errno);
    super(`${what}: ${syscall} failed with ${code}`);
    this.syscall = syscall;
    this.errno = errno;
    this.code = code;
  }
}
