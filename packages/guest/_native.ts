import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { promisify } from 'node:util';
import { allowedCpus, showCpuList } from './_check.ts';
import type { Kind, Lack, Running, Start } from './_kind.ts';
import { type Failure, runGroup, timeoutFailure } from './_process.ts';
import { memoryInfo, readField } from './_system.ts';
import type { Environment } from './environment.ts';
import type { RunOptions } from './guest.ts';

type Native = Extract<Environment, { kind: 'native' }>;

/** The command, and its arguments, that runs another on some CPUs only. */
function pinned(cpus: readonly number[] | undefined): string[] {
  return cpus === undefined ? [] : ['taskset', '-c', showCpuList(cpus)];
}

async function lacks({ cpus, memoryBytes }: Native): Promise<Lack[]> {
  const found: Lack[] = [];
  if (memoryBytes !== undefined) found.push({ missing: 'not yet', remedy: 'wait' });
  if (cpus !== undefined) {
    const [command, ...args] = pinned(cpus) as [string, ...string[]];
    try {
      await promisify(execFile)(command, [...args, 'true']);
    } catch (error) {
      const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
      found.push(
        absent
          ? { missing: 'taskset', remedy: 'apt-get install util-linux' }
          : {
              missing: `CPU ${showCpuList(cpus)} is not among those this process may use`,
              remedy: `use of ${showCpuList(allowedCpus())}`,
            },
      );
    }
  }
  return found;
}

async function start({ environment, keeper }: Start<Native>): Promise<Running> {
  const { cpus } = environment;
  const memTotalBytes = memoryInfo('MemTotal');
  return {
    facts: {
      kind: 'native',
      kernel: release(),
      memTotalBytes,
      memoryBytes: memTotalBytes,
      swapTotalBytes: memoryInfo('SwapTotal'),
      cpus: showCpuList(cpus ?? allowedCpus()),
    },
    async run(command, args, options, output) {
      const [program, ...rest] = [...pinned(cpus), command, ...args] as [string, ...string[]];
      const killsBefore = outOfMemoryKills();
      const { exitCode, signal, timedOut } = await runGroup(program, rest, options, output, (group) =>
        keeper.add('kill_group', group),
      );
      const killed = exitCode !== 0 && outOfMemoryKills() > killsBefore;
      return output.result(exitCode, signal, failure(options, timedOut, killed));
    },
    read: (path) => readFile(path),
    stop() {},
  };
}

function failure(options: RunOptions, timedOut: boolean, outOfMemory: boolean): Failure | undefined {
  if (timedOut) return timeoutFailure(options.timeoutMs!);
  if (!outOfMemory) return undefined;
  return { reason: 'out-of-memory', detail: 'the kernel killed it, or one of its processes, for want of memory' };
}

/** How many processes the kernel has killed for want of memory. */
function outOfMemoryKills(): number {
  return readField('/proc/vmstat', 'oom_kill') ?? 0;
}

/** This machine: as it is, or held to some memory. */
export const native: Kind<Native> = { lacks, start };
