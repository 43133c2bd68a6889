import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { now, SystemError } from '@paratune/native';
import { show } from './_check.ts';
import { isGone, Occupant, occupantBytes, ownName } from './_occupant.ts';
import { mapRegion, type Region } from './_region.ts';
import { CommunicationError } from './communication_error.ts';

/** 'shmr' */
const MAGIC = 0x73686d72;

/** Of the layouts of this file, of `Ring` and of `Channel`; both sides must have the same. */
const VERSION = 1;

const header = { magic: 0, version: 4, purpose: 8, bytes: 12, recoveredBy: 128, owner: 256 } as const;

/** Where the memory begins that a region is there for. */
export const headerBytes = header.owner + occupantBytes;

/** What a region is for. */
export type Purpose = 'region' | 'channel';
const purposes: readonly Purpose[] = ['region', 'channel'];

/** Where a guest of user-mode Linux finds the memory that it shares. */
const guestDevice = '/dev/mmapper';

/** The file of a region of that name. @throws {TypeError} {RangeError} when it is no name. */
export function pathOf(name: unknown, { guests }: { guests: boolean }): string {
  const message = `'name' must be of 1 to 64 letters, digits, '-' and '_'${guests ? `, or '${guestDevice}'` : ''}, got ${show(name)}`;
  if (typeof name !== 'string') throw new TypeError(message);
  if (guests && name === guestDevice) return name;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) throw new RangeError(message);
  return `/dev/shm/paratune.${name}`;
}

/** Memory that several processes share, and who made it. */
export class ShmFile {
  readonly region: Region;
  readonly path: string;
  readonly owner: Occupant;
  readonly bytes: number;
  /** Of the file, where this side made it and is to remove it. */
  readonly #inode: number | undefined;

  constructor(region: Region, path: string, inode?: number) {
    this.region = region;
    this.path = path;
    this.owner = new Occupant(region, header.owner);
    this.bytes = region.load(header.bytes);
    this.#inode = inode;
    if (inode !== undefined) setOwned(this, true);
  }

