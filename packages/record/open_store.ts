import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { lockFolder, type StoreLock } from './_lock.ts';
import { checkIdentity, type Identity } from './identity.ts';
import { checkRecord, type Record } from './record.ts';
import { StoreError } from './store_error.ts';

export type { StoreLock } from './_lock.ts';

/** A last line that a kill or a full disk cut short. Its batch was never acknowledged. */
export interface DroppedLine {
  file: string;
  /** Counted from 1. */
  line: number;
  text: string;
}

/** Everything a store holds. */
export interface StoreContents {
  /** In the order they were appended, file by file. */
  records: Record[];
  /** Each once; every record's `identity` is the id of one of them. */
  identities: Identity[];
  dropped: DroppedLine[];
}

/** A folder of records that only grows. */
export interface Store extends Disposable {
  readonly folder: string;

  /**
   * Makes an identity known to this store, so that records can carry its id. It is written with the first batch after.
   *
   * @returns the identity's id
   * @throws {TypeError} {RangeError} when it is not an {@link Identity}
   */
  addIdentity(identity: Identity): string;

  /**
   * Commits a batch: all its records or none. When this returns they are on the disk. It is synchronous so that a batch can
   * be saved from a signal handler too, and so that two batches of one process cannot interleave.
   *
   * @param records any number; none writes nothing
   * @throws {TypeError} {RangeError} when one is not a {@link Record}, or its identity was not added; nothing is written
   * @throws {StoreError} `folder` or `write` when the system refuses (a full disk, for instance); what was written of the
   *   batch is cut away again, and the store can be used on when there is room
   */
  append(records: readonly Record[]): void;

  /**
   * Reads all that is there, of every writer. A torn last line of a file is left out and reported; a folder that does not
   * exist yet is empty.
   *
   * @throws {StoreError} `corrupt` when another line does not hold what it must; `read` when the system refuses
   */
  read(): StoreContents;

  /**
   * Takes the folder for one bench run at a time; readers and other writers are not kept out. The lock goes with the
   * process however that ends, `kill -9` included, and does not keep it alive.
   *
   * @throws {StoreError} `locked` when another run holds it
   */
  lock(): Promise<StoreLock>;

  /** Closes this writer's file. The store can still be read; a later append starts a new file. */
  close(): void;
}

const line = v.union([v.strictObject({ records: v.array(v.unknown()) }), v.strictObject({ identity: v.unknown() })]);

/**
 * Opens the store in a folder. Nothing is written, and no folder made, before the first {@link Store.append} or
 * {@link Store.lock}.
 *
 * The store is NDJSON, a file for each writer (`<time>-<pid>-<random>.ndjson`), so that two writers never meet. A batch is
 * one line, `{"records":[...]}`, preceded by the lines `{"identity":{...}}` it needs; it counts when its line feed is there.
 * Hence a process killed at any moment leaves at most a torn last line in its own file.
 *
 * @param folder path of the folder
 * @throws {TypeError} when the path is not a non-empty string
 * @throws {StoreError} `folder` when the path is something other than a folder
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempSync, rmSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { identify, openStore } from '@paratune/record';
 *
 * const folder = mkdtempSync(`${tmpdir()}/store-`);
 * const store = openStore(folder);
 * const identity = store.addIdentity(identify({ kind: 'native' }));
 * store.append([
 *   {
 *     version: 1, experiment: 'dgemm-driver', environment: 'native', factors: { n: 100 }, metric: 'mflops', unit: 'Mflops',
 *     run: 0, repetition: 0, time: new Date().toISOString(), identity, status: 'measured', value: 4000,
 *   },
 * ]);
 * assert.equal(store.read().records[0]?.factors.n, 100);
 * store.close();
 * rmSync(folder, { recursive: true });
 * ```
 */
export function openStore(folder: string): Store {
  if (typeof folder !== 'string' || folder === '') {
    throw new TypeError(`'folder' must be the path of a folder, got ${JSON.stringify(folder) ?? typeof folder}`);
  }
  return new FolderStore(folder);
}

class FolderStore implements Store {
  readonly folder: string;
  readonly #identities = new Map<string, Identity>();
  #writer: Writer | undefined;

  constructor(folder: string) {
    this.folder = folder;
    listFiles(folder);
  }

  addIdentity(identity: Identity): string {
    checkIdentity(identity);
    this.#identities.set(identity.id, identity);
    return identity.id;
  }

