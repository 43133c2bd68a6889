import type { Guest, GuestSpec, RunResult } from '@paratune/guest';
import { environmentName, GuestError } from '@paratune/guest';
import type { DriverResult } from './driver_result.ts';

/** A result as a driver would print it. */
export function driverResult(n: number): DriverResult {
  return {
    version: 1,
    n,
    seconds: (2 * n ** 3) / 5e10,
    mflops: 50_000,
    baselineBytes: 3e7,
    residentBytes: 3e7 + 24 * n * n,
    peakResidentBytes: 6e7 + 24 * n * n,
    minorFaults: 8000,
    majorFaults: 0,
    processSwapBytes: 0,
    systemSwapBytes: 0,
    pagesSwappedIn: 0,
    pagesSwappedOut: 0,
    dataTlbMisses: null,
    instructionTlbMisses: null,
    checkError: 0.01,
    backend: 'dgemm_fake_1x1',
  };
}

/** How a command ended that printed a right result. */
export function success(n: number): RunResult {
  return { exitCode: 0, signal: null, stdout: `${JSON.stringify(driverResult(n))}\n`, stderr: '' };
}

/** What a fake environment does with a run: how it ends, or the error that the environment dies of. */
export type Behaviour = (n: number, environment: string) => RunResult | GuestError | Promise<RunResult | GuestError>;

/** Environments that run nothing: `behave` says how every run ends. What happened to them is in `events`. */
export function fakeGuests(behave: Behaviour = success) {
  const events: string[] = [];
  const start = async (spec: GuestSpec): Promise<Guest> => {
    const name = environmentName(spec);
    events.push(`start ${name}`);
    let stop: (() => void) | undefined;
    const stopped = new Promise<GuestError>((resolve) => {
      stop = () => resolve(new GuestError('it was stopped', { kind: 'stopped', environment: name }));
    });
    const end = async () => {
      if (stop) events.push(`stop ${name}`);
      stop?.();
      stop = undefined;
    };
    return {
      name,
      spec: spec as Guest['spec'],
      facts: {
        kind: spec.kind,
        kernel: '6.1',
        memTotalBytes: 2 ** 28,
        memoryBytes: 2 ** 28,
        swapTotalBytes: 0,
        cpus: '0',
      },
      async run(command, args = []) {
        // What keeps files open stays until the end.
        if (command !== process.execPath) throw await stopped;
        const n = Number(args[args.findIndex((arg) => arg.endsWith('driver.cjs')) + 1]);
        events.push(`run ${name} ${n}`);
        const outcome = await Promise.race([Promise.resolve(behave(n, name)), stopped]);
        if (outcome instanceof GuestError) throw outcome;
        return outcome;
      },
      copyOut: async () => new Uint8Array(),
      stop: end,
      [Symbol.asyncDispose]: end,
    };
  };
  return { start, events };
}
