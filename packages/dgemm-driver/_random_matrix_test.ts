import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { entry, fill, matrixA, matrixB, matrixC } from './_random_matrix.ts';

test('a matrix is filled with what entry says', () => {
  const matrix = fc.constantFrom(matrixA, matrixB, matrixC);
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), matrix, fc.integer({ min: 1, max: 300 }), (seed, which, length) => {
      const array = new Float64Array(length);
      fill(array, seed, which);
      assert.deepEqual(
        array,
        Float64Array.from({ length }, (_, index) => entry(seed, which, index)),
      );
    }),
  );
});

test('entries are spread evenly over [-1/2, 1/2), and do not repeat', () => {
  const array = new Float64Array(100_000);
  fill(array, 1, matrixA);
  const bins = new Uint32Array(10);
  for (const value of array) bins[Math.floor((value + 0.5) * 10)]!++;
  // 10 000 each with a standard deviation of 95.
  for (const count of bins) assert.ok(Math.abs(count - 10_000) < 500, `${bins}`);
  assert.equal(new Set(array).size, array.length);
});

test('matrices, seeds and neighbours are not correlated', () => {
  const length = 50_000;
  const filled = [
    [1, matrixA],
    [1, matrixB],
    [1, matrixC],
    [2, matrixA],
  ].map(([seed, matrix]) => {
    const array = new Float64Array(length);
    fill(array, seed!, matrix!);
    return array;
  });
  const correlation = (x: Float64Array, y: Float64Array) =>
    (12 * x.reduce((sum, value, i) => sum + value * y[i]!, 0)) / x.length;
  for (const [i, x] of filled.entries()) {
    for (const y of [...filled.slice(i + 1), Float64Array.from(x, (_, index) => x[(index + 1) % length]!)]) {
      // The standard deviation of the coefficient is 1 / sqrt(length).
      assert.ok(Math.abs(correlation(x, y)) < 5 / Math.sqrt(length));
    }
  }
});
