import { spawn } from 'node:child_process';
import { readFile, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { nameOf, showCpuList, showSize } from './_check.ts';
import { makeGuestFolder } from './_guest_folder.ts';
import { initScript, readFacts } from './_guest_init.ts';
import { quote, systemPath } from './_keeper.ts';
import type { Kind, Lack, Running, Start } from './_kind.ts';
import { ShellGuest } from './_shell_guest.ts';
import { lackOfSpace, provideSwapDisk } from './_swap.ts';
import { asRoot, lackOfCpus, memoryInfo, mounts, pinned, system } from './_system.ts';
import { lackOfKernel, provideKernel } from './_uml_kernel.ts';
import type { Environment, UmlLink } from './environment.ts';
import type { GuestErrorKind } from './guest_error.ts';

type Uml = Extract<Environment, { kind: 'uml' }>;

/** What user-mode Linux keeps in its memory file beside the guest's memory. */
const slackBytes = 16 * 1024 ** 2;

async function lacks({ cpus, memoryBytes, swapBytes }: Uml): Promise<Lack[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return [
      { missing: `user-mode Linux does not run on ${process.platform} ${process.arch}`, remedy: 'use Linux on x86-64' },
    ];
  }
  return [
    ...(await lackOfCpus(cpus)),
    ...(await lackOfKernel()),
    ...(await lackOfMemory(memoryBytes)),
    ...(await lackOfSpace(swapBytes)),
    ...(await lackOfTracing()),
  ];
}

/** The guest's processes are traced by its kernel; a host may forbid that (Documentation/admin-guide/LSM/Yama.rst). */
async function lackOfTracing(): Promise<Lack[]> {
  const scope = Number(await readFile('/proc/sys/kernel/yama/ptrace_scope', 'utf8').catch(() => '0'));
  if (scope < (process.getuid?.() === 0 ? 3 : 2)) return [];
  return [{ missing: 'this system forbids to trace processes', remedy: asRoot('sysctl kernel.yama.ptrace_scope=1') }];
}

/**
 * A folder in memory with room for the guest's: on a disk, its memory would be written out all the time. undefined when
 * there is none.
 */
async function memoryFolder(memoryBytes: number): Promise<string | undefined> {
  const inMemory = (await mounts()).filter(({ type, options }) => type === 'tmpfs' && !options.includes('noexec'));
  for (const folder of ['/dev/shm', process.env['XDG_RUNTIME_DIR'], '/tmp']) {
    if (!folder || !inMemory.some(({ point }) => point === folder)) continue;
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize >= memoryBytes + slackBytes) return folder;
  }
  return undefined;
}

async function lackOfMemory(memoryBytes: number): Promise<Lack[]> {
  const wanted = memoryBytes + slackBytes;
  if (wanted > memoryInfo('MemAvailable')) {
    return [
      {
        missing: `the machine has no ${showSize(wanted)} of memory left`,
        remedy: 'end other programs, or ask for less memory',
      },
    ];
  }
  if ((await memoryFolder(memoryBytes)) !== undefined) return [];
  const remount = asRoot(`mount -o remount,exec,size=${Math.ceil((4 * wanted) / 1024 ** 3)}G /dev/shm`);
  return [
    {
      missing: `/dev/shm is no file system in memory that is executable and has ${showSize(wanted)} free`,
      remedy: `${remount} (in a container: start it with --shm-size)`,
    },
  ];
}

