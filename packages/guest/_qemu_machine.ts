import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { cacheFolder, makeCacheFolder } from './_cache.ts';
import { nameOf, showCpuList, showSize } from './_check.ts';
import { readFacts } from './_guest_init.ts';
import { systemPath } from './_keeper.ts';
import type { Lack, Running, Start } from './_kind.ts';
import { type LinuxImage, lackOfImage } from './_linux_image.ts';
import { ShellGuest } from './_shell_guest.ts';
import { lackOfSpace } from './_swap.ts';
import { accessible, asRoot, has, lackOfCpus, memoryInfo, pinned, system } from './_system.ts';
import type { Accelerator, Environment } from './environment.ts';
import { GuestError, type GuestErrorKind } from './guest_error.ts';

/** An environment in a machine of QEMU. */
export type InMachine = Extract<Environment, { accelerator: unknown }>;

const program = 'qemu-system-x86_64';
/** What QEMU takes beside the machine's memory. */
const overheadBytes = 128 * 1024 ** 2;
/** A guest under KVM is ready in a fraction of that; one that is not will never be. */
const kvmBootMs = 20_000;

/** What is missing to run a machine with so much memory. */
export async function lackOfMachine(
  { kind, cpus, swapBytes, accelerator }: InMachine,
  memoryBytes: number,
): Promise<Lack[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const missing = `kind '${kind}' does not run on ${process.platform} ${process.arch}`;
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
async function failedTrial(kind: string, { release }: LinuxImage): Promise<string> {
  const what = [kind, await system('uname', ['-rv']), await system(program, ['--version']), release].join('\n');
  return join(cacheFolder(), 'linux', `kvm-failed-${createHash('sha256').update(what).digest('hex').slice(0, 16)}`);
}

/** Boots with the accelerator asked for: by itself with KVM if a trial shows that it works, else by emulation. */
export async function onAccelerator<E extends InMachine>(
  options: Start<E>,
  image: LinuxImage,
  boot: (options: Start<E>, accelerator: Accelerator) => Promise<Running>,
): Promise<Running> {
  const { environment, onProgress } = options;
  const { kind, accelerator } = environment;
  if (accelerator !== 'auto') return boot(options, accelerator);
  const failed = await failedTrial(kind, image);
  if (!(await accessible(failed)) && (await hasKvm())) {
    try {
      return await boot({ ...options, bootTimeoutMs: Math.min(options.bootTimeoutMs, kvmBootMs) }, 'kvm');
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      onProgress(`KVM does not run guests here (${error.message}): the processor is emulated instead`);
      await makeCacheFolder('linux');
      await writeFile(failed, error.consoleTail);
    }
  }
  return boot(options, 'tcg');
}

/** How a machine differs from others. */
export interface Machine {
  accelerator: Accelerator;
  memoryBytes: number;
  /** What the processor is under KVM. */
  hostProcessor: string;
  /** QEMU's options that say what to boot. */
  boot: readonly string[];
  /** The folder that the guest shares with this process. */
  sharedFolder: string;
  /** The folder that is its home. */
  folder: string;
  /** Its one disk. */
  swapFile: string | undefined;
}

/** The processor where it is emulated. With supervisor-mode access prevention (SMAP) Xen's Dom0 dies at once, so none has it. */
const emulatedProcessor = 'max,-smap';

/** Starts a machine and waits for the init of {@linkcode initScript} that its second serial line leads to. */
export async function bootMachine(
  { environment, keeper, bootTimeoutMs, hangMs }: Start<InMachine>,
  { accelerator, memoryBytes, hostProcessor, boot, sharedFolder, folder, swapFile }: Machine,
): Promise<Running> {
  const { kind, cpus } = environment;
  const threads = cpus.length > 1 ? 'multi' : 'single';
  const [first, ...words] = [
    ...pinned(cpus),
    program,
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-monitor', 'none', '-machine', 'pc'],
    ...(accelerator === 'tcg'
      ? ['-accel', `tcg,thread=${threads}`, '-cpu', emulatedProcessor]
      : ['-accel', 'kvm', '-cpu', hostProcessor]),
    ...['-smp', String(cpus.length), '-m', `${memoryBytes / 1024 ** 2}M`],
    ...boot,
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
    facts: { kind, accelerator, cpus: showCpuList(cpus), ...(await readFacts(sharedFolder)) },
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

/** The command by which the guest mounts the folder that it shares with this process. */
export function mountSharedByVirtio(path: string): string {
  return `mount -t 9p -o trans=virtio,version=9p2000.L,cache=none,msize=524288 shared ${path}`;
}
