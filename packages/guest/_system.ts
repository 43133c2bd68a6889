import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { access, constants, mkdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { cacheFolder } from './_cache.ts';
import { allowedCpus, showCpuList } from './_check.ts';
import { systemPath } from './_keeper.ts';
import type { Lack } from './_kind.ts';

/** The environment in which the system's programs are found and speak English. */
export function systemEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: systemPath, LC_ALL: 'C' };
}

/** Runs one of the system's programs to its end; rejects with its error output in the message. */
export async function system(program: string, args: readonly string[]): Promise<string> {
  const options = { cwd: '/', env: systemEnvironment(), maxBuffer: 2 ** 24, timeout: 60_000 };
  return (await promisify(execFile)(program, [...args], options)).stdout;
}

/** Whether the system has a program. */
export async function has(program: string): Promise<boolean> {
  return system('/bin/sh', ['-c', 'command -v "$1"', 'sh', program]).then(
    () => true,
    () => false,
  );
}

/** A command as this user must type it to run it as root. */
export function asRoot(command: string): string {
  return process.getuid?.() === 0 ? command : `sudo ${command}`;
}

/** Whether this process holds a capability, by its number in capabilities(7). */
export function capable(capability: number): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${effective}`) >> BigInt(capability)) % 2n === 1n;
}

/** Whether a file or a folder is there, and this process may use it so: by default, merely see it. */
export function accessible(path: string, mode: number = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** Whether this process may write to a file or in a folder. */
export function writable(path: string): Promise<boolean> {
  return accessible(path, constants.W_OK);
}

/** A field of a file of `NAME VALUE` lines, as those of /proc and /sys/fs/cgroup are. */
export async function readField(file: string, name: string): Promise<number> {
  const match = new RegExp(`^${name}:?\\s+(\\d+)`, 'm').exec(await readFile(file, 'utf8'));
  return match ? Number(match[1]) : 0;
}

/** A field of a kernel's /proc/meminfo in bytes; 0 when it has none. */
export function memoryInfo(name: string, text: string = readFileSync('/proc/meminfo', 'utf8')): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
}

/** A mounted file system, from /proc/self/mountinfo (proc(5)). */
export interface Mount {
  root: string;
  point: string;
  options: string[];
  type: string;
  superOptions: string[];
}

/** The file systems that this process sees. */
export async function mounts(): Promise<Mount[]> {
  const decode = (text: string) =>
    text.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)));
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const [before, after] = line.split(' - ') as [string, string];
    const [, , , root, point, options] = before.split(' ') as string[];
    const [type, , superOptions] = after.split(' ') as string[];
    return {
      root: decode(root!),
      point: decode(point!),
      options: options!.split(','),
      type: type!,
      superOptions: superOptions?.split(',') ?? [],
    };
  });
}

/** The command, and its arguments, that runs another on some CPUs only. */
export function pinned(cpus: readonly number[] | undefined): string[] {
  return cpus === undefined ? [] : ['taskset', '-c', showCpuList(cpus)];
}

/** What is missing to run on some CPUs only. */
export async function lackOfCpus(cpus: readonly number[] | undefined): Promise<Lack[]> {
  if (cpus === undefined) return [];
  if (!(await has('taskset')))
    return [{ missing: 'the program taskset is missing', remedy: asRoot('apt-get install util-linux') }];
  const [program, ...args] = pinned(cpus) as [string, ...string[]];
  return system(program, [...args, 'true']).then(
    () => [],
    () => [
      {
        missing: `this process may not use CPU ${showCpuList(cpus)}`,
        remedy: `choose among ${showCpuList(allowedCpus())}, or widen the control group's cpuset`,
      },
    ],
  );
}

/** What is missing to keep files in the cache. */
export async function lackOfCache(): Promise<Lack[]> {
  const folder = cacheFolder();
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
    return [];
  } catch (error) {
    return [
      {
        missing: `the cache folder ${folder} cannot be written (${(error as NodeJS.ErrnoException).code})`,
        remedy: 'set XDG_CACHE_HOME to a folder that can',
      },
    ];
  }
}
