/**
 * The report could not be written: the output folder is a file, or the system refused (`cause` says why).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ReportError } from '@paratune/report';
 *
 * assert.equal(new ReportError('out/report.html', 'cannot be written').message, 'out/report.html: cannot be written');
 * ```
 */
export class ReportError extends Error {
  override readonly name = 'ReportError';
  /** The file or folder concerned. */
  readonly file: string;

  /**
   * @param file the file or folder concerned
   * @param problem what is wrong with it, as a phrase that follows the file's name
   * @param options the error that caused this one
   */
  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}`, options);
    this.file = file;
  }
}