async function start({ environment, keeper, bootTimeoutMs, hangMs, onProgress }: Start<Uml>): Promise<Running> {
  const { cpus, memoryBytes, swapBytes, sharedMemory, link } = environment;
  const kernel = await provideKernel(keeper, onProgress);
  const { folder, sharedFolder } = await makeGuestFolder(keeper);
  const swapFile = await provideSwapDisk(swapBytes, keeper);
  const init = join(folder, 'init');
  await writeFile(
    init,
    initScript({
      mountShared: (path) => `mount -t hostfs shared ${path} -o ${quote(sharedFolder)}`,
      loadOverlay: loadModule(kernel.overlayModule),
      swapDevice: swapFile && '/dev/ubda',
      ordersDevice: '/dev/ttyS0',
      network: link && plugIn(link.address),
    }),
  );
  // Without it the guest's MemTotal differs from boot to boot; a container may forbid it.
  const fixedAddresses = ['setarch', 'x86_64', '-R'];
  const still = await system(fixedAddresses[0]!, [...fixedAddresses.slice(1), 'true']).then(
    () => true,
    () => false,
  );
  const [program, ...args] = [
    ...pinned(cpus),
    ...(still ? fixedAddresses : []),
    kernel.program,
    `mem=${memoryBytes / 1024 ** 2}M`,
    `uml_dir=${folder}/`,
    'umid=guest',
    ...(swapFile === undefined ? [] : [`ubd0=${swapFile}`]),
    ...(sharedMemory === undefined ? [] : [`iomem=mmapper,${sharedMemory}`]),
    ...(link === undefined ? [] : [cable(link)]),
    ...['rootfstype=hostfs', 'rootflags=/', 'ro', 'quiet'],
    // The console goes to our standard output, the first serial line to the pipes 3 and 4.
    ...['con=null', 'con0=null,fd:1', 'ssl=null', 'ssl0=fd:3,fd:4'],
    ...['init=/bin/sh', '--', init],
  ] as [string, ...string[]];
  const child = spawn(program, args, {
    cwd: '/',
    // It puts the guest's memory into TMPDIR.
    env: { PATH: systemPath, TMPDIR: (await memoryFolder(memoryBytes)) ?? '/dev/shm', HOME: folder },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) keeper.add('kill_group', child.pid);
  const [stdout, stderr, orders, answers] = child.stdio.slice(1) as [Readable, Readable, Writable, Readable];
  const ends = { child, consoles: [stdout, stderr], orders, answers, sharedFolder, explainExit };
  const guest = new ShellGuest(nameOf(environment), ends, hangMs);
  await guest.boot(bootTimeoutMs);
  return {
    facts: { kind: 'uml', cpus: showCpuList(cpus), ...(await readFacts(sharedFolder)) },
    run: (command, args, options, output) => guest.run(command, args, options, output),
    read: (path) => guest.read(path),
    stop: () => guest.stop(),
  };
}

/** The exit code is 0 for any halt; its answer to SIGTERM, SIGINT and SIGHUP is an exit with code 1. */
function explainExit(code: number): [GuestErrorKind, string] {
  return code === 0 ? ['exited', 'it halted'] : ['killed', `it ended with code ${code}`];
}

/** The command that loads a module: perl is on every Debian, insmod is not, and finit_module(2) is number 313 on x86-64. */
function loadModule(module: string | undefined): string {
  if (module === undefined) return 'false';
  const call = 'open(F, "<", $ARGV[0]) or exit 1; exit(syscall(313, fileno(F), my $none = "", 0) ? 1 : 0)';
  return `insmod ${quote(module)} || perl -e ${quote(call)} ${quote(module)}`;
}

/** The guest's end of a cable (Documentation/virt/uml/user_mode_linux_howto_v2.rst): the lower port's end has session 1. */
function cable({ port, peerPort }: UmlLink): string {
  const [own, other] = port < peerPort ? [1, 2] : [2, 1];
  const ends = ['src=127.0.0.1', 'dst=127.0.0.1', `srcport=${port}`, `dstport=${peerPort}`];
  return ['vec0:transport=l2tpv3', 'udp=1', ...ends, `rx_session=${other}`, `tx_session=${own}`].join();
}

/**
 * The command that gives the network devices their addresses and takes them into use: perl is on every Debian, ip and ifconfig are
 * not. The requests are those of netdevice(7): SIOCSIFADDR, SIOCSIFNETMASK, and SIOCSIFFLAGS with IFF_UP.
 */
function plugIn(address: string): string {
  const program = `
    socket(S, 2, 2, 0) or die $!;
    sub request { ioctl(S, $_[0], pack("a16 a24", $_[1], $_[2])) or die "$_[1]: $!" }
    sub address { pack("S n a4", 2, 0, pack("C4", split(/\\./, $_[0]))) }
    for (["lo", "127.0.0.1", "255.0.0.0"], ["vec0", $ARGV[0], "255.255.255.0"]) {
      my ($name, $own, $mask) = @$_;
      request(0x8916, $name, address($own));
      request(0x891c, $name, address($mask));
      request(0x8914, $name, pack("S", 1));
    }`;
  return `perl -e ${quote(program)} ${quote(address)}`;
}

/** User-mode Linux: a paravirtualized guest that takes neither root nor hardware virtualization. */
export const uml: Kind<Uml> = { lacks, start, bootTimeoutMs: 30_000 };
