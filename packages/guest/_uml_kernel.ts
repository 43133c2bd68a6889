import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheFolder, makeCacheFolder } from './_cache.ts';
import type { Keeper } from './_keeper.ts';
import { type Lack, LackError } from './_kind.ts';
import { Output, runGroup } from './_process.ts';
import { asRoot, has, lackOfCache, system, systemEnvironment } from './_system.ts';

/** Debian's package of user-mode Linux. */
const packageName = 'user-mode-linux';
const program = 'usr/bin/linux.uml';

/** User-mode Linux on this machine. */
export interface UmlKernel {
  program: string;
  /** The module with which the guest can have a writable /tmp over the host's; absent where the package lacks it. */
  overlayModule: string | undefined;
}

const cachedKernels = () => join(cacheFolder(), 'uml');

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
  const names = await readdir(cachedKernels()).catch(() => []);
  const cached = names.filter((name) => name.startsWith(packageName)).sort();
  for (const root of ['/', ...cached.reverse().map((name) => join(cachedKernels(), name))]) {
    const kernel = await kernelBelow(root);
    if (kernel) return kernel;
  }
  return undefined;
}

/** What is missing to have a kernel: neither here nor to be fetched. */
export async function lackOfKernel(): Promise<Lack[]> {
  if (await findKernel()) return [];
  if (!(await has('apt-get')) || !(await has('dpkg-deb'))) {
    return [
      {
        missing: 'the kernel linux.uml is not here, and cannot be fetched without apt-get and dpkg-deb',
        remedy: `install user-mode Linux (Debian's package ${packageName}) as /${program}`,
      },
    ];
  }
  const known = await system('apt-cache', ['show', '--no-all-versions', packageName]).catch(() => '');
  if (known === '')
    return [{ missing: `apt does not know the package ${packageName}`, remedy: asRoot('apt-get update') }];
  return lackOfCache();
}

/** How long fetching may take, over a slow line. */
const fetchMs = 10 * 60_000;

/** Runs a program that takes long, and that must not outlive this process. */
async function runLong(words: readonly string[], cwd: string, keeper: Keeper): Promise<void> {
  const output = new Output({});
  const options = { cwd, env: systemEnvironment(), timeoutMs: fetchMs };
  const { exitCode } = await runGroup(words, options, output, (group) => keeper.add('kill_group', group));
  if (exitCode === 0) return;
  const said = new TextDecoder().decode(output.bytes('stderr')).trim();
  throw new LackError({
    missing: `the package ${packageName} could not be fetched: ${/^E: .*$/m.exec(said)?.[0] ?? said}`,
    remedy: `${asRoot('apt-get update')}, or ${asRoot(`apt-get install ${packageName}`)}`,
  });
}

/** Fetches the kernel into the cache, whole or not at all; several processes may do so at once. */
async function fetchKernel(keeper: Keeper): Promise<UmlKernel> {
  const scratch = await mkdtemp(join(await makeCacheFolder('uml'), '.fetching-'));
  const forget = keeper.add('remove_folder', scratch);
  await runLong(['apt-get', 'download', '--quiet', packageName], scratch, keeper);
  const archive = (await readdir(scratch)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt-get download left no package in ${scratch}`);
  const unpacked = join(scratch, 'unpacked');
  await mkdir(unpacked);
  // Of the modules only one is wanted: all would be 100 MB.
  const unpack =
    'dpkg-deb --fsys-tarfile "$1" | tar -x -C unpacked --wildcards "./$2" "*/kernel/fs/overlayfs/overlay.ko"';
  await runLong(['/bin/sh', '-c', unpack, 'sh', archive, program], scratch, keeper);
  if (!(await kernelBelow(unpacked))) throw new Error(`the package ${archive} holds no ${program}`);
  const home = join(cachedKernels(), basename(archive, '.deb'));
  await rename(unpacked, home).catch((error) => {
    // Another process was faster.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  await rm(scratch, { recursive: true });
  forget();
  return (await kernelBelow(home))!;
}

/** The kernel, fetched if need be. */
export async function provideKernel(keeper: Keeper, onProgress: (message: string) => void): Promise<UmlKernel> {
  const kernel = await findKernel();
  if (kernel) return kernel;
  onProgress(`fetching the kernel of user-mode Linux (package ${packageName}) into ${cachedKernels()}`);
  return fetchKernel(keeper);
}
