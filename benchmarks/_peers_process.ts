/**
 * The process that measures. It has an environment of its own because the libraries choose their kernels, by variables such as
 * OPENBLAS_CORETYPE, when they are loaded. The request comes as JSON through its input; it answers in lines of JSON.
 */
import { readFileSync } from 'node:fs';
import { configure } from '@paratune/blas';
import { peerCaseKey } from '@paratune/report';
import { openBench } from './_peers_bench.ts';
import type { Environment } from './_peers_child.ts';
import { choicesOf, openForeignBlas } from './_peers_foreign.ts';
import type { PeerLibrary } from './_peers_libraries.ts';
import { multipliers } from './_peers_products.ts';
import { type Case, type Entrant, type Entry, type Plan, units } from './_peers_suite.ts';
import { suites } from './_peers_suites.ts';
import { secondsPerCall, type TurnTaking, takeTurns } from './_peers_turns.ts';

/** What computes on our side. */
export interface OwnConfiguration {
  backend: 'auto' | 'x64' | 'js';
  isa: 'auto' | 'avx512' | 'avx2' | 'sse2' | 'scalar';
}

/** How long a case is measured. */
export type Thoroughness = Omit<TurnTaking, 'clock' | 'rest'>;

/** What is asked of this process. */
export type Request =
  | { kind: 'choices'; library: PeerLibrary }
  | { kind: 'trial'; library: PeerLibrary }
  | {
      kind: 'measure';
      libraries: readonly PeerLibrary[];
      plan: Plan;
      /** Keys of the cases of the plan that are wanted, all with the same number of threads. */
      cases: readonly string[];
      own: OwnConfiguration;
      threads: number;
      clock: 'wall' | 'cpu';
      thoroughness: Thoroughness;
    };

/** The rates of one contender, round by round. */
export interface Series extends Pick<Entrant, 'contender' | 'role'> {
  values: number[];
  /** Threads that it ran with, when fewer than it was given were faster. */
  threadsUsed?: number;
}

/** A line of the answer. */
export type Answer =
  | { kind: 'choices'; environments: Environment[] }
  | { kind: 'trial'; detail: string; gflops: number }
  | { kind: 'begin'; key: string }
  | { kind: 'case'; key: string; metric: keyof typeof units; series: Series[] }
  | { kind: 'failed'; key: string; reason: string };

function answer(line: Answer): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Seconds that pass, and seconds that this process computes: on a busy machine only the second say something of the code. */
const clocks = {
  wall: () => performance.now() / 1000,
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
};

/** Threads that look for work go to sleep: ours and the yardsticks' after 0.1 ms, those of OpenBLAS as it was told. */
const REST_MILLISECONDS = 2;
const rest = new Int32Array(new SharedArrayBuffer(4));

/** A call that takes longer gains by any number of threads. */
const LONGEST_THREAD_TRIAL_SECONDS = 0.02;

/** Sets a library to the number of threads that it is faster with, `threads` or one. @returns one, if it is that */
function settleThreads({ call, useThreads }: Entrant, threads: number, turns: TurnTaking): number | undefined {
  useThreads?.(threads);
  if (useThreads === undefined || threads === 1) return undefined;
  if (secondsPerCall(call, 1, turns.clock) > LONGEST_THREAD_TRIAL_SECONDS) return undefined;
  const using = (count: number) => () => {
    useThreads(count);
    call();
  };
  const rounds = takeTurns([using(threads), using(1)], { ...turns, leastRounds: 5, seconds: 0 });
  const wins = rounds.filter(([together, alone]) => alone! < together!).length;
  const better = wins > rounds.length / 2 ? 1 : threads;
  useThreads(better);
  return better === threads ? undefined : better;
}

function measure({ metric, perCall, entrants }: Entry, threads: number, turns: TurnTaking): Series[] {
  const settled = entrants.map((entrant) => {
    const threadsUsed = settleThreads(entrant, threads, turns);
    entrant.check?.();
    return threadsUsed;
  });
  const rounds = takeTurns(
    entrants.map(({ call }) => call),
    turns,
  );
  return entrants.map(({ contender, role, perCall: own = perCall }, index) => ({
    contender,
    role,
    values: rounds.map((round) => units[metric].of(own, round[index]!)),
    ...(settled[index] === undefined ? {} : { threadsUsed: settled[index] }),
  }));
}

async function main(request: Request): Promise<void> {
  if (request.kind === 'choices') {
    answer({ kind: 'choices', environments: choicesOf(request.library) });
    return;
  }
  if (request.kind === 'trial') {
    const n = 600;
    const library = openForeignBlas(request.library);
    const bench = { libraries: [library], packages: [], isa: undefined };
    const { call } = multipliers(bench, 'double', { m: n, n, k: n }).find(({ role }) => role === 'library')!;
    call();
    const seconds = Math.min(...Array.from({ length: 25 }, () => secondsPerCall(call, 1, clocks.wall)));
    answer({ kind: 'trial', detail: library.detail, gflops: units.gflops.of(2 * n ** 3, seconds) });
    return;
  }
  const { own, threads, plan } = request;
  configure({ ...own, threads });
  const bench = await openBench(request.libraries);
  const turns: TurnTaking = {
    ...request.thoroughness,
    clock: clocks[request.clock],
    rest: threads === 1 ? () => undefined : () => void Atomics.wait(rest, 0, 0, REST_MILLISECONDS),
  };
  const planned = new Map<string, Case>();
  for (const suite of suites) for (const each of suite.cases(plan)) planned.set(peerCaseKey(each.factors), each);
  for (const key of request.cases) {
    answer({ kind: 'begin', key });
    try {
      const entry = planned.get(key)!.prepare(bench);
      answer({ kind: 'case', key, metric: entry.metric, series: measure(entry, threads, turns) });
    } catch (error) {
      answer({ kind: 'failed', key, reason: (error as Error).message });
    }
  }
}

await main(JSON.parse(readFileSync(0, 'utf8')) as Request);
