import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { cacheFolder } from './_cache.ts';
import { cachedVersions, fetchPackage, lackOfPackage } from './_debian_package.ts';
import type { Keeper } from './_keeper.ts';
import type { Lack } from './_kind.ts';
import { accessible, system } from './_system.ts';

/** Debian's package that depends on its newest Xen. */
const metapackage = 'xen-system-amd64';
/** Where Xen is in the cache. */
const folder = 'xen';
/** The server that passes the host's files on from Dom0, and the libraries that a small system may lack. */
const filePackages = [
  'diod',
  'liblua5.1-0',
  'libmunge2',
  'libncurses6',
  'libtinfo6',
  'libwrap0',
  'libnsl2',
  'libtirpc3',
];

/** Xen on this machine. */
export interface Xen {
  /** Path of the hypervisor, unpacked, since QEMU does not. */
  hypervisor: string;
  /** The folder that is laid out as the packages are. */
  root: string;
  /** The folder of its programs, below that. */
  programs: string;
}

async function find(): Promise<Xen | undefined> {
  for (const root of await cachedVersions(folder, 'xen-hypervisor-')) {
    const version = (await readdir(join(root, 'usr/lib')).catch(() => [])).find((name) => /^xen-\d/.test(name));
    const hypervisor = join(root, 'boot/xen');
    if (version && (await accessible(hypervisor))) return { hypervisor, root, programs: `usr/lib/${version}/bin` };
  }
  return undefined;
}

/** What is missing to have Xen: neither here nor to be fetched. */
export async function lackOfXen(): Promise<Lack[]> {
  return (await find()) ? [] : lackOfPackage(metapackage, 'use Debian, or a system with its packages');
}

/** The packages that some packages depend on, if their names begin so. */
async function dependencies(packages: readonly string[], names: RegExp): Promise<string[]> {
  const said = await system('apt-cache', ['depends', ...packages]);
  return [...new Set([...said.matchAll(/^ *Depends: (\S+)/gm)].map((match) => match[1]!))].filter((name) =>
    names.test(name),
  );
}

/** Xen, fetched if need be. */
export async function provideXen(keeper: Keeper, onProgress: (message: string) => void): Promise<Xen> {
  const found = await find();
  if (found) return found;
  const [packageName] = await dependencies([metapackage], /^xen-hypervisor-/);
  if (packageName === undefined) throw new Error(`apt does not say which hypervisor ${metapackage} is`);
  onProgress(`fetching Xen (package ${packageName} and its programs) into ${join(cacheFolder(), folder)}`);
  const version = /^xen-hypervisor-(.*)-amd64$/.exec(packageName)![1]!;
  const programs = [`xen-utils-${version}`, `libxenmisc${version}`, 'xenstore-utils'];
  const others = new Set([...programs, ...filePackages]);
  // Libraries depend on others.
  for (let size = 0; size < others.size; ) {
    size = others.size;
    for (const library of await dependencies([...others], /^lib(xen|yajl)/)) others.add(library);
  }
  const root = await fetchPackage(folder, packageName, [`./boot/xen-${version}-amd64.gz`], keeper, [...others]);
  const hypervisor = join(root, 'boot/xen');
  const scratch = `${hypervisor}.${process.pid}`;
  await writeFile(scratch, gunzipSync(await readFile(join(root, 'boot', `xen-${version}-amd64.gz`))));
  await rename(scratch, hypervisor);
  const xen = await find();
  if (!xen) throw new Error(`the packages of Xen ${version} hold no programs`);
  return xen;
}
