import { inspect } from 'node:util';
import { parseKilobytes, parseStat, readProc, type Stat } from './_proc.ts';
import { MemstatError } from './memstat_error.ts';
import type { ProcessMemory } from './process_memory.ts';

/** Throws unless `pid` is the number of a process. */
export function checkPid(pid: unknown): asserts pid is number {
  if (typeof pid !== 'number') throw new TypeError(`'pid' must be the number of a process, got ${inspect(pid)}`);
  if (!Number.isInteger(pid) || pid < 1 || pid > 2 ** 31 - 1) {
    throw new RangeError(`'pid' must be an integer from 1 to ${2 ** 31 - 1}, got ${pid}`);
  }
}

/** The memory of a process together with what tells it from another of the same number. */
export function readProcess(pid: number | 'self'): { memory: ProcessMemory; stat: Stat } {
  const subject = `process ${pid}`;
  const statPath = `/proc/${pid}/stat`;
  const stat = parseStat(readProc(statPath, subject), statPath);
  if (stat.state === 'Z' || stat.state === 'X') {
    throw new MemstatError('gone', `${subject} has ended, and its memory is gone`, { path: statPath });
  }
  const values = parseKilobytes(readProc(`/proc/${pid}/status`, subject));
  // A kernel thread has no memory of its own, hence none of these lines.
  const bytes = (name: string) => values.get(name) ?? 0;
  const { minorFaults, majorFaults } = stat;
  return {
    memory: {
      residentBytes: bytes('VmRSS'),
      peakResidentBytes: bytes('VmHWM'),
      swapBytes: bytes('VmSwap'),
      minorFaults,
      majorFaults,
    },
    stat,
  };
}
