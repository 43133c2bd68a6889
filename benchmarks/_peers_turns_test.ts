import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { secondsPerCall, takeTurns, turnOrder, warmUp } from './_peers_turns.ts';

/** A clock that calls move on by what they are said to take. */
function simulation(seconds: readonly number[]) {
  let now = 0;
  const made: number[] = [];
  const calls = seconds.map((each, index) => () => {
    now += each;
    made.push(index);
  });
  return { clock: () => now, calls, made };
}

const still = { sampleSeconds: 0, warmUpSeconds: 0, seconds: 0, rest: () => undefined };

test('in each round everyone has a turn; over the rounds everyone is first, and comes after others', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(100), (count, round) => {
      assert.deepEqual(
        turnOrder(count, round).sort((one, other) => one - other),
        Array.from({ length: count }, (_, index) => index),
      );
    }),
  );
  const orders = Array.from({ length: 8 }, (_, round) => turnOrder(4, round));
  assert.equal(new Set(orders.map(([first]) => first)).size, 4);
  const before = new Set(orders.map((order) => order[order.indexOf(0) - 1]));
  assert.ok(before.size > 2);
});

test('what is measured is the time of a call, however many make a sample', () => {
  const seconds = fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(seconds, fc.double({ min: 1e-6, max: 0.01, noNaN: true }), (expected, sampleSeconds) => {
      const { clock, calls } = simulation(expected);
      const rounds = takeTurns(calls, { ...still, sampleSeconds, leastRounds: 4, clock });
      assert.equal(rounds.length, 4);
      for (const round of rounds) {
        for (const [index, value] of round.entries()) {
          assert.ok(
            Math.abs(value - expected[index]!) <= 1e-6 * expected[index]! + 1e-9,
            `${value} ${expected[index]}`,
          );
        }
      }
    }),
    { numRuns: 30 },
  );
});

test('a short call is made once more before its sample, a long one is not made for nothing', () => {
  const { clock, calls, made } = simulation([0.001, 1]);
  takeTurns(calls, { ...still, sampleSeconds: 0.01, leastRounds: 1, clock });
  // Warm-up of each, then one and ten, then one.
  assert.deepEqual(made.slice(2), [...Array.from({ length: 11 }, () => 0), 1]);
});

test('warming up takes its time, and many calls of a short one', () => {
  const { clock, calls, made } = simulation([1e-6]);
  assert.ok(Math.abs(warmUp(calls[0]!, { clock, warmUpSeconds: 0.01 }) - 1e-6) < 1e-9);
  assert.ok(made.length >= 10_000 && made.length < 50_000, String(made.length));
  const slow = simulation([0.004]);
  warmUp(slow.calls[0]!, { clock: slow.clock, warmUpSeconds: 0.01 });
  assert.ok(slow.made.length >= 3 && slow.made.length <= 20, String(slow.made.length));
});

test('a call that is shorter than the clock can tell is not free', () => {
  assert.ok(
    secondsPerCall(
      () => undefined,
      10,
      () => 0,
    ) > 0,
  );
});

test('rounds go on until their time is over; there is a rest before each sample', () => {
  let rests = 0;
  const rounds = takeTurns([() => undefined, () => undefined], {
    ...still,
    clock: () => performance.now() / 1000,
    leastRounds: 1,
    seconds: 0.05,
    rest: () => rests++,
  });
  assert.ok(rounds.length > 1);
  assert.equal(rests, 2 * rounds.length);
});
