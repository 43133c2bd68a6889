import { readFileSync } from 'node:fs';
import { MemstatError } from './memstat_error.ts';

const GONE = new Set(['ENOENT', 'ESRCH', 'ENOTDIR']);
const DENIED = new Set(['EACCES', 'EPERM']);

/** Reads a file below /proc whole; `subject` names what it tells of, for the error. */
export function readProc(path: string, subject: string): string {
  if (process.platform !== 'linux') {
    throw new MemstatError('unsupported', `${subject}: memory is read from /proc, which only Linux has`, { path });
  }
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (DENIED.has(code))
      throw new MemstatError('denied', `${subject}: no permission to read ${path}`, { path, cause });
    if (GONE.has(code)) throw new MemstatError('gone', `${subject}: there is no ${path}`, { path, cause });
    throw new MemstatError('unsupported', `${subject}: ${path} cannot be read (${code})`, { path, cause });
  }
}

/** The lines `Name:   1234 kB` of a file in the form of /proc/meminfo, in bytes. */
export function parseKilobytes(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const [, name, kilobytes] of text.matchAll(/^(\w[^:\n]*):[ \t]*(\d+) kB$/gm)) {
    values.set(name!, Number(kilobytes) * 1024);
  }
  return values;
}

/** The lines `name 1234` of /proc/vmstat. */
export function parseCounters(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const [, name, value] of text.matchAll(/^(\w+) (\d+)$/gm)) values.set(name!, Number(value));
  return values;
}

/** What is used here of /proc/PID/stat. */
export interface Stat {
  readonly name: string;
  readonly state: string;
  readonly minorFaults: number;
  readonly majorFaults: number;
  /** Clock ticks after boot; tells a process from a later one with the same number. */
  readonly startTime: number;
}

/**
 * Takes /proc/PID/stat apart (proc(5)): the second field is the name in parentheses, and may itself hold spaces,
 * parentheses and line ends, so that the fields are counted from the last parenthesis on.
 */
export function parseStat(text: string, path: string): Stat {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text
    .slice(close + 2)
    .trim()
    .split(' ');
  // Field numbers of proc(5), where the state is field 3.
  const field = (number: number) => Number(fields[number - 3]);
  const [minorFaults, majorFaults, startTime] = [field(10), field(12), field(22)];
  if (open < 0 || close < open || ![minorFaults, majorFaults, startTime].every(Number.isInteger)) {
    throw new MemstatError('malformed', `${path} does not have the fields of a process`, { path });
  }
  return { name: text.slice(open + 1, close), state: fields[0]!, minorFaults, majorFaults, startTime };
}