  append(records: readonly Record[]): void {
    if (!Array.isArray(records)) throw new TypeError(`'records' must be an array of records, got ${typeof records}`);
    records.forEach((record, index) => {
      checkRecord(record, `records[${index}]`);
      if (!this.#identities.has(record.identity)) {
        throw new RangeError(
          `'records[${index}].identity' must be the id of an identity added to this store, got '${record.identity}'`,
        );
      }
    });
    if (records.length === 0) return;
    this.#writer ??= new Writer(this.folder);
    const writer = this.#writer;
    const identities = [...new Set(records.map((record) => record.identity))].filter(
      (id) => !writer.identities.has(id),
    );
    try {
      writer.write(
        [...identities.map((id) => ({ identity: this.#identities.get(id) })), { records }]
          .map((content) => `${JSON.stringify(content)}\n`)
          .join(''),
      );
      for (const id of identities) writer.identities.add(id);
    } catch (error) {
      // Whatever state the file is in, the next batch goes to a fresh one, so a torn line stays the last of its file.
      this.close();
      throw error;
    }
  }

  read(): StoreContents {
    const contents = { records: [] as Record[], identities: new Map<string, Identity>(), dropped: [] as DroppedLine[] };
    for (const file of listFiles(this.folder)) readFile(join(this.folder, file), contents);
    return { ...contents, identities: [...contents.identities.values()] };
  }

  lock(): Promise<StoreLock> {
    return lockFolder(this.folder);
  }

  close(): void {
    this.#writer?.close();
    this.#writer = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The one file of one writer. */
class Writer {
  readonly #file: string;
  readonly #descriptor: number;
  #size = 0;
  /** Ids of the identities that this file holds. */
  readonly identities = new Set<string>();

  constructor(folder: string) {
    const time = new Date().toISOString().replace(/[-:.]/g, '');
    this.#file = join(folder, `${time}-${process.pid}-${randomBytes(4).toString('hex')}.ndjson`);
    try {
      fs.mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw new StoreError('folder', folder, `cannot be used as a folder: ${(cause as Error).message}`, { cause });
    }
    this.#descriptor = refusing('write', this.#file, () => fs.openSync(this.#file, 'ax'));
    try {
      refusing('write', this.#file, () => syncFolder(folder));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    try {
      for (let done = 0; done < bytes.length; ) done += fs.writeSync(this.#descriptor, bytes, done);
      fs.fdatasyncSync(this.#descriptor);
      this.#size += bytes.length;
    } catch (cause) {
      this.#cutBack();
      throw new StoreError('write', this.#file, `cannot be written: ${(cause as Error).message}`, { cause });
    }
  }

  close(): void {
    fs.closeSync(this.#descriptor);
  }

  #cutBack(): void {
    try {
      fs.ftruncateSync(this.#descriptor, this.#size);
      if (this.#size === 0) fs.unlinkSync(this.#file);
    } catch {
      // The torn line stays, and reading drops it.
    }
  }
}

/** Makes a new file's name as durable as its contents; Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function listFiles(folder: string): string[] {
  try {
    return fs
      .readdirSync(folder)
      .filter((file) => file.endsWith('.ndjson'))
      .sort();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new StoreError(
      'folder',
      folder,
      code === 'ENOTDIR' ? 'is a file, must be a folder' : `cannot be read: ${message}`,
      { cause },
    );
  }
}

function readFile(
  file: string,
  contents: { records: Record[]; identities: Map<string, Identity>; dropped: DroppedLine[] },
): void {
  const bytes = refusing('read', file, () => fs.readFileSync(file));
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const known = new Set<string>();
  for (let start = 0, number = 1; start < bytes.length; number++) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1) {
      contents.dropped.push({ file, line: number, text: bytes.toString('utf8', start) });
      return;
    }
    try {
      const content: unknown = JSON.parse(decoder.decode(bytes.subarray(start, end)));
      if (!v.is(line, content)) throw new TypeError('a line must be {"records":[...]} or {"identity":{...}}');
      if ('records' in content) {
        content.records.forEach((record, index) => {
          checkRecord(record, `records[${index}]`);
          if (!known.has(record.identity))
            throw new RangeError(`'records[${index}].identity' must be defined by a line above`);
          contents.records.push(record);
        });
      } else {
        checkIdentity(content.identity);
        known.add(content.identity.id);
        contents.identities.set(content.identity.id, content.identity);
      }
    } catch (cause) {
      throw new StoreError('corrupt', file, (cause as Error).message, { line: number, cause });
    }
    start = end + 1;
  }
}

function refusing<T>(kind: 'read' | 'write', file: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const verb = { read: 'read', write: 'written' }[kind];
    throw new StoreError(kind, file, `cannot be ${verb}: ${(cause as Error).message}`, { cause });
  }
}
