import { type Identity, identityId, type Record, type ValueRecord } from '@paratune/record';
import type { PeerFactors, PeerRole } from './compare_peers.ts';

/** A record of `bench:peers`, for tests only: nothing in it was measured. */
export function peerRecord({
  contender = 'OpenBLAS',
  role = 'library',
  round = 0,
  value,
  metric = 'gflops',
  factors = {},
  identity = '0123456789abcdef',
}: {
  contender?: string;
  role?: PeerRole;
  round?: number;
  value: number;
  metric?: string;
  factors?: Partial<PeerFactors>;
  identity?: string;
}): ValueRecord {
  return {
    version: 1,
    experiment: 'peers',
    environment: 'native',
    factors: { suite: 'gemm', routine: 'dgemm', threads: 1, n: 100, ...factors, contender, role } as Record['factors'],
    metric,
    unit: { gflops: 'Gflops', gigabytesPerSecond: 'GB/s', nanoseconds: 'ns' }[metric] ?? metric,
    run: 0,
    repetition: round,
    time: '2026-01-31T12:00:00.000Z',
    identity,
    status: 'measured',
    value,
  };
}

/** An identity that `bench:peers` could give its records. */
export function peersIdentity(environment: Identity['environment'] = { kind: 'native' }): Identity {
  const rest: Omit<Identity, 'id'> = {
    commit: '0123456789abcdef0123456789abcdef01234567',
    dirty: false,
    packages: { '@paratune/report': '0.0.0' },
    node: 'v20.19.0',
    machine: { processor: 'Example Processor 9000', cpus: 2, memoryBytes: 24 * 2 ** 30, architecture: 'x64' },
    kernel: 'Linux 6.1.0',
    environment,
  };
  return { id: identityId(rest), ...rest };
}

/** Factors and contenders of a case in each suite, with the rate of each contender. */
export function peerCases(identity: string): Record[] {
  const rounds = (each: Omit<Parameters<typeof peerRecord>[0], 'round' | 'identity'>) =>
    [0.9, 1, 1.1].map((factor, round) => peerRecord({ ...each, identity, round, value: each.value * factor }));
  const contest = (
    factors: Partial<PeerFactors>,
    rates: { [contender: string]: [PeerRole, number] },
    metric?: string,
  ) =>
    Object.entries(rates).flatMap(([contender, [role, value]]) =>
      rounds({ contender, role, value, factors, ...(metric === undefined ? {} : { metric }) }),
    );
  const ours = (value: number): { [contender: string]: [PeerRole, number] } => ({ '@paratune/blas': ['own', value] });
  return ['dgemm', 'sgemm'].flatMap((routine) => [
    ...[100, 1000].flatMap((n) =>
      contest(
        { routine, n },
        {
          ...ours(100),
          OpenBLAS: ['library', 90],
          BLIS: ['library', n === 100 ? 60 : 98],
          'FMA peak': ['yardstick', 104],
        },
      ),
    ),
    ...contest(
      { suite: 'layouts', routine, n: 500 },
      {
        'NN by rows': ['own', 100],
        'TT by columns': ['variant', 96],
        'every second row and column': ['variant', 90],
      },
    ),
    ...contest(
      { suite: 'small', routine, n: 4 },
      { ...ours(2), OpenBLAS: ['library', 3], 'ml-matrix': ['package', 1], 'gl-matrix': ['special', 9] },
    ),
    ...contest({ suite: 'call', routine, n: 0 }, { ...ours(150), OpenBLAS: ['library', 100] }, 'nanoseconds'),
    ...contest({ suite: 'rectangular', routine, n: 16, m: 100, k: 4000 }, { ...ours(80), BLIS: ['library', 82] }),
    ...['cache', 'memory'].flatMap((place) => [
      ...contest(
        {
          suite: 'vectors',
          routine: `${routine[0]}gemv`,
          n: place === 'cache' ? 100 : 4000,
          place,
          transposition: 'T',
        },
        { ...ours(30), OpenBLAS: ['library', 29], 'plain read': ['yardstick', 31] },
        'gigabytesPerSecond',
      ),
      ...contest(
        { suite: 'vectors', routine: `${routine[0]}ger`, n: place === 'cache' ? 100 : 4000, place },
        { ...ours(20), OpenBLAS: ['library', 21], 'plain read and write': ['yardstick', 22] },
        'gigabytesPerSecond',
      ),
    ]),
  ]);
}
