import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { observationKey } from './observation_key.ts';

const observation = fc.record({
  experiment: fc.string(),
  environment: fc.string(),
  factors: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()), { noNullPrototype: true }),
  run: fc.nat(9),
  repetition: fc.nat(9),
});

test('the order of the factors does not matter, and nothing but the five fields does', () => {
  fc.assert(
    fc.property(observation, (one) => {
      const turned = { ...one, factors: Object.fromEntries(Object.entries(one.factors).reverse()), metric: 'seconds' };
      assert.equal(observationKey(turned), observationKey(one));
    }),
  );
});

test('different observations have different keys', () => {
  fc.assert(
    fc.property(observation, observation, (one, other) => {
      let same = true;
      try {
        assert.deepStrictEqual(one, other);
      } catch {
        same = false;
      }
      assert.equal(observationKey(one) === observationKey(other), same);
    }),
  );
  const base = { experiment: 'e', environment: 'native', factors: {}, run: 0, repetition: 0 };
  assert.notEqual(observationKey({ ...base, factors: { n: 1 } }), observationKey({ ...base, factors: { n: '1' } }));
  assert.notEqual(observationKey({ ...base, run: 1 }), observationKey({ ...base, repetition: 1 }));
});
