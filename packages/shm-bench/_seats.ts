import { spawn } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { type Guest, lastWords } from '@paratune/guest';
import { type SideJob, type SideOutcome, sideFile } from './_side_job.ts';

/** Where one side runs. */
export interface Seat {
  /** The region as this side finds it. */
  region: string | SharedArrayBuffer;
  /** Whether the side is to keep itself on its CPU. */
  pins: boolean;
  /** Runs the side to its end; one that dies without an outcome has failed. */
  run(job: SideJob, signal: AbortSignal): Promise<SideOutcome>;
}

const died = (what: string): SideOutcome => ({ status: 'failed', kind: 'peer-lost', message: what });

/** A thread of this process. */
export function threadSeat(region: SharedArrayBuffer): Seat {
  return {
    region,
    pins: true,
    run: (job, signal) =>
      new Promise((resolve) => {
        const worker = new Worker(sideFile(), { workerData: job, execArgv: [] });
        signal.addEventListener('abort', () => void worker.terminate(), { once: true });
        worker.once('message', resolve);
        worker.once('error', (error) => resolve(died(`the side of role ${job.role} has died: ${error.message}`)));
        worker.once('exit', (code) => resolve(died(`the side of role ${job.role} has ended with code ${code}`)));
      }),
  };
}

/** A process of its own. */
export function processSeat(region: string): Seat {
  return {
    region,
    pins: true,
    run: (job, signal) =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [sideFile(), JSON.stringify(job)], {
          stdio: ['ignore', 'pipe', 'pipe'],
          // Nothing of ours is inherited: NODE_OPTIONS, for one, would change what is measured.
          env: { LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'] },
        });
        const said = { stdout: '', stderr: '' };
        for (const stream of ['stdout', 'stderr'] as const) {
          child[stream].setEncoding('utf8').on('data', (text) => {
            said[stream] += text;
          });
        }
        const kill = () => void child.kill('SIGKILL');
        signal.addEventListener('abort', kill, { once: true });
        child.once('error', (error) => resolve(died(`the side of role ${job.role} cannot start: ${error.message}`)));
        child.once('close', (code, killed) => {
          signal.removeEventListener('abort', kill);
          const how = killed ? `was ended by ${killed}` : `has ended with code ${code}`;
          resolve(parse(said.stdout) ?? died(`the side of role ${job.role} ${how}${lastLine(said.stderr)}`));
        });
      }),
  };
}

/** Where a program in a guest finds the memory that it shares with others. */
const guestRegion = '/dev/mmapper';

/** A process in a guest, which has one CPU. */
export function guestSeat(guest: Guest): Seat {
  return {
    region: guestRegion,
    pins: false,
    async run(job, signal) {
      const stop = () => void guest.stop().catch(() => {});
      signal.addEventListener('abort', stop, { once: true });
      try {
        const {
          stdout,
          stderr,
          exitCode,
          signal: killed,
          detail,
        } = await guest.run(process.execPath, [sideFile(), JSON.stringify(job)], {
          env: { LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'] },
          cwd: '/',
        });
        const how = detail ?? (killed ? `was ended by ${killed}` : `has ended with code ${exitCode}`);
        const words = [`the side of role ${job.role} ${how}`, lastWords(stderr)];
        return parse(stdout) ?? died(words.filter(Boolean).join(': '));
      } catch (error) {
        return died(`the guest of role ${job.role} has died: ${(error as Error).message}`);
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

/** The outcome that a side printed, if it did. */
export function parse(printed: string): SideOutcome | undefined {
  try {
    return JSON.parse(printed) as SideOutcome;
  } catch {
    return undefined;
  }
}

function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1);
  return line ? `: ${line}` : '';
}
