import { readFileSync, statSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { isAbsolute } from 'node:path';
import { inspect } from 'node:util';
import {
  type Accelerator,
  defaultGuestMemoryBytes,
  type Environment,
  type GuestKind,
  type GuestSpec,
  type UmlLink,
} from './environment.ts';

const mebibyte = 1024 ** 2;

/** Every kind of environment, in the order in which they are listed. */
export const guestKinds: readonly GuestKind[] = ['native', 'uml', 'qemu', 'xen-dom0', 'xen-domu'];

/** Swap unless it is said otherwise: the paper's largest matrices (366 MB at n = 4000) must fit beside 256 MB. */
const defaultSwapBytes = 512 * mebibyte;

/** What a kind takes besides. */
const ownKeys: Record<GuestKind, readonly string[]> = {
  native: [],
  uml: ['sharedMemory', 'link'],
  qemu: ['accelerator', 'paravirtual'],
  'xen-dom0': ['accelerator'],
  'xen-domu': ['accelerator'],
};

const units: Record<string, number> = { '': 1, K: 1024, M: mebibyte, G: 1024 * mebibyte, T: 1024 ** 2 * mebibyte };

/**
 * The least memory in which Node still starts, by trial with Node 20: a control group is charged only for what is not in
 * the machine's page cache already, a guest holds everything itself.
 */
const leastMemoryBytes: Record<GuestKind, number> = {
  native: 8 * mebibyte,
  uml: 40 * mebibyte,
  qemu: 128 * mebibyte,
  'xen-dom0': 192 * mebibyte,
  'xen-domu': 96 * mebibyte,
};

/** How a wrong value is shown in a message. */
export function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
}

/** A size in bytes from a number or from text such as `256M`. */
export function parseSize(name: string, value: unknown): number {
  const wanted = `'${name}' must be a size such as '256M' or a number of bytes, a whole number of mebibytes, got ${show(value)}`;
  if (typeof value !== 'string' && typeof value !== 'number') throw new TypeError(wanted);
  let bytes = Number.NaN;
  if (typeof value === 'number') bytes = value;
  else {
    const match = /^(\d+)\s*([KMGT]?)(?:i?B)?$/i.exec(value.trim());
    if (match) bytes = Number(match[1]) * units[match[2]!.toUpperCase()]!;
  }
  if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes % mebibyte !== 0) throw new RangeError(wanted);
  return bytes;
}

/** A size the way people write it: `256 MiB`. */
export function showSize(bytes: number): string {
  return `${bytes / mebibyte} MiB`;
}

/** The CPUs in a list as the kernel writes it: `0-2,5`. */
export function parseCpuList(list: string): number[] {
  return list
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first, last] = part.split('-').map(Number) as [number, number?];
      return Array.from({ length: (last ?? first) - first + 1 }, (_, index) => first + index);
    });
}

/** A list of CPUs as the kernel writes it. */
export function showCpuList(cpus: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const cpu of [...cpus].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && range[1] === cpu - 1) range[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** The CPUs that exist on this machine. */
function onlineCpus(): number[] {
  return parseCpuList(readFileSync('/sys/devices/system/cpu/online', 'utf8'));
}

/** The CPUs that this process may use at the moment. */
export function allowedCpus(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  return parseCpuList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)![1]!);
}

function checkCpus(cpus: unknown): number[] | undefined {
  if (cpus === undefined) return undefined;
  if (!Array.isArray(cpus)) throw new TypeError(`'cpus' must be an array of CPU numbers, got ${show(cpus)}`);
  const online = process.platform === 'linux' ? onlineCpus() : [];
  for (const cpu of cpus) {
    if (typeof cpu !== 'number') throw new TypeError(`'cpus' must hold numbers, got ${show(cpu)}`);
    if (!online.includes(cpu)) {
      throw new RangeError(`'cpus' must name CPUs of this machine (${showCpuList(online)}), got ${cpu}`);
    }
  }
  if (cpus.length === 0 || new Set(cpus).size !== cpus.length) {
    throw new RangeError(`'cpus' must name at least one CPU and none twice, got ${show(cpus)}`);
  }
  return [...cpus];
}

