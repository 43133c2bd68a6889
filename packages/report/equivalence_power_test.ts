import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equivalencePower } from './equivalence_power.ts';
import { runsForEquivalence } from './runs_for_equivalence.ts';

test('the chance is near the exact one, which scipy 1.17 integrates over the distribution of the deviation', () => {
  // Normal values, both means the same, margin 0.05: P(|difference| < 0.05 - t s) with s from a chi distribution.
  for (const [coefficientOfVariation, count, exact] of [
    [0.02, 3, 0.6335],
    [0.02, 5, 0.9484],
    [0.05, 20, 0.8558],
    [0.05, 10, 0.3909],
    [0.01, 3, 0.9987],
  ] as const) {
    const power = equivalencePower(count, { coefficientOfVariation });
    assert.ok(
      power < exact + 0.01 && power > exact - 0.12,
      `${coefficientOfVariation} ${count}: ${power} for ${exact}`,
    );
  }
});

test('more runs, less spread and a wider margin give more of it; the number asked for is the least that gives it', () => {
  const options = { coefficientOfVariation: 0.05 };
  let before = 0;
  for (let count = 2; count < 40; count++) {
    const power = equivalencePower(count, options);
    assert.ok(power >= before);
    before = power;
  }
  assert.ok(equivalencePower(10, { ...options, margin: 0.1 }) > equivalencePower(10, options));
  const runs = runsForEquivalence(options, 0.9)!;
  assert.ok(equivalencePower(runs, options) >= 0.9 && equivalencePower(runs - 1, options) < 0.9);
  assert.equal(runsForEquivalence({ coefficientOfVariation: 10 }), undefined);
  assert.equal(equivalencePower(2, { coefficientOfVariation: 0 }), 1);
});

test('what is wrongly asked is an error', () => {
  assert.throws(() => equivalencePower(1, { coefficientOfVariation: 1 }), { name: 'RangeError', message: /'count'/ });
  assert.throws(() => equivalencePower(2, { coefficientOfVariation: -1 }), { message: /'coefficientOfVariation'/ });
  assert.throws(() => runsForEquivalence({ coefficientOfVariation: 1 }, 1), { name: 'RangeError', message: /'power'/ });
});
