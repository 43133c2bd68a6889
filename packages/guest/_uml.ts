import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { nameOf, showCpuList, showSize } from './_check.ts';
import { systemPath } from './_keeper.ts';
import type { Kind, Lack, Running, Start } from './_kind.ts';
import {
  exitCodes,
  type Failure,
  killGroup,
  Output,
  outOfMemoryFailure,
  signalName,
  timeoutFailure,
} from './_process.ts';
import { lackOfSpace, makeSwapFile, newSwapFile } from './_swap.ts';
import { asRoot, lackOfCpus, memoryInfo, mounts, pinned, system } from './_system.ts';
import { commandScript, initScript } from './_uml_init.ts';
import { lackOfKernel, provideKernel } from './_uml_kernel.ts';
import { FollowedFile } from './_uml_output.ts';
import type { Environment } from './environment.ts';
import type { RunOptions, RunResult } from './guest.ts';
import { GuestError, type GuestErrorKind } from './guest_error.ts';

type Uml = Extract<Environment, { kind: 'uml' }>;

/** What user-mode Linux keeps in its memory file beside the guest's memory. */
const slackBytes = 16 * 1024 ** 2;
/** How much of the console is kept for messages. */
const consoleLines = 60;
/** A guest that answers none of so many questions, spread over the time it may be silent, hangs. */
const heartbeats = 4;

/**
 * Every page of a guest's process that does not follow its neighbour in the guest's memory is a mapping of its own on the
 * host, whose number the host limits.
 */
const mappingLimitFailure: Failure = {
  reason: 'mapping-limit',
  detail: `the host allowed the guest no further page: too many mappings (to mend it: ${asRoot('sysctl vm.max_map_count=1048576')}, or touch memory in the order of its addresses)`,
};

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

/** A path that can stand in a kernel's command line. */
function isPlain(path: string): boolean {
  return /^\/[\w./+-]*$/.test(path);
}

/** A private folder that this process shares with the guest. */
async function makePrivateFolder(keeper: Start['keeper']): Promise<string> {
  const folder = await mkdtemp(join(isPlain(tmpdir()) ? tmpdir() : '/tmp', 'paratune-'));
  keeper.add('remove_folder', folder);
  return folder;
}

async function start({ environment, keeper, bootTimeoutMs, hangMs, onProgress }: Start<Uml>): Promise<Running> {
  const { cpus, memoryBytes, swapBytes } = environment;
  const kernel = await provideKernel(keeper, onProgress);
  const folder = await makePrivateFolder(keeper);
  const sharedFolder = join(folder, 'shared');
  await mkdir(sharedFolder);
  const init = join(folder, 'init');
  await writeFile(init, initScript({ sharedFolder, overlayModule: kernel.overlayModule, swap: swapBytes > 0 }));

  const devices: string[] = [];
  if (swapBytes > 0) {
    const file = await newSwapFile();
    keeper.add('remove_swap', file);
    await makeSwapFile(file, swapBytes);
    devices.push(`ubd0=${file}`);
  }
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
    ...devices,
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
  const guest = new UmlGuest(nameOf(environment), child, sharedFolder, hangMs);
  await guest.boot(bootTimeoutMs);

  const [release, ...lines] = (await readFile(join(sharedFolder, 'facts'), 'utf8')).split('\n') as [
    string,
    ...string[],
  ];
  const memory = lines.join('\n');
  const memTotalBytes = memoryInfo('MemTotal', memory);
  return {
    facts: {
      kind: 'uml',
      kernel: release,
      memTotalBytes,
      memoryBytes: memTotalBytes,
      swapTotalBytes: memoryInfo('SwapTotal', memory),
      cpus: showCpuList(cpus),
    },
    run: (command, args, options, output) => guest.run(command, args, options, output),
    async read(path) {
      const output = new Output({});
      const { exitCode, stderr } = await guest.run('cat', ['--', path], { cwd: '/' }, output);
      if (exitCode !== 0) throw new Error(stderr.trim());
      return output.bytes('stdout');
    },
    stop: () => guest.stop(),
  };
}

/** A command that runs in the guest. */
interface Pending {
  started(process: number): void;
  done(code: number): void;
  failed(error: GuestError): void;
}

