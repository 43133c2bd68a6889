import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generator } from './_random.ts';
import { equivalence } from './equivalence.ts';

const values = [98.2, 101.1, 99.7, 100.4, 102.3, 97.9];
const reference = [99.5, 100.2, 101.8, 98.7, 100.9, 99.1, 100.6];

test('both sides are scipy 1.17’s ttest_ind(values, f * reference, equal_var=False) with f = 0.95 and 1.05', () => {
  const { verdict, p, ratio, low, high } = equivalence(values, reference);
  assert.equal(verdict, 'equivalent');
  assert.ok(Math.abs(p - 0.00014837641027682044) < 1e-9);
  assert.equal(ratio.toFixed(12), '0.998192541857');
  // Where those p are 0.05, found by scipy.optimize.brentq over f.
  assert.ok(Math.abs(low - 0.9833483528727598) < 1e-6, `${low}`);
  assert.ok(Math.abs(high - 1.0131153560692225) < 1e-6, `${high}`);
});

test('the interval lies within the margins just where the means are equivalent', () => {
  const random = generator(3);
  for (let trial = 0; trial < 60; trial++) {
    const sample = (middle: number) => Array.from({ length: 4 }, () => middle + 4 * (random() - 0.5));
    const { verdict, low, high } = equivalence(sample(96 + 8 * random()), sample(100));
    assert.equal(low >= 0.95 && high <= 1.05, verdict === 'equivalent', `${low} to ${high}: ${verdict}`);
  }
});

test('it says that means at the margin are equivalent no more often than alpha', () => {
  const random = generator(5);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const sample = (middle: number) => Array.from({ length: 6 }, () => middle * (1 + 0.02 * normal()));
  const trials = 1500;
  let wrong = 0;
  for (let trial = 0; trial < trials; trial++) {
    if (equivalence(sample(95), sample(100)).verdict === 'equivalent') wrong++;
  }
  // 5 % with three standard deviations of such a count.
  assert.ok(wrong / trials < 0.05 + 3 * Math.sqrt((0.05 * 0.95) / trials), `${wrong} of ${trials}`);
  assert.ok(wrong > 0);
});

test('counts near nothing are equivalent within the floor', () => {
  assert.equal(equivalence([3, 5, 4], [0, 0, 0]).verdict, 'different');
  assert.equal(equivalence([3, 5, 4], [0, 0, 0], { floor: 256 }).verdict, 'equivalent');
  assert.equal(equivalence([900, 910, 905], [0, 0, 0], { floor: 256 }).verdict, 'different');
  assert.equal(equivalence([0, 0], [0, 0], { floor: 1 }).verdict, 'equivalent');
});

test('what varies too much is undecided; what is wrongly asked is an error', () => {
  assert.equal(equivalence([60, 140], [90, 110]).verdict, 'undecided');
  for (const options of [{ margin: 0 }, { margin: 1 }, { alpha: 2 }, { floor: -1 }]) {
    assert.throws(() => equivalence([1, 2], [1, 2], options), {
      name: 'RangeError',
      message: new RegExp(`'${Object.keys(options)[0]}'`),
    });
  }
  assert.throws(() => equivalence([1], [1, 2]), RangeError);
});
