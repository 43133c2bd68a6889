import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A child process of a test that does one thing for each message it is sent, and answers it. */
export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Has the child touch (and keep) so many MiB. */
  touch(mebibytes: number): Promise<void>;
  /** Has it read all that it keeps. */
  read(): Promise<void>;
  end(): Promise<void>;
}

// The pages are written one by one; the memory is kept by the array.
const SCRIPT = `
  const kept = [];
  process.stdin.setEncoding('utf8').on('data', (text) => {
    if (text === 'read') {
      for (const buffer of kept) for (let at = 0; at < buffer.length; at += 4096) if (buffer[at] === 0) process.exit(3);
    } else {
      const buffer = Buffer.allocUnsafeSlow(Number(text) * 2 ** 20);
      for (let at = 0; at < buffer.length; at += 4096) buffer[at] = 1;
      kept.push(buffer);
    }
    process.stdout.write('done');
  });
  process.stdout.write('ready');`;

/** Starts a child; `wrap` may put another command in front of Node's. */
export async function startChild(wrap: (command: string[]) => string[] = (command) => command): Promise<Child> {
  const [command, ...args] = wrap([process.execPath, '-e', SCRIPT]);
  const child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const { stdin, stdout } = child;
  const ended = once(child, 'exit');
  const answer = async () => {
    const [kind] = await Promise.race([once(stdout!, 'data'), ended.then(() => [undefined])]);
    if (kind === undefined) throw new Error(`the child ended: ${child.exitCode ?? child.signalCode}`);
  };
  const ask = async (question: string) => {
    stdin!.write(question);
    await answer();
  };
  await answer();
  return {
    process: child,
    pid: child.pid!,
    touch: (mebibytes) => ask(String(mebibytes)),
    read: () => ask('read'),
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
