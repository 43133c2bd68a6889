import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Answer, Request } from './_peers_process.ts';

/** Environment variables that a library reads when it is loaded. */
export type Environment = Readonly<Record<string, string>>;

const script = fileURLToPath(new URL('./_peers_process.ts', import.meta.url));

/** Variables by which libraries choose kernels: what they are here may be meant for other programs. */
const choosing = ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE', 'BLIS_ARCH_TYPE'];

/**
 * Starts a library with as many threads. Threads of OpenBLAS go on looking for work for 2^26 ticks by default, which takes
 * their CPU from whoever is measured next; 2^20, some 0.4 ms, are as good for calls that follow each other.
 */
function withThreads(threads: number): Environment {
  const count = String(threads);
  return {
    OPENBLAS_NUM_THREADS: count,
    BLIS_NUM_THREADS: count,
    OMP_NUM_THREADS: count,
    OPENBLAS_THREAD_TIMEOUT: '20',
  };
}

/** A process that measures has ended otherwise than it should, for instance by an instruction that the processor lacks. */
export class PeersProcessError extends Error {
  override readonly name = 'PeersProcessError';
}

/**
 * Asks a process of its own, and gives its answers as they come.
 *
 * @throws {PeersProcessError} when it does not end well
 */
export async function* ask(
  request: Request,
  { threads = 1, environment = {}, signal }: { threads?: number; environment?: Environment; signal?: AbortSignal } = {},
): AsyncGenerator<Answer> {
  const inherited = Object.entries(process.env).filter(([name]) => !choosing.includes(name));
  const child = spawn(process.execPath, [...process.execArgv, script], {
    env: { ...Object.fromEntries(inherited), ...withThreads(threads), ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-2000);
  });
  const ended = endOf(child);
  // A process that ends before it has read says so by how it ends.
  child.stdin.on('error', () => undefined).end(JSON.stringify(request));
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      // Libraries print warnings where they please.
      if (line.startsWith('{')) yield JSON.parse(line) as Answer;
    }
  } finally {
    // Nobody listens any more; when it has ended by itself this does nothing.
    child.kill();
  }
  const end = await ended;
  if (end !== undefined) throw new PeersProcessError(`the measuring process ended with ${end}: ${complaint.trim()}`);
}

function endOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
}
