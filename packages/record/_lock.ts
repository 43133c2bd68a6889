import { mkdirSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { StoreError } from './store_error.ts';

/** Exclusive use of a folder, until it is released or the process ends. */
export interface StoreLock extends AsyncDisposable {
  /** Gives the folder free; doing it twice does nothing. */
  release(): Promise<void>;
}

/**
 * Takes a folder for this process alone.
 *
 * The lock is a listening socket whose name lives in the kernel and not in the file system (Linux: an abstract Unix socket;
 * Windows: a named pipe). The kernel binds a name once, so there is no race, and drops it with the process however that
 * ends, so no lock is ever stale and there is no file to judge by pids and start times. It is named by the folder's
 * device and inode: every path to the folder is the same lock. Its reach is the machine (on Linux the network namespace).
 */
export async function lockFolder(folder: string): Promise<StoreLock> {
  const name = lockName(folder);
  const server = createServer((socket) => socket.on('error', () => {}).end(String(process.pid)));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(name, resolve);
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
      throw new StoreError('locked', folder, `cannot be locked: ${(cause as Error).message}`, { cause });
    }
    const holder = await askHolder(name);
    throw new StoreError('locked', folder, `is in use by ${holder ? `process ${holder}` : 'another process'}`, {
      cause,
    });
  }
  server.unref();
  const release = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { release, [Symbol.asyncDispose]: release };
}

function lockName(folder: string): string {
  const prefix = { linux: '\0', win32: '\\\\.\\pipe\\' }[process.platform as string];
  if (prefix === undefined) {
    throw new StoreError('locked', folder, `cannot be locked: not supported on ${process.platform}`);
  }
  try {
    mkdirSync(folder, { recursive: true });
    const { dev, ino } = statSync(folder, { bigint: true });
    return `${prefix}paratune-store-${dev}-${ino}`;
  } catch (cause) {
    throw new StoreError('folder', folder, `cannot be used as a folder: ${(cause as Error).message}`, { cause });
  }
}

/** The pid of the process that holds the lock; undefined when it is too busy to answer, or just gone. */
function askHolder(name: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(name);
    socket.setTimeout(500, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(/^\d+$/.test(answer) ? answer : undefined));
  });
}
