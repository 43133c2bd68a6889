import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compensatedGemm, referenceGemm } from '@paratune/kernels';
import { fill, matrixA, matrixB, matrixC } from './_random_matrix.ts';
import { sampleError } from './_sample_check.ts';

type Gemm = typeof referenceGemm;

function multiplied(gemm: Gemm, n: number, alpha: number, beta: number, seed: number): Float64Array {
  const [a, b, c] = [matrixA, matrixB, matrixC].map((matrix) => {
    const array = new Float64Array(n * n);
    fill(array, seed, matrix);
    return array;
  }) as [Float64Array, Float64Array, Float64Array];
  gemm(n, n, n, alpha, a, 0, n, 1, b, 0, n, 1, beta, c, 0, n, 1);
  return c;
}

for (const n of [1, 2, 7, 64, 129]) {
  for (const [alpha, beta] of [
    [1, 1],
    [-2.5, 0],
    [0, 3],
    [1e-3, -1],
  ] as const) {
    test(`n = ${n}, alpha = ${alpha}, beta = ${beta}: a right result passes`, () => {
      const error = sampleError(multiplied(referenceGemm, n, alpha, beta, 5), n, alpha, beta, 5);
      assert.ok(error <= 1, String(error));
    });
  }
}

test('a result rounded once is far closer than the bound: the check itself adds no error', () => {
  const n = 200;
  assert.ok(sampleError(multiplied(compensatedGemm as Gemm, n, 1, 1, 9), n, 1, 1, 9) < 0.02);
});

test('a result of another seed, of another beta, or not written at all fails', () => {
  const n = 50;
  const c = multiplied(referenceGemm, n, 1, 1, 7);
  assert.ok(sampleError(c, n, 1, 1, 8) > 1);
  assert.ok(sampleError(c, n, 1, 0, 7) > 1);
  const untouched = new Float64Array(n * n);
  fill(untouched, 7, matrixC);
  assert.ok(sampleError(untouched, n, 1, 1, 7) > 1);
});

test('a corner that is off by a few roundings more than allowed fails', () => {
  const n = 100;
  for (const corner of [0, n - 1, n * (n - 1), n * n - 1]) {
    const c = multiplied(referenceGemm, n, 1, 1, 7);
    c[corner]! += 1e-10;
    assert.ok(sampleError(c, n, 1, 1, 7) > 1);
  }
});

test('NaN and infinity fail', () => {
  const n = 10;
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const c = multiplied(referenceGemm, n, 1, 1, 7);
    c[n - 1] = value;
    assert.ok(!(sampleError(c, n, 1, 1, 7) <= 1));
  }
});