/** The guest as its kernel's process, its console and its order line. */
class UmlGuest {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #streams: Socket[];
  readonly #orders: Writable;
  readonly #sharedFolder: string;
  readonly #hangMs: number;
  readonly #pending = new Map<number, Pending>();
  #console: string[] = [];
  /** How often the console said that a process was killed, by reason. */
  readonly #kills = { 'out-of-memory': 0, 'mapping-limit': 0 };
  #commands = 0;
  #heartbeat: NodeJS.Timeout | undefined;
  #unanswered = 0;
  #ready: () => void = () => {};
  #whenDead: (error: GuestError) => void = () => {};
  #dead: GuestError | undefined;

  constructor(name: string, child: ChildProcess, sharedFolder: string, hangMs: number) {
    this.#name = name;
    this.#child = child;
    this.#streams = child.stdio.slice(1) as Socket[];
    this.#orders = child.stdio[3] as Writable;
    this.#sharedFolder = sharedFolder;
    this.#hangMs = hangMs;
    // The end of the process says what happened to it.
    this.#orders.on('error', () => {});
    const [stdout, stderr, , answers] = child.stdio.slice(1) as Readable[];
    for (const stream of [stdout!, stderr!]) createInterface(stream).on('line', (line) => this.#read(line));
    createInterface(answers!).on('line', (line) => this.#hear(line));
    child.on('error', (error) => this.#die('resource', error.message));
    // The processes of the guest live on without its kernel, and hold the console's pipe.
    child.on('exit', () => child.pid !== undefined && killGroup(child.pid));
    child.on('close', (code, signal) => this.#explainEnd(code, signal));
  }

  /** Waits for the guest's init. */
  boot(bootTimeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#die('timeout', `it was not ready after ${bootTimeoutMs / 1000} s`);
      }, bootTimeoutMs);
      this.#whenDead = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      this.#ready = () => {
        clearTimeout(timer);
        this.#whenDead = () => {};
        this.#ready = () => this.#die('exited', 'it rebooted');
        this.#keepAwake(false);
        resolve();
      };
      if (this.#dead) this.#whenDead(this.#dead);
    });
  }

