import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { cacheFolder, makeCacheFolder } from './_cache.ts';
import { nameOf, showCpuList, showSize } from './_check.ts';
import { makeGuestFolder } from './_guest_folder.ts';
import { initScript, readFacts } from './_guest_init.ts';
import { provideInitramfs } from './_initramfs.ts';
import { systemPath } from './_keeper.ts';
import type { Kind, Lack, Running, Start } from './_kind.ts';
import { type LinuxImage, lackOfImage, modulesInOrder, provideBusybox, provideImage } from './_linux_image.ts';
import { ShellGuest } from './_shell_guest.ts';
import { lackOfSpace, provideSwapDisk } from './_swap.ts';
import { accessible, asRoot, has, lackOfCpus, memoryInfo, pinned, system } from './_system.ts';
import type { Accelerator, Environment } from './environment.ts';
import { GuestError, type GuestErrorKind } from './guest_error.ts';

type Qemu = Extract<Environment, { kind: 'qemu' }>;

const program = 'qemu-system-x86_64';
/** What the guest needs beside what is part of its kernel. */
const moduleNames = ['virtio_pci', '9pnet_virtio', '9p', 'virtio_blk', 'overlay'];
/** What QEMU takes beside the guest's memory. */
const overheadBytes = 128 * 1024 ** 2;
/** A guest under KVM is ready in a fraction of that; one that is not will never be. */
const kvmBootMs = 20_000;

async function lacks({ cpus, memoryBytes, swapBytes, accelerator }: Qemu): Promise<Lack[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const missing = `kind 'qemu' does not run on ${process.platform} ${process.arch}`;
    return [{ missing, remedy: 'use Linux on x86-64' }];
  }
  const found: Lack[] = [];
  if (!(await has(program))) {
    found.push({ missing: `${program} is missing`, remedy: asRoot('apt-get install qemu-system-x86') });
  }
  if (accelerator === 'kvm' && !(await hasKvm())) {
    const missing = 'KVM is not here, or this user may not use it (/dev/kvm)';
    found.push({ missing, remedy: "use a machine with hardware virtualization, or accelerator 'tcg'" });
  }
  if (memoryBytes + overheadBytes > memoryInfo('MemAvailable')) {
    const missing = `the machine has no ${showSize(memoryBytes + overheadBytes)} of memory left`;
    found.push({ missing, remedy: 'end other programs, or ask for less memory' });
  }
  return [...found, ...(await lackOfCpus(cpus)), ...(await lackOfImage()), ...(await lackOfSpace(swapBytes))];
}

function hasKvm(): Promise<boolean> {
  return accessible('/dev/kvm', constants.R_OK | constants.W_OK);
}

/**
 * A file that is there when guests were tried under KVM and did not start. Being there, /dev/kvm may still not run guests, such as
 * inside some virtual machines.
 */
async function failedTrial({ release }: LinuxImage): Promise<string> {
  const what = [await system('uname', ['-rv']), await system(program, ['--version']), release].join('\n');
  return join(cacheFolder(), 'linux', `kvm-failed-${createHash('sha256').update(what).digest('hex').slice(0, 16)}`);
}

async function start(options: Start<Qemu>): Promise<Running> {
  const { environment, keeper, onProgress } = options;
  const image = await provideImage(keeper, onProgress);
  const modules = await modulesInOrder(image, moduleNames);
  const initramfs = await provideInitramfs(modules, await provideBusybox(keeper, onProgress));
  const { accelerator } = environment;
  if (accelerator !== 'auto') return boot(options, { image, initramfs, accelerator });
  const failed = await failedTrial(image);
  if (!(await accessible(failed)) && (await hasKvm())) {
    try {
      const bootTimeoutMs = Math.min(options.bootTimeoutMs, kvmBootMs);
      return await boot({ ...options, bootTimeoutMs }, { image, initramfs, accelerator: 'kvm' });
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      onProgress(`KVM does not run guests here (${error.message}): the processor is emulated instead`);
      await makeCacheFolder('linux');
      await writeFile(failed, error.consoleTail);
    }
  }
  return boot(options, { image, initramfs, accelerator: 'tcg' });
}

