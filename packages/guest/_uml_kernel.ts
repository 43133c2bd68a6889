import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './_cache.ts';
import { cachedVersions, fetchPackage, lackOfPackage } from './_debian_package.ts';
import type { Keeper } from './_keeper.ts';
import type { Lack } from './_kind.ts';
import { system } from './_system.ts';

/** Debian's package of user-mode Linux. */
const packageName = 'user-mode-linux';
const program = 'usr/bin/linux.uml';
/** Its folder in the cache. */
const folder = 'uml';

/** User-mode Linux on this machine. */
export interface UmlKernel {
  program: string;
  /** The module with which the guest can have a writable /tmp over the host's; absent where the package lacks it. */
  overlayModule: string | undefined;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

/** The kernel below a folder laid out as the package is, if there is one. */
async function kernelBelow(root: string): Promise<UmlKernel | undefined> {
  const path = join(root, program);
  if (!(await isFile(path))) return undefined;
  const release = (await system(path, ['--version'])).trim();
  const module = join(root, 'usr/lib/uml/modules', release, 'kernel/fs/overlayfs/overlay.ko');
  return { program: path, overlayModule: (await isFile(module)) ? module : undefined };
}

/** The kernel that is installed, else the one in the cache. */
export async function findKernel(): Promise<UmlKernel | undefined> {
  for (const root of ['/', ...(await cachedVersions(folder, `${packageName}_`))]) {
    const kernel = await kernelBelow(root);
    if (kernel) return kernel;
  }
  return undefined;
}

/** What is missing to have a kernel: neither here nor to be fetched. */
export async function lackOfKernel(): Promise<Lack[]> {
  if (await findKernel()) return [];
  return lackOfPackage(packageName, `install user-mode Linux (Debian's package ${packageName}) as /${program}`);
}

/** The kernel, fetched if need be. */
export async function provideKernel(keeper: Keeper, onProgress: (message: string) => void): Promise<UmlKernel> {
  const kernel = await findKernel();
  if (kernel) return kernel;
  onProgress(`fetching the kernel of user-mode Linux (package ${packageName}) into ${join(cacheFolder(), folder)}`);
  // Of the modules only one is wanted: all would be 100 MB.
  const fetched = await fetchPackage(folder, packageName, [`./${program}`, '*/kernel/fs/overlayfs/overlay.ko'], keeper);
  const found = await kernelBelow(fetched);
  if (!found) throw new Error(`the package ${packageName} holds no ${program}`);
  return found;
}
