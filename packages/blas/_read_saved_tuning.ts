import { fs } from './_node.ts';
import { tuningChecksum } from './_tuning_checksum.ts';
import { fingerprint } from './fingerprint.ts';
import type { Tuning } from './tuning.ts';
import { TuningError } from './tuning_error.ts';

function readText(path: string): string {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw new TuningError('missing', path, 'is missing', cause);
    throw new TuningError('unreadable', path, `cannot be read: ${(cause as Error).message}`, cause);
  }
}

/**
 * Reads a tuning that was saved, which checked it, and has not changed since: its values are not looked at again, since that takes ten
 * times as long as all else.
 * @throws {TuningError} When it is not whole, was changed, or is for another library or machine.
 */
export function readSavedTuning(path: string): Tuning {
  const text = readText(path);
  let file: { checksum?: unknown; tuning?: Partial<Tuning> } | null;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new TuningError('corrupt', path, 'is not whole: it is no JSON', cause);
  }
  const tuning = file?.tuning;
  if (typeof tuning !== 'object' || tuning === null) throw new TuningError('corrupt', path, 'holds no tuning');
  if (tuning.version !== 1) {
    throw new TuningError('stale', path, `is of version ${String(tuning.version)}, this library reads version 1`);
  }
  if (file?.checksum !== tuningChecksum(tuning as Tuning)) {
    throw new TuningError('corrupt', path, 'was changed since it was saved: its checksum is another');
  }
  if (tuning.fingerprint !== fingerprint()) {
    throw new TuningError('foreign', path, `is for ${tuning.fingerprint}, this machine is ${fingerprint()}`);
  }
  return tuning as Tuning;
}
