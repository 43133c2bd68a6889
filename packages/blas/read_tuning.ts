import { checkTuning } from './_check_tuning.ts';
import { readSavedTuning } from './_read_saved_tuning.ts';
import type { Tuning } from './tuning.ts';
import { TuningError } from './tuning_error.ts';

/**
 * Reads a tuning that {@linkcode saveTuning} wrote, and checks that it is whole, unchanged and for this machine.
 *
 * @param path The file.
 * @returns The tuning.
 * @throws {TuningError} When it cannot be used; `kind` and the message say why.
 * @example
 * ```ts
 * import { info, readTuning, TuningError, tuningPath } from '@paratune/blas';
 *
 * if (info().backend === 'x64') {
 *   try {
 *     console.log(readTuning(tuningPath('avx2')).dgemm.mc);
 *   } catch (error) {
 *     if (!(error instanceof TuningError)) throw error;
 *     console.log(error.message); // .../.cache/paratune/tunings/..._avx2.json: is missing
 *   }
 * }
 * ```
 */
export function readTuning(path: string): Tuning {
  const tuning = readSavedTuning(path);
  try {
    checkTuning(tuning);
  } catch (cause) {
    throw new TuningError('invalid', path, `cannot be used: ${(cause as Error).message}`, cause);
  }
  return tuning;
}
