import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeGuestFolder } from './_guest_folder.ts';
import { type InitOptions, initScript } from './_guest_init.ts';
import { provideInitramfs } from './_initramfs.ts';
import type { Kind, Lack, Running, Start } from './_kind.ts';
import { type LinuxImage, modulesInOrder, provideBusybox, provideImage, provideUnpacked } from './_linux_image.ts';
import { machineModules } from './_qemu.ts';
import { bootMachine, lackOfMachine, mountSharedByVirtio, onAccelerator } from './_qemu_machine.ts';
import { provideSwapDisk } from './_swap.ts';
import {
  mountHostByNetwork,
  mountSharedByNetwork,
  unprivilegedModules,
  xenHostModules,
  xenHostScript,
} from './_xen_host.ts';
import { lackOfXen, provideXen, type Xen } from './_xen_packages.ts';
import type { Accelerator, Environment } from './environment.ts';

type XenDom0 = Extract<Environment, { kind: 'xen-dom0' }>;
type XenDomU = Extract<Environment, { kind: 'xen-domu' }>;

const mebibyte = 1024 ** 2;
/** What the machine has beside its domains' memory, for Xen itself and what Dom0's kernel needs below 4 GB. */
const xenBytes = 256 * mebibyte;
/** Dom0's memory where it only serves: it needs 192 MiB to start. */
const servingBytes = 256 * mebibyte;

/**
 * Xen's command line. Its default is to switch vector registers only when a domain touches them, and under emulation
 * that corrupts them, silently: `spec-ctrl=eager-fpu` is not optional.
 */
function xenWords(dom0Bytes: number): string {
  const memory = `${dom0Bytes / mebibyte}M`;
  return `console=com1 com1=115200,8n1 dom0_mem=${memory},max:${memory} loglvl=warning guest_loglvl=warning spec-ctrl=eager-fpu sched_ratelimit_us=0`;
}

/** Everything that is fetched or made for Xen once, whatever the domain. */
interface Parts {
  xen: Xen;
  image: LinuxImage;
  busybox: string;
  /** Path of the unpacked kernel. */
  kernel: string;
}

async function provideParts({ keeper, onProgress }: Start): Promise<Parts> {
  const image = await provideImage(keeper, onProgress);
  const busybox = await provideBusybox(keeper, onProgress);
  const xen = await provideXen(keeper, onProgress);
  return { xen, image, busybox, kernel: await provideUnpacked(image) };
}

/** QEMU's options to boot Xen with a Dom0. Links make paths that can stand in the command line. */
async function bootXen(
  { xen, kernel }: Parts,
  { folder, initramfs, init, dom0Bytes }: { folder: string; initramfs: string; init: string; dom0Bytes: number },
): Promise<string[]> {
  const links = { xen: xen.hypervisor, vmlinux: kernel, initramfs };
  for (const [name, path] of Object.entries(links)) await symlink(path, join(folder, name));
  // By default Dom0 keeps 64 MB for transfers that it never makes.
  const words = `console=hvc0 quiet panic=-1 swiotlb=4096 PARATUNE_INIT=${init}`;
  return [
    ...['-kernel', join(folder, 'xen'), '-append', xenWords(dom0Bytes)],
    ...['-initrd', `${join(folder, 'vmlinux')} ${words},${join(folder, 'initramfs')}`],
  ];
}

async function lacks(environment: XenDom0 | XenDomU): Promise<Lack[]> {
  return [...(await lackOfMachine(environment, machineBytes(environment))), ...(await lackOfXen())];
}

function machineBytes({ kind, memoryBytes }: XenDom0 | XenDomU): number {
  return memoryBytes + xenBytes + (kind === 'xen-domu' ? servingBytes : 0);
}

/** What the init of the domain needs to know, whichever it is. */
function write(init: string, options: Omit<InitOptions, 'loadOverlay'>): Promise<void> {
  // The first root has loaded it.
  return writeFile(init, initScript({ ...options, loadOverlay: 'true' }));
}

async function startDom0(options: Start<XenDom0>): Promise<Running> {
  const parts = await provideParts(options);
  const modules = await modulesInOrder(parts.image, machineModules);
  const initramfs = await provideInitramfs(modules, parts.busybox);
  return onAccelerator(options, parts.image, async (options, accelerator: Accelerator) => {
    const { environment, keeper } = options;
    const { memoryBytes: dom0Bytes, swapBytes } = environment;
    const { folder, sharedFolder } = await makeGuestFolder(keeper);
    const swapFile = await provideSwapDisk(swapBytes, keeper);
    const init = join(folder, 'init');
    const swapDevice = swapFile && '/dev/vda';
    await write(init, { mountShared: mountSharedByVirtio, swapDevice, ordersDevice: '/dev/ttyS1' });
    return bootMachine(options, {
      ...{ accelerator, memoryBytes: machineBytes(environment), hostProcessor: 'host', sharedFolder, folder, swapFile },
      boot: await bootXen(parts, { folder, initramfs, init, dom0Bytes }),
    });
  });
}

async function startDomU(options: Start<XenDomU>): Promise<Running> {
  const parts = await provideParts(options);
  const { image, busybox } = parts;
  const initramfs = await provideInitramfs(await modulesInOrder(image, xenHostModules), busybox);
  const guestModules = await modulesInOrder(image, unprivilegedModules);
  const guestInitramfs = await provideInitramfs(guestModules, busybox, mountHostByNetwork);
  return onAccelerator(options, image, async (options, accelerator: Accelerator) => {
    const { environment, keeper } = options;
    const { memoryBytes, swapBytes } = environment;
    const { folder, sharedFolder } = await makeGuestFolder(keeper);
    const swapFile = await provideSwapDisk(swapBytes, keeper);
    const [init, hostInit] = [join(folder, 'init'), join(folder, 'dom0-init')];
    const swapDevice = swapFile && '/dev/xvda';
    await write(init, { mountShared: mountSharedByNetwork, swapDevice, ordersDevice: '/dev/hvc0' });
    const domain = {
      kernel: parts.kernel,
      initramfs: guestInitramfs,
      memoryMiB: memoryBytes / mebibyte,
      words: `console=hvc0 quiet panic=-1 PARATUNE_INIT=${init}`,
      disk: swapFile && '/dev/vda',
    };
    await writeFile(hostInit, xenHostScript(parts.xen, busybox, domain));
    return bootMachine(options, {
      ...{ accelerator, memoryBytes: machineBytes(environment), hostProcessor: 'host', sharedFolder, folder, swapFile },
      boot: await bootXen(parts, { folder, initramfs, init: hostInit, dom0Bytes: servingBytes }),
    });
  });
}

/** Xen's privileged domain, in a machine of QEMU. */
export const xenDom0: Kind<XenDom0> = { lacks, start: startDom0, bootTimeoutMs: 180_000 };

/** A domain of Xen without privileges, in a machine of QEMU: its disk and its files come by way of Dom0. */
export const xenDomU: Kind<XenDomU> = { lacks, start: startDomU, bootTimeoutMs: 240_000 };
