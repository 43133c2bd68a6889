import { createHash } from 'node:crypto';
import { constants, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheFolder, makeCacheFolder } from './_cache.ts';
import { cachedVersions, fetchPackage, lackOfPackage } from './_debian_package.ts';
import type { Keeper } from './_keeper.ts';
import type { Lack } from './_kind.ts';
import { accessible, asRoot, has, system } from './_system.ts';

/** Debian's package that depends on its newest kernel. (The one for clouds has no 9p, nor Xen's Dom0.) */
const metapackage = 'linux-image-amd64';
/** The package of the one program of a guest's first root; it needs no libraries. */
const busyboxPackage = 'busybox-static';
/** Where the program is in the cache, and what is made of the kernel. */
const folder = 'linux';
/** Where the kernel is in the cache. */
const imageFolder = 'linux-image';

/** Debian's kernel, with its modules. */
export interface LinuxImage {
  /** Path of the compressed kernel. */
  kernel: string;
  release: string;
  /** The folder of its modules. */
  modules: string;
}

async function imageBelow(root: string): Promise<LinuxImage | undefined> {
  const names = (await readdir(join(root, 'boot')).catch(() => [])).filter((name) => name.startsWith('vmlinuz-'));
  for (const name of names.sort().reverse()) {
    const release = name.slice('vmlinuz-'.length);
    const [kernel, modules] = [join(root, 'boot', name), join(root, 'lib/modules', release)];
    const needed = [
      kernel,
      ...['fs/9p/9p.ko', 'drivers/net/xen-netfront.ko'].map((path) => join(modules, 'kernel', path)),
    ];
    if ((await Promise.all(needed.map((path) => accessible(path, constants.R_OK)))).every(Boolean)) {
      return { kernel, release, modules };
    }
  }
  return undefined;
}

/** The kernel that is installed, else the one in the cache. */
async function findImage(): Promise<LinuxImage | undefined> {
  const cached = await readdir(join(cacheFolder(), imageFolder)).catch(() => []);
  const roots = cached.filter((name) => name.startsWith('linux-image-')).sort();
  for (const root of ['/', ...roots.reverse().map((name) => join(cacheFolder(), imageFolder, name))]) {
    const image = await imageBelow(root);
    if (image) return image;
  }
  return undefined;
}

/** What is missing to have a kernel and its first root: neither here nor to be fetched. */
export async function lackOfImage(): Promise<Lack[]> {
  const lacks: Lack[] = [];
  if (!(await findImage())) {
    lacks.push(
      ...(await lackOfPackage(metapackage, `install a Linux kernel with 9p in modules (Debian's ${metapackage})`)),
    );
  }
  if ((await cachedVersions(folder, `${busyboxPackage}_`)).length === 0) {
    lacks.push(...(await lackOfPackage(busyboxPackage, 'use Debian, or a system with its packages')));
  }
  return lacks;
}

/** The kernel, fetched if need be. */
export async function provideImage(keeper: Keeper, onProgress: (message: string) => void): Promise<LinuxImage> {
  const found = await findImage();
  if (found) return found;
  const depends = await system('apt-cache', ['depends', metapackage]);
  const packageName = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (packageName === undefined) throw new Error(`apt does not say which kernel ${metapackage} is`);
  onProgress(`fetching Debian's kernel (package ${packageName}) into ${join(cacheFolder(), imageFolder)}`);
  // All modules would be 400 MB.
  const folders = ['fs', 'net/9p', 'drivers/virtio', 'drivers/block', 'drivers/xen', 'drivers/net/xen-*'];
  const parts = folders.map((part) => `./lib/modules/*/kernel/${part}`);
  const members = ['./boot/vmlinuz-*', './lib/modules/*/modules.builtin', ...parts];
  const image = await imageBelow(await fetchPackage(imageFolder, packageName, members, keeper));
  if (!image)
    throw new Error(`the package ${packageName} holds no kernel with 9p in modules (${asRoot('apt-get update')})`);
  return image;
}

