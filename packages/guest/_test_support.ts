import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { available } from './available.ts';
import type { Guest, GuestFacts } from './guest.ts';

/** Why tests of an environment are skipped on this machine; false where it can run. */
export async function lacking(name: string): Promise<string | false> {
  const [answer] = await available([name]);
  return answer!.available ? false : `${answer!.missing} (to mend it: ${answer!.remedy})`;
}

/** The processes alive whose command line, environment or control group holds a text: their numbers. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      const read = (file: string) => {
        try {
          return readFileSync(`/proc/${name}/${file}`, 'utf8');
        } catch {
          return '';
        }
      };
      // A zombie has no command line.
      return read('cmdline') !== '' && [read('cmdline'), read('cgroup')].some((all) => all.includes(text));
    })
    .map(Number);
}

/** What an environment put on this machine: everything that must be gone in the end. */
export interface Traces {
  processes: string[];
  paths: string[];
  swap: string[];
}

/** Finds what the environments of one process, a child of ours, put on the machine; by what its keepers have been told. */
export function tracesOf(owner: number): Traces {
  const traces: Traces = { processes: [], paths: [], swap: [] };
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      const parent = Number(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\)/s, '').split(' ')[2]);
      if (parent !== owner) continue;
      traces.processes.push(name);
      for (const word of command) {
        const path = /^(?:ubd0=|uml_dir=)?(\/.*(?:paratune-[\w-]+|\/swap\/[\w-]+))/.exec(word)?.[1];
        if (path === undefined) continue;
        traces.paths.push(path);
        if (path.includes('/swap/')) traces.swap.push(path);
      }
    } catch {
      // Gone meanwhile.
    }
  }
  return traces;
}

/** What is still there of the traces. */
export function remains({ processes, paths, swap }: Traces): string[] {
  const swaps = existsSync('/proc/swaps') ? readFileSync('/proc/swaps', 'utf8') : '';
  return [
    ...processes.filter((number) => {
      try {
        return !/\) [ZX] /.test(readFileSync(`/proc/${number}/stat`, 'utf8'));
      } catch {
        return false;
      }
    }),
    ...paths.filter((path) => existsSync(path)),
    ...swap.filter((path) => swaps.includes(path)),
  ];
}

/** Waits until nothing is left of the traces, for at most 10 s; says what is. */
export async function remainsInTheEnd(traces: Traces): Promise<string[]> {
  for (let tries = 0; tries < 200 && remains(traces).length > 0; tries += 1) await sleep(50);
  return remains(traces);
}

/** A program of another process: starts an environment, runs a command that lasts, and says so on its standard output. */
export function startElsewhere(spec: object, command: readonly string[]) {
  const module = new URL('./mod.ts', import.meta.url).href;
  const program = `
    import { start } from ${JSON.stringify(module)};
    const guest = await start(${JSON.stringify(spec)});
    const running = guest.run(${JSON.stringify(command[0])}, ${JSON.stringify(command.slice(1))}, { onOutput: () => console.log('running') });
    await running;
  `;
  const tsx = import.meta.resolve('tsx');
  const child = spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  const running = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => resolve());
    child.on('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
  return { child, running };
}

export type { Guest, GuestFacts };
