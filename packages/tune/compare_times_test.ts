import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareTimes, type PairOfTimes, type Verdict } from './compare_times.ts';

/** Uniform numbers in [0, 1) from a seed (Mulberry32). */
function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Pairs until it is decided, of times that noise lengthens. */
function race(speed: number, noise: () => number): Verdict {
  const pairs: PairOfTimes[] = [];
  for (;;) {
    const drift = 1 + noise();
    pairs.push({
      incumbent: [drift * (1 + noise()), 2 * drift * (1 + noise())],
      challenger: [(drift * (1 + noise())) / speed, (2 * drift * (1 + noise())) / speed],
    });
    const verdict = compareTimes(pairs);
    if (verdict.verdict !== 'undecided') return verdict;
    assert.ok(pairs.length < 20, 'it ends');
  }
}

/** How many of so many races a challenger of a speed wins. */
function wins(races: number, speed: number, noiseOf: (next: () => number) => () => number): number {
  const next = random(1);
  return Array.from({ length: races }, () => race(speed, noiseOf(next))).filter(({ verdict }) => verdict === 'wins')
    .length;
}

/** A few per cent always, and now and then something else has the processor for as long as the work takes. */
const shared = (next: () => number) => () => 0.03 * next() + (next() < 0.1 ? next() : 0);

test('an equal one seldom wins, on a quiet machine and on a shared one', () => {
  assert.ok(wins(2000, 1, (next) => () => 0.02 * next()) < 0.04 * 2000);
  assert.ok(wins(2000, 1, shared) < 0.04 * 2000);
});

test('one that is faster wins where the difference is more than the noise', () => {
  assert.ok(wins(500, 1.03, (next) => () => 0.01 * next()) > 0.95 * 500);
  assert.ok(wins(500, 1.1, shared) > 0.7 * 500);
  assert.ok(wins(500, 1.5, shared) > 0.99 * 500);
});

test('one that is slower never wins', () => {
  assert.equal(wins(1000, 0.9, shared), 0);
});

test('a gain in the middle that costs one of the sizes is none', () => {
  const pairs = (count: number) =>
    Array.from({ length: count }, () => ({ incumbent: [1, 1], challenger: [0.8, 1.05] }));
  assert.equal(compareTimes(pairs(6)).verdict, 'loses');
  assert.match(compareTimes(pairs(6)).why, /slower at one size by 4.8 %/);
});

test('a middle that is faster counts for nothing if the least times are not', () => {
  const pairs = [...Array(11)].map(() => ({ incumbent: [1], challenger: [0.9] }));
  assert.equal(compareTimes([...pairs, { incumbent: [0.8], challenger: [0.85] }]).verdict, 'undecided');
});

test('the unit of time does not matter', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 })), {
        minLength: 1,
        maxLength: 20,
      }),
      (times) => {
        const scaled = (unit: number) =>
          times.map(([one, other]) => ({ incumbent: [one * unit], challenger: [other * unit] }));
        assert.equal(compareTimes(scaled(1)).verdict, compareTimes(scaled(1024)).verdict);
      },
    ),
  );
});
