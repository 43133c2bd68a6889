import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peerCases, peerRecord } from './_peers_fixture.ts';
import { comparePeers } from './compare_peers.ts';
import { peerTargets } from './peer_targets.ts';

const lines = (records: Parameters<typeof comparePeers>[0]) =>
  peerTargets(comparePeers(records)).flatMap(({ measure, asked, results }) =>
    results
      .filter(({ precision }) => precision === 'double')
      .map(({ value, reached, at }) => [`${measure} ${asked}`, Number(value.toFixed(3)), reached, at] as const),
  );

test('each line of what is asked, with the value and the case that decide', () => {
  assert.deepEqual(lines(peerCases('0123456789abcdef')), [
    // 100/90 at n = 100, 100/98 at n = 1000
    ['n x n: ratio to the better of OpenBLAS and BLIS, geometric mean of 2 >= 1.03', 1.065, true, undefined],
    ['n x n: ratio to the better of OpenBLAS and BLIS, least of 2 >= 0.97', 1.02, true, 'n = 1000, BLIS'],
    ['n x n, n >= 1000: part of the FMA peak, least of 1 >= 0.95', 0.962, true, 'n = 1000'],
    [
      'n x n, NT, TN, TT, by rows and by columns: ratio to NN, least of 1 >= 0.97',
      0.96,
      false,
      'n = 500, TT by columns',
    ],
    [
      'n x n, n >= 500, strides in both directions: ratio to NN, least of 1 >= 0.85',
      0.9,
      true,
      'n = 500, every second row and column',
    ],
    ['n = 2 .. 64: ratio to the fastest package of npm, least of 1 > 1', 2, true, 'n = 4'],
    ['a call with all checks, of an empty product, greatest of 1 < 1000 ns', 150, true, 'n = 0'],
    [
      'm, n, k in 16, 100, 1000, 4000: ratio to the better of OpenBLAS and BLIS, geometric mean of 1 >= 0.95',
      0.976,
      true,
      undefined,
    ],
    ['gemv beyond the private caches: part of the rate of a plain read, least of 1 >= 0.95', 0.968, true, 'n = 4000 T'],
    ['gemv beyond the private caches: ratio to OpenBLAS, least of 1 >= 1', 1.034, true, 'n = 4000 T'],
    ['gemv in the private caches: ratio to OpenBLAS, least of 1 >= 1', 1.034, true, 'n = 100 T'],
    [
      'ger beyond the private caches: part of the rate of a plain read and write, least of 1 >= 0.95',
      0.909,
      false,
      'n = 4000',
    ],
    ['ger beyond the private caches: ratio to OpenBLAS, least of 1 >= 1', 0.952, false, 'n = 4000'],
    ['ger in the private caches: ratio to OpenBLAS, least of 1 >= 1', 0.952, false, 'n = 100'],
  ]);
});

test('a contender that was not there is not compared with; nothing measured, nothing said', () => {
  const records = peerCases('0123456789abcdef').filter(({ factors }) => factors['role'] !== 'library');
  assert.deepEqual(
    lines(records).filter(([line]) => line.includes('OpenBLAS')),
    [],
  );
  assert.deepEqual(peerTargets([]), []);
});

test('precisions and numbers of threads are results of their own', () => {
  const both = (threads: number, routine: string, ours: number) => [
    peerRecord({ contender: '@paratune/blas', role: 'own', value: ours, factors: { threads, routine } }),
    peerRecord({ value: 100, factors: { threads, routine } }),
  ];
  const [first] = peerTargets(
    comparePeers([...both(2, 'sgemm', 90), ...both(1, 'sgemm', 110), ...both(1, 'dgemm', 120)]),
  );
  assert.deepEqual(
    first?.results.map(({ precision, threads, value, reached, cases }) => [precision, threads, value, reached, cases]),
    [
      ['double', 1, 1.2, true, 1],
      ['single', 1, 1.1, true, 1],
      ['single', 2, 0.9, false, 1],
    ],
  );
});
