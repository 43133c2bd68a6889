import type { ChildProcess } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { commandScript } from './_guest_init.ts';
import { FollowedFile } from './_guest_output.ts';
import {
  exitCodes,
  type Failure,
  killGroup,
  Output,
  outOfMemoryFailure,
  signalName,
  timeoutFailure,
} from './_process.ts';
import { asRoot } from './_system.ts';
import type { RunOptions, RunResult } from './guest.ts';
import { GuestError, type GuestErrorKind } from './guest_error.ts';

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

/** A command that runs in the guest. */
interface Pending {
  started(process: number): void;
  done(code: number): void;
  failed(error: GuestError): void;
}

/** The ends of a guest that this process holds. */
export interface GuestEnds {
  /** The process that the guest is. */
  child: ChildProcess;
  /** The lines of these are its console. */
  consoles: readonly Readable[];
  /** The line on which its init reads orders. */
  orders: Writable;
  /** The line on which its init answers. */
  answers: Readable;
  /** The folder that it shares with this process. */
  sharedFolder: string;
  /** What the exit code of the process says, in whose console there is no panic. */
  explainExit(code: number, console: readonly string[]): [GuestErrorKind, string];
}

/** A guest whose init is the shell of {@linkcode initScript}: its process, its console and its order line. */
export class ShellGuest {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #streams: Socket[];
  readonly #orders: Writable;
  readonly #sharedFolder: string;
  readonly #hangMs: number;
  readonly #explainExit: GuestEnds['explainExit'];
  readonly #pending = new Map<number, Pending>();
  #console: string[] = [];
  /** What its kernel said when it panicked. */
  #panic: string | undefined;
  /** How often the console said that a process was killed, by reason. */
  readonly #kills = { 'out-of-memory': 0, 'mapping-limit': 0 };
  #commands = 0;
  #heartbeat: NodeJS.Timeout | undefined;
  #unanswered = 0;
  #ready: () => void = () => {};
  #whenDead: (error: GuestError) => void = () => {};
  #dead: GuestError | undefined;

  constructor(
    name: string,
    { child, consoles, orders, answers, sharedFolder, explainExit }: GuestEnds,
    hangMs: number,
  ) {
    this.#name = name;
    this.#child = child;
    this.#streams = child.stdio.slice(1) as Socket[];
    this.#orders = orders;
    this.#sharedFolder = sharedFolder;
    this.#hangMs = hangMs;
    this.#explainExit = explainExit;
    // The end of the process says what happened to it. A line reader passes on the errors of what it reads.
    const ignore = () => {};
    this.#orders.on('error', ignore);
    const follow = (stream: Readable, hear: (line: string) => void) =>
      createInterface(stream).on('line', hear).on('error', ignore);
    for (const stream of consoles) follow(stream, (line) => this.#read(line));
    follow(answers, (line) => this.#hear(line));
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

  /** Reads a file inside; rejects with the system's error. */
  async read(path: string): Promise<Uint8Array> {
    const output = new Output({});
    const { exitCode, stderr } = await this.run('cat', ['--', path], { cwd: '/' }, output);
    if (exitCode !== 0) throw new Error(stderr.trim());
    return output.bytes('stdout');
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
    // Xen and serial lines end theirs twice.
    if (line.trim() === '') return;
    this.#console.push(line);
    if (this.#console.length > consoleLines) this.#console.shift();
    this.#panic ??= /Kernel panic - not syncing: (.*)/.exec(line)?.[1];
    if (line.includes('Out of memory: Killed process')) this.#kills['out-of-memory'] += 1;
    if (line.includes('UML ran out of memory on the host side')) this.#kills['mapping-limit'] += 1;
  }

  /** An answer of the guest's init; where it answers on its console, what is none is the console's. */
  #hear(line: string): void {
    const [answer, number, value] = line.split(' ') as [string, ...string[]];
    if (!['ready', 'started', 'done', 'pong'].includes(answer)) {
      this.#read(line);
      return;
    }
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
    if (this.#panic !== undefined) {
      const kind = /out of memory|deadlocked on memory/i.test(this.#panic) ? 'out-of-memory' : 'panic';
      this.#die(kind, `its kernel panicked: ${this.#panic}`);
    } else if (signal !== null) this.#die('killed', `it was ended by ${signal}`);
    else this.#die(...this.#explainExit(code!, this.#console));
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
