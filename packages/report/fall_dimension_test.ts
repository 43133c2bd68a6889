import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at } from './_fixture.ts';
import { departureDimension } from './departure_dimension.ts';
import { fallDimension } from './fall_dimension.ts';
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
  assert.equal(departureDimension([], { fitBelow: 1, side: 'above' }), undefined);
});

test('a departure is judged by a + b n², and needs three dimensions to fit', () => {
  const course = (n: number) => 10 + n ** 2 / 1e4;
  const rows = [100, 500, 1000, 2000, 3000].map((n) => at(n, course(n)));
  assert.equal(departureDimension([...rows, at(4000, course(4000))], { fitBelow: 3100, side: 'above' }), undefined);
  assert.equal(departureDimension([...rows, at(4000, 1.06 * course(4000))], { fitBelow: 3100, side: 'above' }), 4000);
  assert.equal(
    departureDimension([...rows, at(4000, 1.06 * course(4000))], { fitBelow: 3100, side: 'below' }),
    undefined,
  );
  assert.equal(departureDimension([...rows, at(4000, 5 * course(4000))], { fitBelow: 1000, side: 'above' }), undefined);
});

test('bad arguments are refused by name', () => {
  assert.throws(() => fallDimension([], 0), /^RangeError: 'plateau' must be positive, got 0$/);
  assert.throws(() => fallDimension([], 1, 1), /^RangeError: 'fraction' must be between 0 and 1, got 1$/);
  assert.throws(() => riseDimension([], Number.NaN), /^RangeError: 'above' must be at least 0, got NaN$/);
});
