/** What {@linkcode UnsupportedError} carries beside its feature and reason. */
export interface UnsupportedErrorOptions extends ErrorOptions {
  /** What the user can do to have the feature, as a command where there is one. */
  readonly remedy?: string;
}

/**
 * Says that this processor, operating system or policy cannot do what was asked, so that the caller can fall back.
 *
 * It is thrown at the call that needs the feature, never when the package is imported.
 *
 * @example
 * ```ts
 * import { UnsupportedError } from '@paratune/native';
 * import assert from 'node:assert/strict';
 *
 * const error = new UnsupportedError('executable memory', 'mprotect was refused (EACCES)', { remedy: 'setsebool deny_execmem off' });
 * assert.equal(error.feature, 'executable memory');
 * assert.match(error.message, /^executable memory is not available on \w+-\w+: mprotect was refused \(EACCES\); setsebool/);
 * ```
 */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError';
  /** The feature that is missing, such as `'executable memory'`. */
  readonly feature: string;
  /** The platform as `process.platform-process.arch`, such as `'linux-arm64'`, or `'the web'`. */
  readonly platform: string;
  /** Why the feature is missing here. */
  readonly reason: string;
  /** What would mend it, where something would. */
  readonly remedy: string | undefined;

  /**
   * @param feature the feature that is missing.
   * @param reason why it is missing.
   * @param options the remedy, if there is one, and the error that led here as `cause`.
   */
  constructor(feature: string, reason: string, options: UnsupportedErrorOptions = {}) {
    // Some of it is used in browsers too.
    const platform = typeof process === 'undefined' ? 'the web' : `${process.platform}-${process.arch}`;
    const { remedy, ...errorOptions } = options;
    super(`${feature} is not available on ${platform}: ${reason}${remedy ? `; ${remedy}` : ''}`, errorOptions);
    this.feature = feature;
    this.platform = platform;
    this.reason = reason;
    this.remedy = remedy;
  }
}
