import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { peerRecord } from './_peers_fixture.ts';
import { comparePeers, peerCaseKey } from './compare_peers.ts';

const rate = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
const rounds = fc.array(fc.tuple(rate, rate), { minLength: 1, maxLength: 15 });
const close = (one: number, other: number) => Math.abs(one - other) <= 1e-9 * Math.abs(other);

test('a ratio is the median of the ratios of each round, in whatever order the records come', () => {
  fc.assert(
    fc.property(rounds, fc.boolean(), (pairs, reversed) => {
      const records = pairs.flatMap(([ours, theirs], round) => [
        peerRecord({ contender: '@paratune/blas', role: 'own', round, value: ours }),
        peerRecord({ contender: 'BLIS', round, value: theirs }),
      ]);
      const [comparison] = comparePeers(reversed ? records.reverse() : records);
      const ratios = pairs.map(([ours, theirs]) => ours / theirs).sort((a, b) => a - b);
      const middle = (ratios[Math.ceil(ratios.length / 2) - 1]! + ratios[Math.floor(ratios.length / 2)]!) / 2;
      assert.deepEqual(
        comparison?.series.map(({ contender }) => contender),
        ['@paratune/blas', 'BLIS'],
      );
      assert.ok(close(comparison!.series[1]!.ratio!, middle));
      assert.equal(comparison!.series[0]!.ratio, 1);
      assert.equal(comparison!.series[1]!.rounds, pairs.length);
    }),
  );
});

test('a machine that is slower in some rounds changes no ratio', () => {
  const slow = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 15, maxLength: 15 });
  fc.assert(
    fc.property(rounds, slow, (pairs, factors) => {
      const ratioWith = (factor: (round: number) => number) =>
        comparePeers(
          pairs.flatMap(([ours, theirs], round) => [
            peerRecord({ contender: '@paratune/blas', role: 'own', round, value: ours * factor(round) }),
            peerRecord({ contender: 'BLIS', round, value: theirs * factor(round) }),
          ]),
        )[0]!.series[1]!.ratio!;
      assert.ok(
        close(
          ratioWith((round) => factors[round]!),
          ratioWith(() => 1),
        ),
      );
    }),
  );
});

test('of times less is better', () => {
  const record = (contender: string, role: 'own' | 'library', value: number) =>
    peerRecord({ contender, role, value, metric: 'nanoseconds' });
  const [comparison] = comparePeers([record('OpenBLAS', 'library', 100), record('@paratune/blas', 'own', 50)]);
  assert.equal(comparison?.series[1]?.ratio, 2);
});

test('cases are kept apart by every factor; what was not measured, or for another experiment, is passed over', () => {
  const records = [
    peerRecord({ value: 1 }),
    peerRecord({ value: 2, factors: { threads: 2 } }),
    peerRecord({ value: 3, factors: { n: 200 } }),
    peerRecord({ value: 4, factors: { suite: 'small' } }),
    { ...peerRecord({ value: 5, factors: { n: 300 } }), experiment: 'another' },
    { ...peerRecord({ value: 6, factors: { n: 400 } }), status: 'simulated' as const },
  ];
  assert.deepEqual(
    comparePeers(records).map(({ series }) => series[0]?.median),
    [1, 2, 3, 4],
  );
  const [first] = comparePeers(records);
  assert.equal(first?.series[0]?.ratio, undefined, 'nothing of ours to compare with');
});

test('the threads that a contender ran with are told of it alone', () => {
  const [comparison] = comparePeers([
    peerRecord({ contender: '@paratune/blas', role: 'own', value: 2 }),
    peerRecord({ contender: 'BLIS', value: 1 }),
    { ...peerRecord({ contender: 'BLIS', value: 1 }), metric: 'threads', unit: 'threads' },
  ]);
  assert.deepEqual(
    comparison?.series.map(({ threadsUsed, rounds }) => [threadsUsed, rounds]),
    [
      [undefined, 1],
      [1, 1],
    ],
  );
});

test('keys are equal for equal cases and different for different ones', () => {
  const factors = fc.dictionary(fc.constantFrom('suite', 'routine', 'n', 'k'), fc.oneof(fc.string(), fc.nat()));
  fc.assert(
    fc.property(factors, factors, (one, other) => {
      const shuffled = Object.fromEntries(Object.entries(one).reverse());
      assert.equal(peerCaseKey({ ...shuffled, contender: 'x', role: 'own' }), peerCaseKey(one));
      const same = JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
      assert.equal(peerCaseKey(one) === peerCaseKey(other), same);
    }),
  );
});
