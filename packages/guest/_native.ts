import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism, release, totalmem } from 'node:os';
import { allowedCpus, nameOf, showCpuList, showSize } from './_check.ts';
import { type ControlGroup, findPlace, lackOfControl, makeControlGroup } from './_control_group.ts';
import { type Kind, type Lack, LackError, type Running, type Start } from './_kind.ts';
import { type Ended, type Failure, outOfMemoryFailure, runGroup, timeoutFailure } from './_process.ts';
import { lackOfSwap, provideSwap } from './_swap.ts';
import { lackOfCpus, memoryInfo, pinned, readField } from './_system.ts';
import type { Environment } from './environment.ts';
import { GuestError } from './guest_error.ts';

type Native = Extract<Environment, { kind: 'native' }>;

async function lacks({ cpus, memoryBytes, swapBytes }: Native): Promise<Lack[]> {
  if (process.platform !== 'linux') {
    // The machine as it is needs nothing of Linux, only a shell.
    if (memoryBytes === undefined && cpus === undefined && process.platform !== 'win32') return [];
    return [{ missing: `${process.platform} has neither control groups nor CPU lists`, remedy: 'use Linux' }];
  }
  const found = await lackOfCpus(cpus);
  if (memoryBytes === undefined) return found;
  const control = await lackOfControl(memoryBytes);
  // What gives control of memory, being root, gives swap too.
  const swap = control.length > 0 ? [] : await lackOfSwap(swapBytes);
  return [...found, ...lackOfMemory(memoryBytes), ...control, ...swap];
}

/** What a machine lacks that has less memory than it is to be held to. */
function lackOfMemory(memoryBytes: number): Lack[] {
  const total = memoryInfo('MemTotal');
  if (memoryBytes <= total) return [];
  const size = showSize(Math.floor(total / 2 ** 20) * 2 ** 20);
  return [{ missing: `the machine has only ${size} of memory`, remedy: 'ask for less memory' }];
}

async function hold({ environment, keeper }: Start<Native>): Promise<ControlGroup | undefined> {
  const { memoryBytes, swapBytes } = environment;
  if (memoryBytes === undefined) return undefined;
  await provideSwap(swapBytes, keeper);
  const place = await findPlace();
  if ('missing' in place) throw new LackError(place);
  return makeControlGroup(place, `paratune-${randomUUID()}`, memoryBytes, swapBytes, keeper);
}

/** The command, and its arguments, that runs another inside a group from its first instruction on. */
function entering(group: ControlGroup | undefined): string[] {
  if (group === undefined) return [];
  return ['/bin/sh', '-c', 'echo $$ >"$1" || exit 125; shift; exec "$@"', 'sh', group.entrance];
}

async function start(options: Start<Native>): Promise<Running> {
  const { environment, keeper } = options;
  const group = await hold(options);
  const kills = () => group?.kills().catch(gone) ?? readField('/proc/vmstat', 'oom_kill').catch(() => 0);
  const gone = (cause: unknown) => {
    throw new GuestError('its control group was removed', { kind: 'killed', environment: nameOf(environment), cause });
  };
  let commands = 0;
  let stopped = false;
  // What empties the group must not meet the next command.
  let emptying: Promise<void> | undefined;
  return {
    facts: facts(environment),
    async run(command, args, runOptions, output) {
      commands += 1;
      let failure: Failure | undefined;
      let ended: Ended;
      try {
        await emptying;
        const killsBefore = await kills();
        if (stopped) throw new GuestError('it was stopped', { kind: 'stopped', environment: nameOf(environment) });
        const words = [...entering(group), ...pinned(environment.cpus), command, ...args];
        ended = await runGroup(words, runOptions, output, (leader) => keeper.add('kill_group', leader));
        if (ended.timedOut) failure = timeoutFailure(runOptions.timeoutMs!);
        else if (ended.exitCode !== 0 && (await kills()) > killsBefore) failure = outOfMemoryFailure;
      } finally {
        commands -= 1;
      }
      if (commands === 0) await (emptying = group?.forget().catch(gone));
      return output.result(ended.exitCode, ended.signal, failure);
    },
    read: (path) => readFile(path),
    stop() {
      stopped = true;
    },
  };
}

function facts({ cpus, memoryBytes, swapBytes }: Native): Running['facts'] {
  const linux = process.platform === 'linux';
  const memTotalBytes = linux ? memoryInfo('MemTotal') : totalmem();
  return {
    kind: 'native',
    kernel: release(),
    memTotalBytes,
    memoryBytes: memoryBytes ?? memTotalBytes,
    swapTotalBytes: swapBytes ?? (linux ? memoryInfo('SwapTotal') : 0),
    cpus: linux ? showCpuList(cpus ?? allowedCpus()) : `0-${availableParallelism() - 1}`,
  };
}

/** This machine: as it is, or held to some memory. */
export const native: Kind<Native> = { lacks, start, bootTimeoutMs: 30_000 };
