import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { available } from './available.ts';

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

/** What environments put on this machine: everything that must be gone in the end. */
export interface Traces {
  processes: string[];
  /** Folders, swap files and control groups. */
  paths: string[];
}

/** Where control groups may be mounted. */
const hierarchies = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup/unified', '/sys/fs/cgroup'];

/** Finds what a process put on the machine: its children, the folders that they name, their control groups. */
export function tracesOf(owner: number): Traces {
  const processes: string[] = [];
  const paths = new Set<string>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      if (Number(stat.slice(stat.lastIndexOf(')') + 1).split(' ')[2]) !== owner) continue;
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      // A service of the TypeScript loader.
      if (command.includes('esbuild')) continue;
      processes.push(name);
      for (const [path] of command.matchAll(/\/[^\0=]*(paratune-|\/swap\/)[\w-]+/g)) {
        paths.add(path);
      }
      for (const [path] of readFileSync(`/proc/${name}/cgroup`, 'utf8').matchAll(/\/.*paratune-[\w-]+/g)) {
        for (const hierarchy of hierarchies) if (existsSync(hierarchy + path)) paths.add(hierarchy + path);
      }
    } catch {
      // Gone meanwhile.
    }
  }
  return { processes, paths: [...paths] };
}

/** What is still there of the traces. */
export function remains({ processes, paths }: Traces): string[] {
  const alive = (number: string) => {
    try {
      return !/\) [ZX] /.test(readFileSync(`/proc/${number}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };
  return [...processes.filter(alive), ...paths.filter((path) => existsSync(path))];
}

/** Waits until nothing is left of the traces, for at most 10 s; says what is. */
export async function remainsInTheEnd(traces: Traces): Promise<string[]> {
  for (let tries = 0; tries < 200 && remains(traces).length > 0; tries += 1) await sleep(50);
  return remains(traces);
}

/** A program of another process: starts an environment, runs a command that lasts, and says so on its standard output. */
export function startElsewhere(spec: object, command: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const module = new URL('./mod.ts', import.meta.url).href;
  const program = `
    import { start } from ${JSON.stringify(module)};
    const guest = await start(${JSON.stringify(spec)});
    const running = guest.run(${JSON.stringify(command[0])}, ${JSON.stringify(command.slice(1))}, { onOutput: () => console.log('running') });
    await running;
  `;
  const tsx = import.meta.resolve('tsx');
  const child = spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', program], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  const running = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => resolve());
    child.on('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
  return { child, running };
}
