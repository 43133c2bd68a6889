import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, makeCacheFolder } from './_cache.ts';
import { showSize } from './_check.ts';
import type { Keeper } from './_keeper.ts';
import { type Lack, LackError } from './_kind.ts';
import { asRoot, capable, lackOfCache, system } from './_system.ts';

const pageBytes = 4096;
/** The capability that swapon wants. */
const CAP_SYS_ADMIN = 21;

/** Where swap files are made. */
export const swapFolder = () => join(cacheFolder(), 'swap');

/** The first page of a swap area of version 1, before the pages that are used: `union swap_header` in include/linux/swap.h. */
export function swapHeader(bytes: number): Buffer {
  const page = Buffer.alloc(pageBytes);
  const version = 1024;
  page.writeUInt32LE(1, version);
  page.writeUInt32LE(bytes / pageBytes, version + 4); // last_page
  Buffer.from(randomUUID().replaceAll('-', ''), 'hex').copy(page, version + 12);
  page.write('SWAPSPACE2', pageBytes - 10, 'latin1');
  return page;
}

/** Makes a swap area in a file without using its space yet. The keeper must know of the file already. */
async function makeSwapFile(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.truncate(bytes + pageBytes);
    await handle.write(swapHeader(bytes), 0, pageBytes, 0);
  } finally {
    await handle.close();
  }
}

/** A swap area of that size in a file that a guest has for a disk; undefined for none. It goes when the guest stops. */
export async function provideSwapDisk(bytes: number, keeper: Keeper): Promise<string | undefined> {
  if (bytes === 0) return undefined;
  const file = await newSwapFile();
  keeper.add('remove_swap', file);
  await makeSwapFile(file, bytes);
  return file;
}

/** A new name for a swap file. */
async function newSwapFile(): Promise<string> {
  return join(await makeCacheFolder('swap'), randomUUID());
}

/** What is missing to put a swap file of that size into the cache. */
export async function lackOfSpace(bytes: number): Promise<Lack[]> {
  if (bytes === 0) return [];
  const lacks = await lackOfCache();
  if (lacks.length > 0) return lacks;
  const { bavail, bsize } = await statfs(cacheFolder());
  if (bavail * bsize >= bytes) return [];
  return [
    {
      missing: `a swap file of ${showSize(bytes)} does not fit into ${swapFolder()}`,
      remedy: 'make room there, or set XDG_CACHE_HOME to a folder with room',
    },
  ];
}

/** Swap that the machine has free, in bytes, without the files of other guests: those go when their guests stop. */
function freeSwap(): number {
  const [, ...lines] = readFileSync('/proc/swaps', 'utf8').trim().split('\n');
  let bytes = 0;
  for (const line of lines) {
    const [path, , size, used] = line.split(/\s+/) as [string, string, string, string];
    if (!path.includes('/paratune/swap/')) bytes += (Number(size) - Number(used)) * 1024;
  }
  return bytes;
}

/** What is missing to have that much swap on this machine. */
export async function lackOfSwap(bytes: number): Promise<Lack[]> {
  if (freeSwap() >= bytes) return [];
  if (capable(CAP_SYS_ADMIN)) return lackOfSpace(bytes);
  const make = `fallocate -l ${showSize(bytes).replace(' MiB', 'M')} /swapfile && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile`;
  return [
    {
      missing: `${showSize(bytes)} of swap: the machine has ${showSize(Math.floor(freeSwap() / 2 ** 20) * 2 ** 20)} free, and adding some takes root`,
      remedy: `${asRoot(`sh -c '${make}'`)}, or ask for no swap (swap 0)`,
    },
  ];
}

/** Sees to it that the machine has that much swap free: its own if it has, else a file that goes when the guest stops. */
export async function provideSwap(bytes: number, keeper: Keeper): Promise<void> {
  if (freeSwap() >= bytes) return;
  const file = await newSwapFile();
  keeper.add('remove_swap', file);
  await makeSwapFile(file, bytes);
  try {
    // The kernel swaps to the file's blocks directly: there must be no holes.
    await system('fallocate', ['--length', String(bytes + pageBytes), file]);
    await system('swapon', [file]);
  } catch (cause) {
    // Not on every file system: overlayfs, tmpfs and compressed ones refuse.
    const missing = `a swap file in ${swapFolder()} is refused: ${(cause as Error).message.trim()}`;
    const remedy =
      'add swap to the machine, set XDG_CACHE_HOME to a folder on ext4 or xfs, or ask for no swap (swap 0)';
    throw new LackError({ missing, remedy }, cause);
  }
}
