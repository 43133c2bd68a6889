import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheFolder, makeCacheFolder } from './_cache.ts';
import type { Keeper } from './_keeper.ts';
import { type Lack, LackError } from './_kind.ts';
import { Output, runGroup } from './_process.ts';
import { asRoot, has, lackOfCache, system, systemEnvironment } from './_system.ts';

/** How long fetching may take, over a slow line. */
const fetchMs = 10 * 60_000;

/** The folders of packages, whose names begin so, that were fetched into the cache, the newest first; each is laid out as the package is. */
export async function cachedVersions(folder: string, prefix: string): Promise<string[]> {
  const names = await readdir(join(cacheFolder(), folder)).catch(() => []);
  return names
    .filter((name) => name.startsWith(prefix))
    .sort()
    .reverse()
    .map((name) => join(cacheFolder(), folder, name));
}

/** What is missing to fetch a package; `remedy` is what a user can do where there is no apt. */
export async function lackOfPackage(packageName: string, remedy: string): Promise<Lack[]> {
  if (!(await has('apt-get')) || !(await has('dpkg-deb'))) {
    return [{ missing: `${packageName} is not here, and cannot be fetched without apt-get and dpkg-deb`, remedy }];
  }
  const known = await system('apt-cache', ['show', '--no-all-versions', packageName]).catch(() => '');
  if (known === '')
    return [{ missing: `apt does not know the package ${packageName}`, remedy: asRoot('apt-get update') }];
  return lackOfCache();
}

/** Runs a program that takes long, and that must not outlive this process. */
async function runLong(words: readonly string[], cwd: string, keeper: Keeper, packageNames: string): Promise<void> {
  const output = new Output({});
  const options = { cwd, env: systemEnvironment(), timeoutMs: fetchMs };
  const { exitCode } = await runGroup(words, options, output, (group) => keeper.add('kill_group', group));
  if (exitCode === 0) return;
  const said = new TextDecoder().decode(output.bytes('stderr')).trim();
  throw new LackError({
    missing: `the package ${packageNames} could not be fetched: ${/^E: .*$/m.exec(said)?.[0] ?? said}`,
    remedy: `${asRoot('apt-get update')}, or ${asRoot(`apt-get install ${packageNames}`)}`,
  });
}

/**
 * Fetches some files of a Debian package into a folder of the cache, whole or not at all; several processes may do so at once.
 *
 * @param members Patterns of the files wanted, as tar takes them, from `./` on.
 * @param others Packages whose files, all of them, are put beside those.
 * @returns The folder that is laid out as the packages are, named after the first.
 */
export async function fetchPackage(
  folder: string,
  packageName: string,
  members: readonly string[],
  keeper: Keeper,
  others: readonly string[] = [],
): Promise<string> {
  const scratch = await mkdtemp(join(await makeCacheFolder(folder), '.fetching-'));
  const forget = keeper.add('remove_folder', scratch);
  const names = [packageName, ...others];
  await runLong(['apt-get', 'download', '--quiet', ...names], scratch, keeper, names.join(' '));
  const archives = (await readdir(scratch)).filter((name) => name.endsWith('.deb'));
  const archive = archives.find((name) => name.startsWith(packageName.endsWith('-') ? packageName : `${packageName}_`));
  if (archive === undefined) throw new Error(`apt-get download left no package in ${scratch}`);
  const unpacked = join(scratch, 'unpacked');
  await mkdir(unpacked);
  const unpack = 'archive=$1; shift; dpkg-deb --fsys-tarfile "$archive" | tar -x -C unpacked --wildcards "$@"';
  for (const one of archives) {
    const wanted = one === archive ? members : ['.'];
    await runLong(['/bin/sh', '-c', unpack, 'sh', one, ...wanted], scratch, keeper, names.join(' '));
  }
  const home = join(cacheFolder(), folder, basename(archive, '.deb'));
  await rename(unpacked, home).catch((error) => {
    // Another process was faster.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  await rm(scratch, { recursive: true });
  forget();
  return home;
}