function checkMemory(kind: GuestKind, value: unknown): number {
  const bytes = parseSize('memory', value);
  if (bytes < leastMemoryBytes[kind]) {
    throw new RangeError(
      `'memory' must be at least ${showSize(leastMemoryBytes[kind])} for kind '${kind}', got ${show(value)}`,
    );
  }
  return bytes;
}

/** Checks a specification from outside and fills in its defaults. */
export function checkSpec(spec: GuestSpec): Environment {
  if (typeof spec !== 'object' || spec === null) {
    throw new TypeError(`'spec' must be an object such as {kind: 'uml', memory: '256M'}, got ${show(spec)}`);
  }
  const { kind, memory, swap } = spec;
  if (typeof kind !== 'string') throw new TypeError(`'kind' must be a string, got ${show(kind)}`);
  if (!guestKinds.includes(kind)) {
    throw new RangeError(`'kind' must be one of ${guestKinds.map(show).join(', ')}, got ${show(kind)}`);
  }
  const keys = ['kind', 'memory', 'swap', 'cpus', ...ownKeys[kind]];
  for (const key of Object.keys(spec)) {
    if (!keys.includes(key)) {
      throw new TypeError(`'spec' of kind '${kind}' has no property '${key}': it takes ${keys.join(', ')}`);
    }
  }
  const cpus = checkCpus(spec.cpus);
  if (kind === 'native' && memory === undefined) {
    if (swap !== undefined)
      throw new TypeError(`'swap' needs 'memory': without it kind 'native' is the machine as it is`);
    return { kind, cpus };
  }
  const memoryBytes = memory === undefined ? defaultGuestMemoryBytes : checkMemory(kind, memory);
  const swapBytes = swap === undefined ? defaultSwapBytes : parseSize('swap', swap);
  if (kind === 'native') return { kind, cpus, memoryBytes, swapBytes };
  const guestCpus = cpus ?? [process.platform === 'linux' ? allowedCpus()[0]! : 0];
  if (kind === 'qemu') return { kind, cpus: guestCpus, memoryBytes, swapBytes, ...checkQemu(spec) };
  const [cpu, ...rest] = guestCpus;
  if (cpu === undefined || rest.length > 0)
    throw new RangeError(`'cpus' must name one CPU for kind '${kind}', got ${show(cpus)}`);
  if (kind !== 'uml')
    return { kind, cpus: [cpu], memoryBytes, swapBytes, accelerator: checkAccelerator(spec.accelerator) };
  const { sharedMemory, link } = spec as Record<string, unknown>;
  return {
    ...{ kind, cpus: [cpu], memoryBytes, swapBytes },
    ...(sharedMemory === undefined ? {} : { sharedMemory: checkSharedMemory(sharedMemory) }),
    ...(link === undefined ? {} : { link: checkLink(link) }),
  };
}

function checkSharedMemory(path: unknown): string {
  // The kernel's command line separates by commas and spaces.
  if (typeof path !== 'string' || !isAbsolute(path) || /[\0\s,]/.test(path)) {
    throw new TypeError(`'sharedMemory' must be an absolute path without spaces and commas, got ${show(path)}`);
  }
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status?.isFile() || status.size === 0 || status.size % 4096 !== 0) {
    const found = status?.isFile() ? `one of ${status.size} bytes` : 'none';
    throw new RangeError(`'sharedMemory' must be a file of whole pages of 4096 bytes, got ${found}: ${show(path)}`);
  }
  return path;
}

function checkLink(link: unknown): UmlLink {
  checkKeys('link', link, ['address', 'port', 'peerPort']);
  const { address, port, peerPort } = link as Record<string, unknown>;
  if (typeof address !== 'string' || !isIPv4(address)) {
    throw new TypeError(`'link.address' must be an address such as '10.0.0.1', got ${show(address)}`);
  }
  return { address, port: checkPort('link.port', port), peerPort: checkPort('link.peerPort', peerPort) };
}

