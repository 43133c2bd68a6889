import { readFileSync } from 'node:fs';

/** A field of a file of `NAME VALUE` or `NAME: VALUE kB` lines under /proc or /sys/fs/cgroup, as it stands there. */
export function readField(file: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:?\\s+(\\d+)`, 'm').exec(readFileSync(file, 'utf8'));
  return match ? Number(match[1]) : undefined;
}

/** A field of /proc/meminfo in bytes. */
export function memoryInfo(name: string, text: string = readFileSync('/proc/meminfo', 'utf8')): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
}
