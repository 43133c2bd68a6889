import { checkTuning } from './_check_tuning.ts';
import { fs } from './_node.ts';
import { tuningChecksum } from './_tuning_checksum.ts';
import type { Tuning } from './tuning.ts';
import { TuningError } from './tuning_error.ts';
import { tuningPath } from './tuning_path.ts';

/**
 * Saves a tuning, so that programs of this user on this machine pick it up at their first use from now on.
 *
 * The file is replaced at once: whoever reads it sees the old tuning or the new one, also when this process is killed.
 *
 * @param tuning What to save.
 * @param path Where; by default at {@linkcode tuningPath}, the one place where it is picked up without being told.
 * @returns The path.
 * @throws {TypeError} When `tuning` lacks something, or holds something of the wrong type.
 * @throws {RangeError} When no kernel can be generated for it, or it is not for this machine.
 * @throws {TuningError} `unreadable`, when the system refuses to write it.
 * @example
 * ```ts
 * import { defaultTuning, info, readTuning, saveTuning } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 * import { mkdtempSync, rmSync } from 'node:fs';
 *
 * if (info().backend === 'x64') {
 *   const folder = mkdtempSync('/tmp/tuning-');
 *   const tuning = defaultTuning('sse2');
 *   const path = saveTuning(tuning, `${folder}/sse2.json`);
 *   assert.deepEqual(readTuning(path), tuning);
 *   rmSync(folder, { recursive: true });
 * }
 * ```
 */
export function saveTuning(tuning: Tuning, path: string = tuningPath(tuning?.isa)): string {
  checkTuning(tuning);
  const file = { checksum: tuningChecksum(tuning), tuning };
  const written = `${path}.${process.pid}`;
  try {
    fs.mkdirSync(path.slice(0, path.lastIndexOf('/') + 1) || '.', { recursive: true });
    fs.writeFileSync(written, `${JSON.stringify(file, null, 2)}\n`, { flush: true });
    fs.renameSync(written, path);
  } catch (cause) {
    fs.rmSync(written, { force: true });
    throw new TuningError('unreadable', path, `cannot be written: ${(cause as Error).message}`, cause);
  }
  return path;
}