function checkPort(name: string, port: unknown): number {
  const wanted = `'${name}' must be a port from 1 to 65535, got ${show(port)}`;
  if (typeof port !== 'number') throw new TypeError(wanted);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new RangeError(wanted);
  return port;
}

function checkQemu({ accelerator, paravirtual = true }: { accelerator?: unknown; paravirtual?: unknown }) {
  const checked = checkAccelerator(accelerator);
  if (typeof paravirtual !== 'boolean')
    throw new TypeError(`'paravirtual' must be a boolean, got ${show(paravirtual)}`);
  return { accelerator: checked, paravirtual };
}

function checkAccelerator(accelerator: unknown = 'auto'): 'auto' | Accelerator {
  const choices = ['auto', 'kvm', 'tcg'];
  const wanted = `'accelerator' must be one of ${choices.map(show).join(', ')}, got ${show(accelerator)}`;
  if (typeof accelerator !== 'string') throw new TypeError(wanted);
  if (!choices.includes(accelerator)) throw new RangeError(wanted);
  return accelerator as 'auto' | Accelerator;
}

/** The name of an environment that is already checked. */
export function nameOf(environment: Environment): string {
  if (environment.memoryBytes === undefined) return environment.kind;
  return `${environment.kind}-${environment.memoryBytes / mebibyte}`;
}

/** Text that can be passed to a program. */
function checkText(name: string, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError(`'${name}' must be a string, got ${show(value)}`);
  if (value.includes('\0')) throw new TypeError(`'${name}' must not hold NUL, got ${JSON.stringify(value)}`);
}

/** Checks the options of an object that takes only the keys named. */
export function checkKeys(name: string, value: unknown, keys: readonly string[]): void {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`'${name}' must be an object, got ${show(value)}`);
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) throw new TypeError(`'${name}' has no property '${key}': it takes ${keys.join(', ')}`);
  }
}

/** A time limit in milliseconds. */
export function checkMilliseconds(name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'number') throw new TypeError(`'${name}' must be a number of milliseconds, got ${show(value)}`);
  // A timer of Node holds 31 bits.
  if (!(value > 0) || value > 2 ** 31 - 1) {
    throw new RangeError(`'${name}' must be more than 0 and at most ${2 ** 31 - 1} milliseconds, got ${value}`);
  }
}

/** Checks everything that `run` takes. */
export function checkRun(command: unknown, args: unknown, options: unknown): void {
  checkText('command', command);
  if (command === '') throw new RangeError("'command' must not be empty");
  if (!Array.isArray(args)) throw new TypeError(`'args' must be an array of strings, got ${show(args)}`);
  args.forEach((arg, index) => {
    checkText(`args[${index}]`, arg);
  });
  checkKeys('options', options, ['env', 'cwd', 'timeoutMs', 'onOutput', 'capture']);
  const { env, cwd, timeoutMs, onOutput, capture } = options as Record<string, unknown>;
  if (cwd !== undefined) checkText('cwd', cwd);
  if (cwd === '') throw new RangeError("'cwd' must not be empty");
  checkMilliseconds('timeoutMs', timeoutMs);
  if (onOutput !== undefined && typeof onOutput !== 'function') {
    throw new TypeError(`'onOutput' must be a function, got ${show(onOutput)}`);
  }
  if (capture !== undefined && typeof capture !== 'boolean') {
    throw new TypeError(`'capture' must be a boolean, got ${show(capture)}`);
  }
  if (env === undefined) return;
  if (typeof env !== 'object' || env === null) throw new TypeError(`'env' must be an object, got ${show(env)}`);
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    checkText('env', name);
    checkText(`env.${name}`, value);
    if (name === '' || name.includes('=')) throw new RangeError(`'env' must not name a variable ${show(name)}`);
  }
}