  async run(command: string, args: readonly string[], options: RunOptions, output: Output): Promise<RunResult> {
    this.#commands += 1;
    const number = this.#commands;
    const folder = join(this.#sharedFolder, String(number));
    await mkdir(folder);
    await writeFile(join(folder, 'command'), commandScript(number, command, args, options));
    const live = options.onOutput !== undefined;
    const files = (['stdout', 'stderr'] as const).map(
      (stream) => new FollowedFile(join(folder, stream), stream, output, live),
    );
    const kills = { ...this.#kills };
    let ended: { code: number; timedOut: boolean };
    try {
      ended = await this.#order(number, options.timeoutMs, output);
      // What the console said before the answer may be read after it.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      await Promise.all(files.map((file) => file.end()));
      await rm(folder, { recursive: true, force: true });
    }
    const { code, timedOut } = ended;
    const signal = code > 128 ? (signalName(code - 128) ?? null) : null;
    const exitCode = signal === null ? code : null;
    if (code === exitCodes.noFolder && output.isEmpty) output.add(Buffer.from('no such folder\n'), 'stderr');
    return output.result(exitCode, signal, this.#failure(code, timedOut, kills, options));
  }

  stop(): void {
    this.#die('stopped', 'it was stopped');
  }

  /** Gives the order for a command and waits for its end. */
  #order(number: number, timeoutMs: number | undefined, output: Output): Promise<{ code: number; timedOut: boolean }> {
    return new Promise((resolve, reject) => {
      if (this.#dead) return reject(this.#dead);
      let process: number | undefined;
      let killing = false;
      let timedOut = false;
      let hung: NodeJS.Timeout | undefined;
      const kill = () => {
        killing = true;
        hung ??= setTimeout(() => this.#die('hang', 'it did not kill a command that was to end'), this.#hangMs);
        if (process !== undefined) this.#send(`kill ${number} ${process}`);
      };
      output.whenFailing(kill);
      const limit =
        timeoutMs &&
        setTimeout(() => {
          timedOut = true;
          kill();
        }, timeoutMs);
      const settle = () => {
        clearTimeout(limit);
        clearTimeout(hung);
        this.#pending.delete(number);
        if (this.#pending.size > 0) return;
        // What it left behind must not meet the next one.
        this.#send('clear');
        this.#keepAwake(false);
      };
      this.#pending.set(number, {
        started: (number) => {
          process = number;
          if (killing) kill();
        },
        done: (code) => {
          settle();
          resolve({ code, timedOut });
        },
        failed: (error) => {
          settle();
          reject(error);
        },
      });
      this.#keepAwake(true);
      this.#send(`run ${number}`);
    });
  }

  #failure(code: number, timedOut: boolean, before: Record<string, number>, options: RunOptions): Failure | undefined {
    if (timedOut) return timeoutFailure(options.timeoutMs!);
    if (code === 0) return undefined;
    if (this.#kills['mapping-limit'] > before['mapping-limit']!) return mappingLimitFailure;
    if (this.#kills['out-of-memory'] > before['out-of-memory']!) return outOfMemoryFailure;
    return undefined;
  }

  #send(order: string): void {
    this.#orders.write(`${order}\n`);
  }

  /** A line of the console. */
  #read(line: string): void {
    this.#console.push(line);
    if (this.#console.length > consoleLines) this.#console.shift();
    if (line.includes('Out of memory: Killed process')) this.#kills['out-of-memory'] += 1;
    if (line.includes('UML ran out of memory on the host side')) this.#kills['mapping-limit'] += 1;
  }

  /** An answer of the guest's init. */
  #hear(line: string): void {
    const [answer, number, value] = line.split(' ') as [string, ...string[]];
    this.#unanswered = 0;
    const command = this.#pending.get(Number(number));
    if (answer === 'ready') this.#ready();
    else if (answer === 'started') command?.started(Number(value));
    else if (answer === 'done') command?.done(Number(value));
  }

  /** While commands run, this process waits for them, and makes sure that the guest answers. */
  #keepAwake(awake: boolean): void {
    const change = awake ? 'ref' : 'unref';
    this.#child[change]();
    for (const stream of this.#streams) stream[change]();
    if (!awake) {
      clearInterval(this.#heartbeat);
      this.#heartbeat = undefined;
      this.#unanswered = 0;
    } else {
      // Counted, not timed: when it is this process that was held up, the guest has answered meanwhile.
      this.#heartbeat ??= setInterval(() => {
        if (this.#unanswered === heartbeats) {
          return this.#die('hang', `it has not answered for ${this.#hangMs / 1000} s`);
        }
        this.#unanswered += 1;
        this.#send('ping');
      }, this.#hangMs / heartbeats);
    }
  }

  #explainEnd(code: number | null, signal: NodeJS.Signals | null): void {
    const panic = this.#console.map((line) => /Kernel panic - not syncing: (.*)/.exec(line)?.[1]).find(Boolean);
    if (panic !== undefined) {
      const kind = /out of memory|deadlocked on memory/i.test(panic) ? 'out-of-memory' : 'panic';
      this.#die(kind, `its kernel panicked: ${panic}`);
    } else if (signal !== null) this.#die('killed', `it was ended by ${signal}`);
    else if (code === 0) this.#die('exited', 'it halted');
    // Its answer to SIGTERM, SIGINT and SIGHUP is an exit with code 1.
    else this.#die('killed', `it ended with code ${code}`);
  }

  /** Ends the guest: the first reason counts. */
  #die(kind: GuestErrorKind, message: string): void {
    if (this.#dead) return;
    this.#dead = new GuestError(message, {
      kind,
      environment: this.#name,
      consoleTail: this.#console.join('\n'),
    });
    if (this.#child.pid !== undefined) killGroup(this.#child.pid);
    this.#whenDead(this.#dead);
    for (const command of [...this.#pending.values()]) command.failed(this.#dead);
    this.#keepAwake(false);
  }
}

/** User-mode Linux: a paravirtualized guest that takes neither root nor hardware virtualization. */
export const uml: Kind<Uml> = { lacks, start };
