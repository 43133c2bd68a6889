import { threadTeamAbi, x64ThreadTeam } from '@paratune/codegen';
import {
  addressOf,
  affinity,
  allocate,
  commonMemory,
  load,
  type NativeFunction,
  SystemError,
  startThread,
  UnsupportedError,
} from '@paratune/native';
import { cpus } from './_node.ts';
import { ThreadError } from './thread_error.ts';

/** More threads than this no call gains from; the common memory has a mailbox for each. */
export const MOST_THREADS = 256;

/** Key of the team in common memory. Another layout of the team's memory needs another key. */
const COMMON_KEY = 1;

const { firstMailboxBytes, mailboxBytes, threadIdOffset, sleepsOffset, callFields, callLength, status } = threadTeamAbi;
const TEAM_BYTES = firstMailboxBytes + (MOST_THREADS - 1) * mailboxBytes;

/** A thread id that no thread has: somebody is about to start the helper. */
const STARTING = -1;

interface Team {
  /** The memory of the team, as 32-bit words. */
  readonly words: Int32Array;
  readonly address: number;
  readonly run: NativeFunction;
  readonly helper: number;
  readonly call: Float64Array;
}

/**
 * One team for the process, whichever of its threads asks: several worker threads that multiply at once must not each
 * bring helpers for all CPUs. Where memory cannot be common, each has a team of its own after all.
 */
function teamMemory(): Int32Array {
  try {
    return commonMemory(COMMON_KEY, TEAM_BYTES);
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return allocate(Int32Array, TEAM_BYTES / 4);
  }
}

function makeTeam(): Team {
  const { bytes, helperOffset } = x64ThreadTeam();
  // Never unloaded: helpers live in it, and may outlive the worker thread that started them.
  const run = load(bytes);
  const words = teamMemory();
  const address = addressOf(words);
  const call = new Float64Array(callLength);
  call[callFields.team] = address;
  return { words, address, run, helper: run.address + helperOffset, call };
}

let team: Team | undefined;

function startHelper({ words, address, helper }: Team, index: number): void {
  const mailbox = firstMailboxBytes + index * mailboxBytes;
  const threadId = (mailbox + threadIdOffset) / 4;
  if (words[threadId] !== 0 || Atomics.compareExchange(words, threadId, 0, STARTING) !== 0) return;
  try {
    startThread(helper, address + mailbox);
  } catch (error) {
    Atomics.store(words, threadId, 0);
    // A limit on threads: the caller computes the helper's pieces.
    if (!(error instanceof SystemError)) throw error;
  }
}

/** The number of CPUs that the calling thread may run on, or the process where threads have none of their own; 1 where that cannot be told. */
export function usableThreads(): number {
  try {
    return Math.min(affinity().length, MOST_THREADS);
  } catch (error) {
    if (error instanceof UnsupportedError) return Math.min(cpus(), MOST_THREADS);
    if (error instanceof SystemError) return 1;
    throw error;
  }
}

/**
 * Whether the helpers for so many pieces are awake, so that handing them work takes microseconds: for up to 0.1 ms after they
 * had some. To wake one that sleeps may take 40 (in a virtual machine).
 */
export function helpersAwake(pieces: number): boolean {
  if (team === undefined) return false;
  const { words } = team;
  for (let helper = 0; helper < pieces - 1; helper++) {
    const mailbox = firstMailboxBytes + helper * mailboxBytes;
    if (Atomics.load(words, (mailbox + threadIdOffset) / 4) <= 0) return false;
    if (Atomics.load(words, (mailbox + sleepsOffset) / 4) !== 0) return false;
  }
  return true;
}

/**
 * Runs a kernel on each of several argument blocks, the calling thread and helpers at once. Helpers are started at the first
 * use, which takes microseconds and waits for nothing; they sleep while there is nothing to do and end with the process.
 *
 * @param kernel Address of the code, `void kernel(double *block)`.
 * @param blocks The argument blocks, one after another; none may write what another reads or writes.
 * @param blockLength Length of each, in doubles.
 * @param pieces How many there are, at most MOST_THREADS.
 * @returns Whether they were run; not when another thread of the process has the helpers.
 * @throws {ThreadError} When a helper died in the middle.
 */
export function runPieces(kernel: number, blocks: Float64Array, blockLength: number, pieces: number): boolean {
  team ??= makeTeam();
  for (let helper = 0; helper < pieces - 1; helper++) startHelper(team, helper);
  const { call, run } = team;
  call[callFields.helpers] = pieces - 1;
  call[callFields.kernel] = kernel;
  call[callFields.blocks] = addressOf(blocks);
  call[callFields.blockBytes] = 8 * blockLength;
  run(call);
  if (call[callFields.status] === status.lost) throw new ThreadError(pieces);
  return call[callFields.status] === status.done;
}