interface Machine {
  image: LinuxImage;
  initramfs: string;
  accelerator: Accelerator;
}

async function boot(
  { environment, keeper, bootTimeoutMs, hangMs }: Start<Qemu>,
  { image, initramfs, accelerator }: Machine,
): Promise<Running> {
  const { cpus, memoryBytes, swapBytes, paravirtual } = environment;
  const { folder, sharedFolder } = await makeGuestFolder(keeper);
  const swapFile = await provideSwapDisk(swapBytes, keeper);
  const init = join(folder, 'init');
  await writeFile(
    init,
    initScript({
      mountShared: (path) => `mount -t 9p -o trans=virtio,version=9p2000.L,cache=none,msize=524288 shared ${path}`,
      // The first root has done that.
      loadOverlay: 'true',
      swapDevice: swapFile && '/dev/vda',
      ordersDevice: '/dev/ttyS1',
    }),
  );
  const threads = cpus.length > 1 ? 'multi' : 'single';
  const processor = { kvm: paravirtual ? 'host' : 'host,kvm=off', tcg: 'max' }[accelerator];
  const [first, ...words] = [
    ...pinned(cpus),
    program,
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-monitor', 'none', '-machine', 'pc'],
    ...['-accel', accelerator === 'tcg' ? `tcg,thread=${threads}` : 'kvm', '-cpu', processor],
    ...['-smp', String(cpus.length), '-m', `${memoryBytes / 1024 ** 2}M`],
    ...['-kernel', image.kernel, '-initrd', initramfs],
    ...['-append', `console=ttyS0 quiet panic=-1 PARATUNE_INIT=${init}`],
    // The console and the order line are the sockets 3 and 4.
    ...['-chardev', 'socket,id=console,fd=3', '-serial', 'chardev:console'],
    ...['-chardev', 'socket,id=orders,fd=4', '-serial', 'chardev:orders'],
    // The host's root holds other file systems, whose numbers of files must not be taken for its own.
    ...['-fsdev', 'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap'],
    ...['-device', 'virtio-9p-pci,fsdev=host,mount_tag=host'],
    ...['-fsdev', `local,id=shared,path=${sharedFolder},security_model=none`],
    ...['-device', 'virtio-9p-pci,fsdev=shared,mount_tag=shared'],
    ...(swapFile === undefined ? [] : ['-drive', `file=${swapFile},if=virtio,format=raw,cache=unsafe`]),
  ] as [string, ...string[]];
  const child = spawn(first, words, {
    cwd: '/',
    env: { PATH: systemPath, HOME: folder },
    detached: true,
    // Node's pipes are sockets, which go both ways.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) keeper.add('kill_group', child.pid);
  const [stdout, stderr, serial, orders] = child.stdio.slice(1) as [Readable, Readable, Duplex, Duplex];
  serial.on('error', () => {});
  const ends = { child, consoles: [stdout, stderr, serial], orders, answers: orders, sharedFolder, explainExit };
  const guest = new ShellGuest(nameOf(environment), ends, hangMs);
  await guest.boot(bootTimeoutMs);
  return {
    facts: { kind: 'qemu', accelerator, cpus: showCpuList(cpus), ...(await readFacts(sharedFolder)) },
    run: (command, args, options, output) => guest.run(command, args, options, output),
    read: (path) => guest.read(path),
    stop: () => guest.stop(),
  };
}

/** QEMU ends with 0 when its guest halts and when it was asked to end, which it says. */
function explainExit(code: number, console: readonly string[]): [GuestErrorKind, string] {
  const said = console.filter((line) => line.startsWith(`${program}:`)).at(-1);
  if (said?.includes('terminating on signal')) return ['killed', said];
  return code === 0 ? ['exited', 'it halted'] : ['resource', said ?? `QEMU ended with code ${code}`];
}

/** A guest of QEMU with Debian's kernel: its processor runs it by KVM, or is emulated. */
export const qemu: Kind<Qemu> = { lacks, start, bootTimeoutMs: 120_000 };
