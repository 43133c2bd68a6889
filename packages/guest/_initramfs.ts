import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeCacheFolder } from './_cache.ts';
import { cpio, cpioFile, cpioFolder } from './_cpio.ts';
import type { Module } from './_linux_image.ts';
import { accessible } from './_system.ts';

/** How a first root mounts the host's files where QEMU offers them. */
export const mountByVirtio =
  '$busybox mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=524288 host /host';

/**
 * A guest's first root: it loads modules, mounts the host's files at `/host` and goes on there, with the init whose path the
 * variable PARATUNE_INIT of the kernel's command line holds.
 */
function firstInit(modules: readonly Module[], mountHost: string): string {
  return `#!/bin/busybox sh
busybox=/bin/busybox
for module in ${modules.map(({ name }) => name).join(' ')}; do $busybox insmod /lib/$module.ko; done
${mountHost}
$busybox mount -t devtmpfs dev /host/dev
$busybox ln -sf /proc/self/fd /host/dev/fd
exec $busybox chroot /host /bin/sh "$PARATUNE_INIT"
`;
}

/** The first root as a file of the cache, made once for each content: its path. `mountHost` is a piece of shell. */
export async function provideInitramfs(
  modules: readonly Module[],
  busybox: string,
  mountHost: string = mountByVirtio,
): Promise<string> {
  const archive = cpio([
    ...['bin', 'dev', 'host', 'lib'].map(cpioFolder),
    cpioFile('init', Buffer.from(firstInit(modules, mountHost))),
    cpioFile('bin/busybox', await readFile(busybox)),
    ...modules.map(({ name, data }) => cpioFile(`lib/${name}.ko`, data)),
  ]);
  const hash = createHash('sha256').update(archive).digest('hex').slice(0, 16);
  const path = join(await makeCacheFolder('linux'), `initramfs-${hash}.cpio.gz`);
  if (!(await accessible(path))) {
    const scratch = `${path}.${process.pid}`;
    await writeFile(scratch, gzipSync(archive, { level: 1 }));
    await rename(scratch, path);
  }
  return path;
}
