import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeGuestFolder } from './_guest_folder.ts';
import { initScript } from './_guest_init.ts';
import { provideInitramfs } from './_initramfs.ts';
import type { Kind, Running, Start } from './_kind.ts';
import { modulesInOrder, provideBusybox, provideImage } from './_linux_image.ts';
import { bootMachine, lackOfMachine, mountSharedByVirtio, onAccelerator } from './_qemu_machine.ts';
import { provideSwapDisk } from './_swap.ts';
import type { Environment } from './environment.ts';

type Qemu = Extract<Environment, { kind: 'qemu' }>;

/** What the guest needs beside what is part of its kernel. */
export const machineModules: readonly string[] = ['virtio_pci', '9pnet_virtio', '9p', 'virtio_blk', 'overlay'];

async function start(options: Start<Qemu>): Promise<Running> {
  const { keeper, onProgress } = options;
  const image = await provideImage(keeper, onProgress);
  const modules = await modulesInOrder(image, machineModules);
  const initramfs = await provideInitramfs(modules, await provideBusybox(keeper, onProgress));
  return onAccelerator(options, image, async (options, accelerator) => {
    const { memoryBytes, swapBytes, paravirtual } = options.environment;
    const { folder, sharedFolder } = await makeGuestFolder(keeper);
    const swapFile = await provideSwapDisk(swapBytes, keeper);
    const init = join(folder, 'init');
    await writeFile(
      init,
      initScript({
        mountShared: mountSharedByVirtio,
        // The first root has done that.
        loadOverlay: 'true',
        swapDevice: swapFile && '/dev/vda',
        ordersDevice: '/dev/ttyS1',
      }),
    );
    return bootMachine(options, {
      ...{ accelerator, memoryBytes, sharedFolder, folder, swapFile },
      hostProcessor: paravirtual ? 'host' : 'host,kvm=off',
      boot: [
        ...['-kernel', image.kernel, '-initrd', initramfs],
        ...['-append', `console=ttyS0 quiet panic=-1 PARATUNE_INIT=${init}`],
      ],
    });
  });
}

/** A guest of QEMU with Debian's kernel: its processor runs it by KVM, or is emulated. */
export const qemu: Kind<Qemu> = {
  lacks: (environment) => lackOfMachine(environment, environment.memoryBytes),
  start,
  bootTimeoutMs: 120_000,
};