/** The one program of a guest's first root, fetched if need be: its path. */
export async function provideBusybox(keeper: Keeper, onProgress: (message: string) => void): Promise<string> {
  let [root] = await cachedVersions(folder, `${busyboxPackage}_`);
  if (root === undefined) {
    onProgress(`fetching the package ${busyboxPackage} into ${join(cacheFolder(), folder)}`);
    root = await fetchPackage(folder, busyboxPackage, ['*/busybox'], keeper);
  }
  for (const path of ['bin/busybox', 'usr/bin/busybox'].map((path) => join(root, path))) {
    if (await accessible(path)) return path;
  }
  throw new Error(`the package ${basename(root)} holds no busybox`);
}

const setupSectorsOffset = 0x1f1;
const payloadOffsetOffset = 0x248;
const payloadLengthOffset = 0x24c;
const sectorBytes = 512;
const xzMagic = Buffer.from('fd377a585a00', 'hex');

/**
 * The kernel unpacked, as a file of the cache: an emulated processor would take seconds for it at every start. Where it is
 * packed in another way than Debian's is, or there is no program xz, the kernel as it is.
 *
 * (The header is described in Documentation/arch/x86/boot.rst, from `setup_sects` on.)
 */
export async function provideUnpacked({ kernel, release }: LinuxImage): Promise<string> {
  const packed = await readFile(kernel);
  const start = (packed[setupSectorsOffset]! + 1) * sectorBytes + packed.readUInt32LE(payloadOffsetOffset);
  const payload = packed.subarray(start, start + packed.readUInt32LE(payloadLengthOffset));
  if (!payload.subarray(0, xzMagic.length).equals(xzMagic) || !(await has('xz'))) return kernel;
  const hash = createHash('sha256').update(packed).digest('hex').slice(0, 16);
  const path = join(await makeCacheFolder(folder), `vmlinux-${release}-${hash}`);
  if (await accessible(path)) return path;
  const scratch = `${path}.${process.pid}`;
  // What follows the packed data is its length.
  await writeFile(`${scratch}.xz`, payload.subarray(0, -4));
  try {
    await system('xz', ['--decompress', `${scratch}.xz`]);
    await rename(scratch, path);
  } finally {
    await Promise.all([scratch, `${scratch}.xz`].map((file) => rm(file, { force: true })));
  }
  return path;
}

/** A module that is to be loaded: its name and its file. */
export interface Module {
  name: string;
  data: Uint8Array;
}

/**
 * Modules by name, each after those that it needs. Those that are part of the kernel itself are left out.
 *
 * @throws {Error} when the kernel has none of that name.
 */
export async function modulesInOrder({ modules, release }: LinuxImage, names: readonly string[]): Promise<Module[]> {
  const files = await readdir(join(modules, 'kernel'), { recursive: true });
  const builtIn = await readFile(join(modules, 'modules.builtin'), 'utf8');
  const ordered = new Map<string, Module>();
  const add = async (name: string): Promise<void> => {
    if (ordered.has(name)) return;
    // The names of files and modules differ in hyphens.
    const isIt = (path: string) => basename(path).replaceAll('-', '_') === `${name.replaceAll('-', '_')}.ko`;
    const file = files.find(isIt);
    if (file === undefined) {
      if (builtIn.split('\n').some(isIt)) return;
      throw new Error(`kernel ${release} has no module ${name}`);
    }
    const data = await readFile(join(modules, 'kernel', file));
    // What modinfo prints is in the file as texts that end with NUL.
    const depends = /\0depends=([^\0]*)\0/.exec(data.toString('latin1'))?.[1] ?? '';
    for (const other of depends.split(',').filter(Boolean)) await add(other);
    ordered.set(name, { name, data });
  };
  for (const name of names) await add(name);
  return [...ordered.values()];
}
