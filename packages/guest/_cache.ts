import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The project's folder among the user's caches, by the XDG base directory specification. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME } = process.env;
  const base = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(base, 'paratune');
}

/** A folder inside the cache, made if need be. */
export async function makeCacheFolder(name: string): Promise<string> {
  const folder = join(cacheFolder(), name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}
