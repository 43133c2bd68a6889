import type { Identity, Record, StoreContents, ValueRecord } from '@paratune/record';
import { plural } from './_format.ts';
import { describeFactors } from './_peers_words.ts';
import { groupBy } from './_statistics.ts';
import {
  comparePeers,
  type PeerCaseFactors,
  type PeerComparison,
  peerCaseKey,
  peersExperiment,
} from './compare_peers.ts';
import { type PeerTarget, peerTargets } from './peer_targets.ts';

/** What the records of `bench:peers` come to. */
export interface PeersSummary {
  /** The machine, the code, and the clock, in a sentence. */
  machine: string;
  /** Who took part, and what of them exactly. */
  contenders: { name: string; detail: string }[];
  /** Who did not, and why. */
  absent: { name: string; reason: string }[];
  failures: { name: string; reason: string }[];
  targets: PeerTarget[];
  comparisons: PeerComparison[];
}

/**
 * Summarizes what one run of `bench:peers` measured: by the same code, with the same contenders, on the same machine.
 *
 * @param contents what a store holds
 * @param identity id of the run's identity; that of the last record of this experiment by default
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { identify, type Record } from '@paratune/record';
 * import { summarizePeers } from '@paratune/report';
 *
 * const identity = identify({ kind: 'native', '@paratune/blas': 'dgemm_avx512_24x8' });
 * const record: Record = {
 *   version: 1, experiment: 'peers', environment: 'native', metric: 'gflops', unit: 'Gflops', run: 0, repetition: 0,
 *   factors: { suite: 'gemm', routine: 'dgemm', threads: 1, n: 100, contender: '@paratune/blas', role: 'own' },
 *   time: '2026-01-31T12:00:00.000Z', identity: identity.id, status: 'measured', value: 80,
 * };
 * const { contenders, comparisons } = summarizePeers({ records: [record], identities: [identity], dropped: [] });
 * assert.deepEqual(contenders, [{ name: '@paratune/blas', detail: 'dgemm_avx512_24x8' }]);
 * assert.equal(comparisons[0]?.series[0]?.median, 80);
 * ```
 */
export function summarizePeers({ records, identities }: StoreContents, identity?: string): PeersSummary {
  const all = records.filter((record) => record.experiment === peersExperiment);
  const id = identity ?? all.at(-1)?.identity;
  const ours = all.filter((record) => record.identity === id);
  const used = identities.find((known) => known.id === id);
  const comparisons = comparePeers(ours);
  const measured = new Set(comparisons.flatMap(({ series }) => series.map(({ contender }) => contender)));
  return {
    machine: used === undefined ? '' : describeMachine(used),
    contenders: [...new Set(['@paratune/blas', ...measured])].flatMap((name) => {
      const detail = describeTrials(ours, name) ?? used?.environment[name];
      return detail === undefined ? [] : [{ name, detail: String(detail) }];
    }),
    absent: absentOf(ours),
    failures: failuresOf(ours),
    targets: peerTargets(comparisons),
    comparisons,
  };
}

function describeMachine({ machine, kernel, node, commit, dirty, environment }: Identity): string {
  const code = commit === null ? '' : `, commit ${commit.slice(0, 12)}${dirty ? ' with changes' : ''}`;
  const clock = environment['clock'] === 'cpu' ? ', processor time' : '';
  return `${machine.processor}, ${machine.cpus} CPUs, ${kernel}, Node ${node}${code}${clock}.`;
}

/** The kernels that a library was tried with, the fastest first: that one was used. */
function describeTrials(records: readonly Record[], contender: string): string | undefined {
  const tried = records
    .filter(
      (record): record is ValueRecord =>
        record.status === 'measured' &&
        record.factors['suite'] === 'variants' &&
        record.factors['contender'] === contender,
    )
    .sort((one, other) => other.value - one.value);
  if (tried.length === 0) return undefined;
  const [best] = tried as [ValueRecord];
  const { variable, value, detail } = best.factors;
  const byDetail = [...groupBy(tried, ({ factors }) => factors['detail'])].slice(1);
  const others = byDetail.map(([name, [fastest]]) => `${String(name).split(' ').at(-1)} ${fastest!.value.toFixed(0)}`);
  const choice = variable ? ` by ${variable}=${value}` : '';
  const compared = others.length === 0 ? '' : ` (${best.value.toFixed(0)} Gflops when tried; ${others.join(', ')})`;
  return `${detail}${choice}${compared}`;
}

/** Contenders that are not there, and libraries none of whose kernels ran. */
function absentOf(records: readonly Record[]): PeersSummary['absent'] {
  const contender = ({ factors }: Record) => String(factors['contender']);
  const trials = records.filter(({ factors }) => factors['suite'] === 'variants');
  const ran = new Set(trials.filter(({ status }) => status === 'measured').map(contender));
  const reasons = records.flatMap((record) => {
    const gone = record.status === 'skipped' || (record.status === 'failed' && trials.includes(record));
    return gone && !ran.has(contender(record)) ? [[contender(record), record.reason] as const] : [];
  });
  return [...new Map(reasons)].map(([name, reason]) => ({ name, reason }));
}

/** Cases that failed and were not made good by a later run. */
function failuresOf(records: readonly Record[]): PeersSummary['failures'] {
  const cases = records.filter(({ factors }) => 'routine' in factors);
  const keyOf = ({ factors }: Record) => peerCaseKey(factors);
  const done = new Set(cases.filter(({ status }) => status === 'measured').map(keyOf));
  const failed = cases.flatMap((record) => (record.status === 'failed' && !done.has(keyOf(record)) ? [record] : []));
  return [...new Map(failed.map((record) => [keyOf(record), record])).values()].map(({ factors, reason }) => {
    const { suite, routine, threads, ...rest } = factors as PeerCaseFactors;
    return { name: `${suite}: ${routine}, ${plural(threads, 'thread')}, ${describeFactors(rest)}`, reason };
  });
}
