import { readFileSync } from 'node:fs';
import type { Guest } from '@paratune/guest';

/** Descriptors that a POSIX shell can redirect: 3 to 9. */
const most = 7;

/**
 * Keeps Node's program file and libraries open in a guest for as long as it is up. A guest that has the host's files drops a
 * file's pages when its last user closes it (fs/hostfs of user-mode Linux drops the inode at once); every run would read them
 * again, 540 major faults on Node 20 that no lack of memory caused and that a native run does not have.
 */
export function holdFiles(guest: Guest): void {
  if (guest.spec.kind === 'native') return;
  const redirections = Array.from({ length: most }, (_, index) => `${index + 3}<"$${index + 1}"`).join(' ');
  const files = mappedFiles(readFileSync('/proc/self/maps', 'utf8')).slice(0, most);
  const filled = Array.from({ length: most }, (_, index) => files[index] ?? '/dev/null');
  // Ends with the guest; without it the runs only take longer.
  guest.run('/bin/sh', ['-c', `exec sleep 2147483647 ${redirections}`, 'sh', ...filled]).catch(() => {});
}

/** The files that a process runs code from, largest first. */
export function mappedFiles(maps: string): string[] {
  const bytes = new Map<string, number>();
  for (const [, from, to, file] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) r-xp .* (\/.*)$/gm)) {
    const size = Number.parseInt(to!, 16) - Number.parseInt(from!, 16);
    bytes.set(file!, (bytes.get(file!) ?? 0) + size);
  }
  return [...bytes].sort(([, one], [, other]) => other - one).map(([file]) => file);
}
