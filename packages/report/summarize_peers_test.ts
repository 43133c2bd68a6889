import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record } from '@paratune/record';
import { peerRecord, peersIdentity } from './_peers_fixture.ts';
import { summarizePeers } from './summarize_peers.ts';

const identity = peersIdentity({ kind: 'native', '@paratune/blas': 'dgemm_avx512_24x8', numeric: '1.2.6' });
const id = identity.id;
const of = (records: Record[], identities = [identity]) => summarizePeers({ records, identities, dropped: [] });

/** The same record without a value. */
function without(record: Record, status: 'failed' | 'skipped', reason: string): Record {
  const { value: _value, ...common } = record as Extract<Record, { value: number }>;
  return { ...common, status, reason };
}

test('one run counts: that of the last record, or the one that is named', () => {
  const other = peersIdentity({ kind: 'native', clock: 'cpu' });
  const records = [
    peerRecord({ value: 1, identity: id }),
    peerRecord({ value: 2, factors: { n: 200 }, identity: other.id }),
  ];
  const contents = { records, identities: [identity, other], dropped: [] };
  assert.deepEqual(summarizePeers(contents).comparisons[0]?.factors, { n: 200 });
  assert.match(
    summarizePeers(contents).machine,
    /^Example Processor 9000, 2 CPUs, .*commit 0123456789ab, processor time\.$/,
  );
  assert.deepEqual(summarizePeers(contents, id).comparisons[0]?.factors, { n: 100 });
});

test('who took part: the kernel that was fastest when tried, or the version', () => {
  const trial = (value: number, variable: string, choice: string, detail: string): Record => ({
    ...peerRecord({ value, identity: id }),
    factors: { suite: 'variants', contender: 'OpenBLAS', variable, value: choice, detail },
  });
  const { contenders } = of([
    trial(17, '', '', '0.3.21 Prescott'),
    trial(79, 'OPENBLAS_CORETYPE', 'SkylakeX', '0.3.21 SkylakeX'),
    trial(48, 'OPENBLAS_CORETYPE', 'Haswell', '0.3.21 Haswell'),
    trial(78, 'OPENBLAS_CORETYPE', 'Cooperlake', '0.3.21 SkylakeX'),
    peerRecord({ value: 1, identity: id }),
    peerRecord({ value: 1, contender: 'numeric', role: 'package', identity: id }),
    peerRecord({ value: 1, contender: 'FMA peak', role: 'yardstick', identity: id }),
  ]);
  assert.deepEqual(contenders, [
    { name: '@paratune/blas', detail: 'dgemm_avx512_24x8' },
    {
      name: 'OpenBLAS',
      detail: '0.3.21 SkylakeX by OPENBLAS_CORETYPE=SkylakeX (79 Gflops when tried; Haswell 48, Prescott 17)',
    },
    { name: 'numeric', detail: '1.2.6' },
  ]);
});

test('who did not: those that were not found, and libraries none of whose kernels ran', () => {
  const trial = (contender: string): Record => ({
    ...peerRecord({ value: 1, identity: id }),
    factors: { suite: 'variants', contender, variable: '', value: '' },
  });
  const { absent } = of([
    { ...without(peerRecord({ value: 1, identity: id }), 'skipped', 'not found'), factors: { contender: 'ATLAS' } },
    without(trial('BLIS'), 'failed', 'SIGILL'),
    without(trial('OpenBLAS'), 'failed', 'SIGILL'),
    trial('OpenBLAS'),
  ]);
  assert.deepEqual(absent, [
    { name: 'ATLAS', reason: 'not found' },
    { name: 'BLIS', reason: 'SIGILL' },
  ]);
});

test('a case that failed is told once, until a later try makes it good', () => {
  const record = peerRecord({ value: 1, identity: id });
  const failed = {
    ...without(record, 'failed', 'SIGSEGV'),
    factors: { suite: 'gemm', routine: 'dgemm', threads: 2, n: 100 },
  };
  assert.deepEqual(of([failed, failed]).failures, [{ name: 'gemm: dgemm, 2 threads, n = 100', reason: 'SIGSEGV' }]);
  assert.deepEqual(of([failed, peerRecord({ value: 1, factors: { threads: 2 }, identity: id })]).failures, []);
});
