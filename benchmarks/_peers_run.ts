import type { Identity, Record as Observation, Store } from '@paratune/record';
import { peerCaseKey } from '@paratune/report';
import type { Control, Outcome } from './_experiment.ts';
import { ask, type Environment, PeersProcessError } from './_peers_child.ts';
import type { PeerLibrary } from './_peers_libraries.ts';
import { observation } from './_peers_observation.ts';
import type { PeersOptions } from './_peers_options.ts';
import type { Answer } from './_peers_process.ts';
import { type Case, units } from './_peers_suite.ts';
import { suites } from './_peers_suites.ts';

/** The cases that were asked for. */
export function plannedCases({ plan, only }: Pick<PeersOptions, 'plan' | 'only'>): Case[] {
  return suites.filter(({ name }) => only.includes(name)).flatMap((suite) => [...suite.cases(plan)]);
}

/** Those of them that no record was made of yet. */
export function missingCases(cases: readonly Case[], records: readonly Observation[]): Case[] {
  const measured = records.filter(({ status }) => status === 'measured').map(({ factors }) => peerCaseKey(factors));
  const done = new Set(measured);
  return cases.filter(({ factors }) => !done.has(peerCaseKey(factors)));
}

function recordsOf(identity: Identity, { factors }: Case, answer: Answer): Observation[] {
  if (answer.kind === 'failed') {
    const { reason } = answer;
    const observed = { status: 'failed', metric: 'gflops', unit: 'Gflops', repetition: 0, reason } as const;
    return [observation(identity, factors, observed)];
  }
  if (answer.kind !== 'case') return [];
  const { metric } = answer;
  return answer.series.flatMap(({ contender, role, values, threadsUsed }) => {
    const own = { ...factors, contender, role };
    const measured = (name: string, unit: string, value: number, repetition: number) =>
      observation(identity, own, { status: 'measured', metric: name, unit, repetition, value });
    return [
      ...values.map((value, round) => measured(metric, units[metric].unit, value, round)),
      ...(threadsUsed === undefined ? [] : [measured('threads', 'threads', threadsUsed, 0)]),
    ];
  });
}

/** What these libraries and packages compute at, roughly: for the time that is left. */
const GFLOPS_OF_A_THREAD = 40;

/** How long cases may take. */
export function expectedSeconds(cases: Iterable<Case>, thoroughness: PeersOptions['thoroughness']): number {
  let seconds = 0;
  for (const each of cases) seconds += expectedSecondsOf(each, thoroughness);
  return seconds;
}

function expectedSecondsOf({ factors }: Case, { leastRounds, seconds }: PeersOptions['thoroughness']): number {
  const { suite, threads, m = factors['n'], n, k = factors['n'] } = factors;
  const flops = suite === 'vectors' ? 0 : 2 * Number(m) * Number(n) * Number(k);
  const contenders = suite === 'layouts' ? 10 : 3;
  return 0.3 + Math.max(seconds, ((leastRounds + 2) * contenders * flops) / (GFLOPS_OF_A_THREAD * 1e9 * threads));
}

/**
 * Measures cases, each number of threads in a process of its own. What a case gave is saved as soon as it is there. A case
 * that ends the process is a failure, and the others are measured in another process.
 */
export async function measureCases(
  cases: readonly Case[],
  {
    options,
    libraries,
    environment,
    identity,
    store,
  }: {
    options: PeersOptions;
    libraries: readonly PeerLibrary[];
    environment: Environment;
    identity: Identity;
    store: Store;
  },
  { signal, onProgress }: Control,
): Promise<Outcome> {
  const outcome: Outcome = { measured: 0, failed: 0, skipped: [] };
  const pending = new Map(cases.map((each) => [peerCaseKey(each.factors), each]));
  const save = (answer: Extract<Answer, { kind: 'case' | 'failed' }>) => {
    const finished = pending.get(answer.key)!;
    pending.delete(answer.key);
    store.append(recordsOf(identity, finished, answer));
    outcome[answer.kind === 'case' ? 'measured' : 'failed']++;
    const failure = answer.kind === 'failed' ? ` failed: ${answer.reason}` : '';
    onProgress({
      done: cases.length - pending.size,
      total: cases.length,
      secondsLeft: expectedSeconds(pending.values(), options.thoroughness),
      text: `${Object.values(finished.factors).join(' ')}${failure}`,
      important: answer.kind === 'failed',
    });
  };
  for (const threads of options.plan.threads) {
    const wanted = () => [...pending].flatMap(([key, { factors }]) => (factors.threads === threads ? [key] : []));
    while (wanted().length > 0 && !signal.aborted) {
      let begun: string | undefined;
      try {
        const { plan, backend, isa, clock, thoroughness } = options;
        const request = { plan, clock, thoroughness, libraries, threads, own: { backend, isa }, cases: wanted() };
        for await (const answer of ask({ kind: 'measure', ...request }, { threads, environment, signal })) {
          if (answer.kind === 'begin') begun = answer.key;
          if (answer.kind === 'case' || answer.kind === 'failed') save(answer);
        }
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof PeersProcessError) || begun === undefined || !pending.has(begun)) throw error;
        save({ kind: 'failed', key: begun, reason: error.message });
      }
    }
  }
  return outcome;
}
