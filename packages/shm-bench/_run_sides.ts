import { affinity } from '@paratune/native';
import { checkCpus } from './_check.ts';
import type { Meeting } from './_meeting.ts';
import { layout } from './_region.ts';
import type { SideJob, SideOutcome, SideResult } from './_side_job.ts';
import { CommunicationError } from './communication_error.ts';

/** How long a side that is told to end may take before it is ended: it looks after each wait of milliseconds. */
const GRACE_MS = 2000;

/** What both sides do alike. */
export type CommonJob = Omit<SideJob, 'role' | 'cpu' | 'yields' | 'region' | 'host'>;

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
 * @throws {CommunicationError} when they do not come to it; no process of them is left then
 */
export async function runSides({ region, seats, cpus, host }: Meeting, job: CommonJob, signal?: AbortSignal) {
  region.initialize(job.messageBytes);
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
    const yields = cpus[0] === cpus[1];
    const outcome = await run({ ...job, host: host ?? '', role, cpu, yields, region: own }, ending.signal);
    if (outcome.status === 'done') return outcome.result;
    failures.push(outcome);
    abort();
    return undefined;
  };
  try {
    const [first, second] = await Promise.all([run(0), run(1)]);
    if (first && second) return [first, second] as [SideResult, SideResult];
  } finally {
    clearTimeout(grace);
    signal?.removeEventListener('abort', abort);
  }
  // The first is the cause, the other its consequence.
  const { kind, message } = failures[0]!;
  throw kind === undefined ? new Error(message) : new CommunicationError(kind, message);
}
