import { configure, defaultTuning, readTuning, type Tuning } from '@paratune/blas';
import { UnsupportedError } from '@paratune/native';

/**
 * What the library runs with here by itself: the tuning that was saved for this machine, or its own.
 *
 * @throws {UnsupportedError} Where JavaScript computes, whose blocks have no sizes to choose.
 */
export function tuningHere(): Tuning {
  const used = configure({ tuning: 'auto' });
  if (used.backend !== 'x64') throw new UnsupportedError('a search over CacheEdge', used.reason);
  return used.tuning.from === 'file' ? readTuning(used.tuning.path) : defaultTuning(used.isa);
}
