import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { affinity } from '@paratune/native';
import { checkCpus } from './_check.ts';
import { layout, mapRegion, Region, regionBytes } from './_region.ts';
import { processSeat, type Seat, threadSeat } from './_seats.ts';
import type { SideJob, SideOutcome, SideResult } from './_side_job.ts';
import type { Between } from './benchmarks.ts';
import { CommunicationError } from './communication_error.ts';

/** How long a side that is told to end may take before it is ended: it looks after each wait of milliseconds. */
const GRACE_MS = 2000;

/** What both sides do alike. */
export type CommonJob = Omit<SideJob, 'role' | 'cpu' | 'yields' | 'region'>;

/** The region, and where each side runs. */
interface Table {
  region: Region;
  seats: readonly [Seat, Seat];
}

/** Lays the table, runs `body`, clears it. */
async function withTable<Result>(
  between: Between,
  messageBytes: number,
  body: (table: Table) => Promise<Result>,
): Promise<Result> {
  const bytes = regionBytes(messageBytes);
  if (between === 'threads') {
    const memory = new SharedArrayBuffer(Math.ceil(bytes / 4096) * 4096);
    const region = new Region(new Int32Array(memory)).initialize(messageBytes);
    return body({ region, seats: [threadSeat(memory), threadSeat(memory)] });
  }
  // In memory: a disk would be written to all the time.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'paratune-shm-'));
  try {
    const file = join(folder, 'region');
    const region = mapRegion(file, bytes).initialize(messageBytes);
    try {
      return await body({ region, seats: [processSeat(file), processSeat(file)] });
    } finally {
      region.free();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The CPUs of both sides: the first two that this process may use, or the one there is. */
export function chosenCpus(cpus: readonly [number, number] | undefined): [number, number] {
  const allowed = affinity();
  if (cpus === undefined) return [allowed[0]!, allowed[1] ?? allowed[0]!];
  checkCpus(cpus, allowed);
  return [...cpus];
}

/**
 * Runs both sides to their end.
 *
 * @throws {CommunicationError} when they do not come to it; nothing is left of them then
 */
export function runSides(
  between: Between,
  cpus: readonly [number, number],
  job: CommonJob,
  signal?: AbortSignal,
): Promise<[SideResult, SideResult]> {
  return withTable(between, job.messageBytes, async ({ region, seats }) => {
    const ending = new AbortController();
    let grace: NodeJS.Timeout | undefined;
    // Tells the sides first, then ends them.
    const abort = () => {
      region.store(layout.aborted, 1);
      grace ??= setTimeout(() => ending.abort(), GRACE_MS);
    };
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    const failures: Extract<SideOutcome, { status: 'failed' }>[] = [];
    const run = async (role: 0 | 1) => {
      const { run, region: own, pins } = seats[role];
      const cpu = pins ? cpus[role] : undefined;
      const outcome = await run({ ...job, role, cpu, yields: cpus[0] === cpus[1], region: own }, ending.signal);
      if (outcome.status === 'done') return outcome.result;
      failures.push(outcome);
      abort();
      return undefined;
    };
    try {
      const [first, second] = await Promise.all([run(0), run(1)]);
      if (first && second) return [first, second];
    } finally {
      clearTimeout(grace);
      signal?.removeEventListener('abort', abort);
    }
    // The first is the cause, the other its consequence.
    const { kind, message } = failures[0]!;
    throw kind === undefined ? new Error(message) : new CommunicationError(kind, message);
  });
}
