import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Keeper } from './_keeper.ts';

/** A path that can stand in a kernel's command line. */
function isPlain(path: string): boolean {
  return /^\/[\w./+-]*$/.test(path);
}

/** A private folder of a guest, and in it the one that this process shares with the guest. */
export async function makeGuestFolder(keeper: Keeper): Promise<{ folder: string; sharedFolder: string }> {
  const folder = await mkdtemp(join(isPlain(tmpdir()) ? tmpdir() : '/tmp', 'paratune-'));
  keeper.add('remove_folder', folder);
  const sharedFolder = join(folder, 'shared');
  await mkdir(sharedFolder);
  return { folder, sharedFolder };
}
