import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { showSize } from './_check.ts';
import type { Keeper } from './_keeper.ts';
import type { Lack } from './_kind.ts';
import { asRoot, has, mounts, readField, writable } from './_system.ts';

/** The files of a memory controller by the version of control groups (kernel: cgroup-v1/memory.rst, cgroup-v2.rst). */
const files = {
  1: { limit: 'memory.limit_in_bytes', events: 'memory.oom_control', usage: 'memory.usage_in_bytes' },
  2: { limit: 'memory.max', events: 'memory.events', usage: 'memory.current' },
} as const;

/** A group under which new ones can be made. */
export interface Place {
  version: 1 | 2;
  folder: string;
  /** The root of the hierarchy as this process sees it. */
  top: string;
}

/** A control group that holds its processes to some memory. */
export interface ControlGroup {
  /** The file that a process writes its number to in order to enter. */
  entrance: string;
  /** How many processes in it the kernel has killed for want of memory. */
  kills(): Promise<number>;
  /**
   * Kills the processes that earlier commands left in the group, and gives back the page cache that is charged to it, so
   * that each command finds it alike.
   */
  forget(): Promise<void>;
}

/** The path of this process's own group in a hierarchy: the line of /proc/self/cgroup that `wanted` picks. */
async function ownGroup(wanted: (controllers: string) => boolean): Promise<string | undefined> {
  for (const line of (await readFile('/proc/self/cgroup', 'utf8')).trim().split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers !== undefined && wanted(controllers)) return path;
  }
  return undefined;
}

/** The hierarchy that controls memory, and this process's own group in it. */
async function findHierarchy(): Promise<(Place & { own: string }) | undefined> {
  for (const mount of await mounts()) {
    const version = mount.type === 'cgroup' && mount.superOptions.includes('memory') ? 1 : 2;
    if (version === 2) {
      if (mount.type !== 'cgroup2') continue;
      const controllers = await readFile(join(mount.point, 'cgroup.controllers'), 'utf8').catch(() => '');
      if (!controllers.split(/\s/).includes('memory')) continue;
    }
    const path = await ownGroup((controllers) =>
      version === 1 ? controllers.split(',').includes('memory') : controllers === '',
    );
    const inside = join(mount.point, relative(mount.root, path ?? mount.root));
    // A container may see its own group as the root, or another's path.
    const exists = await stat(inside).then(
      () => true,
      () => false,
    );
    const own = exists && !relative(mount.point, inside).startsWith('..') ? inside : mount.point;
    return { version, folder: own, own, top: mount.point };
  }
  return undefined;
}

/** The groups from one up to the root of its hierarchy. */
function upwards({ folder, top }: Place): string[] {
  return folder === top ? [top] : [folder, ...upwards({ version: 1, folder: dirname(folder), top })];
}

/** Whether the memory controller is switched on for the children of a group (version 2). */
async function delegates(folder: string): Promise<boolean> {
  const controllers = await readFile(join(folder, 'cgroup.subtree_control'), 'utf8').catch(() => '');
  return controllers.split(/\s/).includes('memory');
}

/** Whether a group is the root of all, the only one that may have both processes and controlled children (version 2). */
function isRootOfAll(folder: string): Promise<boolean> {
  return stat(join(folder, 'cgroup.type')).then(
    () => false,
    () => true,
  );
}

/**
 * Where this process may make a group that controls memory. In version 2 a group with processes has no controlled
 * children, so it is a group above ours, one that we may also move processes out of.
 */
export async function findPlace(): Promise<Place | Lack> {
  const hierarchy = await findHierarchy();
  if (hierarchy === undefined) {
    return {
      missing: 'this system has no memory control group',
      remedy: asRoot('mount -t cgroup2 none /sys/fs/cgroup'),
    };
  }
  const { version, top } = hierarchy;
  const candidates = version === 1 ? [hierarchy.own] : upwards(hierarchy);
  for (const folder of candidates) {
    if (!(await writable(folder)) || !(await writable(join(folder, 'cgroup.procs')))) continue;
    if (version === 1 || (await delegates(folder)) || (await isRootOfAll(folder))) return { version, folder, top };
  }
  const missing = `this process may not make a memory control group below ${hierarchy.own}`;
  if (process.getuid?.() === 0) {
    return {
      missing,
      remedy: `start the container with --privileged, or as its root: cd ${top} && mkdir -p init && for p in $(cat cgroup.procs); do echo $p >init/cgroup.procs; done; echo +memory >cgroup.subtree_control`,
    };
  }
  const delegated = version === 2 && (await has('systemd-run'));
  return { missing, remedy: delegated ? 'run it under: systemd-run --user --scope' : 'run it as root (sudo)' };
}

/** What is missing to hold processes to that much memory. */
export async function lackOfControl(memoryBytes: number): Promise<Lack[]> {
  const place = await findPlace();
  if ('missing' in place) return [place];
  for (const folder of upwards(place)) {
    const text = await readFile(join(folder, files[place.version].limit), 'utf8').catch(() => 'max');
    const limit = Number.parseInt(text, 10);
    if (limit < memoryBytes) {
      return [
        {
          missing: `the control group ${folder} allows ${showSize(Math.floor(limit / 2 ** 20) * 2 ** 20)} in all`,
          remedy: asRoot(`sh -c 'echo ${memoryBytes} >${join(folder, files[place.version].limit)}'`),
        },
      ];
    }
  }
  return [];
}

function killProcess(number: number): void {
  try {
    process.kill(number, 'SIGKILL');
  } catch {
    // Gone.
  }
}

/** Makes a group; the keeper removes it, and what runs in it. */
export async function makeControlGroup(
  place: Place,
  name: string,
  memoryBytes: number,
  swapBytes: number,
  keeper: Keeper,
): Promise<ControlGroup> {
  const folder = join(place.folder, name);
  const file = (name: string) => join(folder, name);
  const write = (name: string, value: number) => writeFile(file(name), String(value));
  const { events, limit, usage } = files[place.version];
  if (place.version === 2 && !(await delegates(place.folder))) {
    await writeFile(join(place.folder, 'cgroup.subtree_control'), '+memory');
  }
  keeper.add('remove_control_group', folder);
  await mkdir(folder);
  await write(limit, memoryBytes);
  // Kernels without swap accounting lack these files: then swap is bounded only by what the machine has.
  const absent = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'EACCES') throw error;
  };
  if (place.version === 2) await write('memory.swap.max', swapBytes).catch(absent);
  else {
    if (swapBytes === 0) await write('memory.swappiness', 0).catch(absent);
    await write('memory.memsw.limit_in_bytes', memoryBytes + swapBytes).catch(absent);
  }
  return {
    entrance: file('cgroup.procs'),
    kills: () => readField(file(events), 'oom_kill'),
    async forget() {
      for (const process of (await readFile(file('cgroup.procs'), 'utf8')).split('\n')) {
        if (process !== '') killProcess(Number(process));
      }
      const bytes = Number.parseInt(await readFile(file(usage), 'utf8'), 10);
      // As much as can be: both files refuse with an error when some pages are left, and old kernels lack memory.reclaim.
      await write(place.version === 1 ? 'memory.force_empty' : 'memory.reclaim', bytes).catch(() => {});
    },
  };
}
