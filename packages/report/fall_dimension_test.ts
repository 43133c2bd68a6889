import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { at } from './_fixture.ts';
import { departureDimension } from './departure_dimension.ts';
import { fallDimension } from './fall_dimension.ts';
import { fitSquare } from './fit_square.ts';
import { plateauRate } from './plateau_rate.ts';
import { riseDimension } from './rise_dimension.ts';

const died = (n: number) => ({ environment: 'native', n, values: undefined, failures: [{ run: 0, reason: 'killed' }] });

test('the order of the rows does not matter, and a single slow dimension is not a fall', () => {
  const rows = [at(3200, 90), at(900, 10), at(3100, 3100), at(1000, 4000), at(3000, 4000)];
  assert.equal(fallDimension(rows, 4000), 3100);
  assert.equal(fallDimension(rows, 4000, 0.5), 3200);
  assert.equal(fallDimension([at(100, 1)], 4000), 100);
});

test('where every run died the rate has fallen', () => {
  assert.equal(fallDimension([at(3000, 4000), died(3100), died(3200)], 4000), 3100);
  assert.equal(fallDimension([at(3000, 4000), died(3100), at(3200, 4000)], 4000), undefined);
});

test('no rows, no fall, no rise, no plateau', () => {
  assert.equal(fallDimension([], 1), undefined);
  assert.equal(riseDimension([], 1), undefined);
  assert.equal(plateauRate([]), undefined);
  assert.equal(plateauRate([died(1000)]), undefined);
  assert.equal(
    departureDimension([], () => 1, 'above'),
    undefined,
  );
  assert.equal(fitSquare([], 1), undefined);
});

test('a departure is judged by its side, its part, and from there on', () => {
  const course = (n: number) => 10 + n ** 2 / 1e4;
  const rows = [100, 500, 1000, 2000, 3000].map((n) => at(n, course(n)));
  const last = (factor: number) => [...rows, at(4000, factor * course(4000))];
  assert.equal(departureDimension(last(1), course, 'above'), undefined);
  assert.equal(departureDimension(last(1.06), course, 'above'), 4000);
  assert.equal(departureDimension(last(1.06), course, 'above', 0.1), undefined);
  assert.equal(departureDimension(last(1.06), course, 'below'), undefined);
  assert.equal(departureDimension([at(50, 99), ...rows], course, 'above'), undefined);
});

test('a fit takes three undisturbed dimensions, and finds the course through any noise-free ones', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 100 }), (a, b) => {
      const rows = [100, 200, 300].map((n) => at(n, a + b * n ** 2));
      const course = fitSquare([...rows, at(400, 1e12)], 400);
      assert.ok(Math.abs(course!(4000) - (a + b * 4000 ** 2)) <= 1e-9 * (a + b * 4000 ** 2));
      assert.equal(fitSquare(rows, 300), undefined);
    }),
  );
});

test('bad arguments are refused by name', () => {
  assert.throws(() => fallDimension([], 0), /^RangeError: 'plateau' must be positive, got 0$/);
  assert.throws(() => fallDimension([], 1, 1), /^RangeError: 'fraction' must be between 0 and 1, got 1$/);
  assert.throws(() => riseDimension([], Number.NaN), /^RangeError: 'above' must be at least 0, got NaN$/);
});