  /** Removes the file, if this side made it, and it was not taken for one left by a crash. */
  remove(): void {
    if (this.#inode === undefined) return;
    setOwned(this, false);
    if (statSync(this.path, { throwIfNoEntry: false })?.ino === this.#inode) rmSync(this.path, { force: true });
  }

  close(): void {
    if (this.#inode !== undefined) this.owner.leave();
    this.remove();
    this.region.free();
  }
}

/** Files that this thread made: when it ends without closing them, they are removed all the same. */
const owned = new Set<ShmFile>();
const removeOwned = () => {
  for (const file of owned) file.remove();
};

function setOwned(file: ShmFile, on: boolean): void {
  if (on && owned.size === 0) process.on('exit', removeOwned);
  if (on) owned.add(file);
  else owned.delete(file);
  if (!on && owned.size === 0) process.off('exit', removeOwned);
}

/** How often something is looked for that is not there yet. */
const pollMs = 20;

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** A file that is open, by which it stays the same whatever becomes of its name. */
const byDescriptor = (descriptor: number) => `/proc/self/fd/${descriptor}`;

/** Makes a region, unless one of that name is in use; one that a crash has left is removed first. */
export async function createFile(
  path: string,
  bytes: number,
  purpose: Purpose,
  initialize: (region: Region) => void,
  timeoutMs: number,
): Promise<ShmFile> {
  removeUnnamed(path);
  const begin = now();
  for (;;) {
    const file = makeFile(path, bytes, purpose, initialize);
    if (file !== undefined) return file;
    // Each time something else was in the way: it is another's turn to be recovered, or another has just done it.
    if (now() - begin > 2e6 * timeoutMs + 1e9) {
      throw new CommunicationError(
        'role-taken',
        `others make and remove ${path} all the time, or do not get done with it`,
      );
    }
    await recover(path, timeoutMs);
  }
}

/** It appears under its name all ready, or not at all: then there is one already. */
function makeFile(
  path: string,
  bytes: number,
  purpose: Purpose,
  initialize: (region: Region) => void,
): ShmFile | undefined {
  const unnamed = `${path}.${ownName()}`;
  const descriptor = openSync(unnamed, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    ftruncateSync(descriptor, headerBytes + bytes);
    const region = mapRegion(byDescriptor(descriptor), headerBytes + bytes);
    region.store(header.version, VERSION);
    region.store(header.purpose, purposes.indexOf(purpose));
    region.store(header.bytes, bytes);
    initialize(region);
    region.store(header.magic, MAGIC);
    const file = new ShmFile(region, path, fstatSync(descriptor).ino);
    try {
      file.owner.take();
      linkSync(unnamed, path);
      return file;
    } catch (error) {
      file.close();
      if (codeOf(error) === 'EEXIST') return undefined;
      throw error;
    }
  } finally {
    rmSync(unnamed, { force: true });
    closeSync(descriptor);
  }
}

/** Removes what makers that were killed half-way have left. */
function removeUnnamed(path: string): void {
  const prefix = `${basename(path)}.`;
  for (const file of readdirSync(dirname(path))) {
    if (file.startsWith(prefix) && isGone(file.slice(prefix.length)))
      rmSync(join(dirname(path), file), { force: true });
  }
}

/** Removes a region whose maker is no more. @throws {CommunicationError} when it lives, or what is there is no region. */
async function recover(path: string, timeoutMs: number): Promise<void> {
  const opened = open(path);
  if (opened === undefined) return;
  const { descriptor, file } = opened;
  try {
    const { owner, region } = file;
    if (!owner.hasLeft) {
      while (!owner.isLost(timeoutMs)) {
        if (owner.isNear || owner.hasBeaten) {
          const where = owner.isNear ? `by process ${owner.pid}` : 'in another kernel';
          throw new CommunicationError('role-taken', `the name is in use ${where}: there is a region ${path} already`);
        }
        await sleep(pollMs);
        if (owner.hasLeft) break;
      }
    }
    // Of several who find it at once, one removes it: the others might remove the one that takes its place.
    const by = header.recoveredBy / 4;
    const before = Atomics.load(region.words, by);
    if (
      (before !== 0 && isRunning(before)) ||
      Atomics.compareExchange(region.words, by, before, process.pid) !== before
    ) {
      await sleep(1);
      return;
    }
    try {
      if (statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(descriptor).ino) rmSync(path, { force: true });
    } catch (error) {
      Atomics.store(region.words, by, 0);
      throw error;
    }
  } finally {
    closeSync(descriptor);
    file.region.free();
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/** Opens a region that is there, whoever made it. @throws {CommunicationError} when it is none, or of another version. */
function open(path: string): { descriptor: number; file: ShmFile } | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  let region: Region | undefined;
  try {
    const status = fstatSync(descriptor);
    const has = (bytes: number) => {
      if (status.isFile() && status.size < bytes) {
        const message = `${path} has ${status.size} bytes, a region there must have ${bytes} at least`;
        throw new CommunicationError('region-too-small', message);
      }
    };
    const source = status.isFile() ? byDescriptor(descriptor) : path;
    has(headerBytes);
    region = mapRegion(source, headerBytes);
    const [magic, version, bytes] = [header.magic, header.version, header.bytes].map((at) => region!.load(at)) as [
      number,
      number,
      number,
    ];
    if (magic !== MAGIC) throw new CommunicationError('mismatch', `${path} is no region`);
    if (version !== VERSION) {
      const message = `${path} has version ${version} of the layout, this side has ${VERSION}`;
      throw new CommunicationError('mismatch', message);
    }
    region.free();
    region = undefined;
    if (bytes < 1) throw new CommunicationError('mismatch', `${path} is no region`);
    has(headerBytes + bytes);
    return { descriptor, file: new ShmFile(mapRegion(source, headerBytes + bytes), path) };
  } catch (error) {
    region?.free();
    closeSync(descriptor);
    if (!(error instanceof SystemError)) throw error;
    throw new CommunicationError('region-too-small', `${path} cannot be mapped: ${error.message}`);
  }
}

/** Attaches to a region once it is there. One whose maker is no more is refused, unless another takes its place in time. */
export async function attachFile(path: string, purpose: Purpose, timeoutMs: number): Promise<ShmFile> {
  const begin = now();
  for (;;) {
    const opened = open(path);
    let refusal = new CommunicationError('no-peer', `there was no region ${path} within ${timeoutMs / 1000} s`);
    if (opened !== undefined) {
      closeSync(opened.descriptor);
      const { file } = opened;
      if (file.owner.isPresent && !file.owner.isLost(timeoutMs)) {
        const found = purposes[file.region.load(header.purpose)];
        if (found === purpose) return file;
        file.region.free();
        throw new CommunicationError('mismatch', `${path} is a ${found ?? 'thing unknown'}, not a ${purpose}`);
      }
      refusal = new CommunicationError('peer-lost', `process ${file.owner.pid} has left ${path} and has ended`);
      file.region.free();
    }
    if (now() - begin >= 1e6 * timeoutMs) throw refusal;
    await sleep(pollMs);
  }
}
