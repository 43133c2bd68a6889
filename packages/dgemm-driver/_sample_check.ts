import { entry, matrixA, matrixB, matrixC } from './_random_matrix.ts';

/** Unit roundoff of double precision. */
const u = 2 ** -53;

/** Entries looked at: enough to meet each edge of a blocked multiplication, few enough to touch few swapped-out pages. */
const samples = 16;

/**
 * The largest error of some entries of C = alpha A B + beta C, as a part of the bound that any order of summation keeps:
 * gamma(n + 3) (|alpha| |A| |B| + |beta| |C|) (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 3.5). At most
 * 1 when they are right; NaN when one is not a number. A, B and the old C are worked out from the seed.
 */
export function sampleError(result: Float64Array, n: number, alpha: number, beta: number, seed: number): number {
  let worst = 0;
  for (let sample = 0; sample < samples; sample++) {
    const [i, j] = place(sample, n, seed);
    const [value, magnitude] = dot(n, i, j, seed);
    const old = beta === 0 ? 0 : entry(seed, matrixC, i * n + j);
    const expected = alpha * value + beta * old;
    const bound = gamma(n + 3) * (Math.abs(alpha) * magnitude + Math.abs(beta * old));
    const error = Math.abs(result[i * n + j]! - expected);
    const part = error === 0 ? 0 : error / bound;
    // Written so that NaN, once there, stays.
    if (!(part <= worst)) worst = part;
    if (Number.isNaN(worst)) return worst;
  }
  return worst;
}

function gamma(k: number): number {
  return (k * u) / (1 - k * u);
}

/** The four corners first, then places drawn from the seed. */
function place(sample: number, n: number, seed: number): [number, number] {
  if (sample < 4) return [(sample >> 1) * (n - 1), (sample & 1) * (n - 1)];
  const draw = (index: number) => Math.floor((entry(~seed, 0, index) + 0.5) * n);
  return [draw(2 * sample), draw(2 * sample + 1)];
}

/** Row i of A times column j of B as if in twice the precision, and the same with absolute values. */
function dot(n: number, i: number, j: number, seed: number): [value: number, magnitude: number] {
  let sum = 0;
  let compensation = 0;
  let magnitude = 0;
  for (let k = 0; k < n; k++) {
    const a = entry(seed, matrixA, i * n + k);
    const b = entry(seed, matrixB, k * n + j);
    // Entries are multiples of 2^-32 below 1: halves of 16 bits make the product's rounding error exact (Dekker 1971).
    const product = a * b;
    const high = Math.round(a * 2 ** 16) * 2 ** -16;
    const low = a - high;
    const error = high * b - product + low * b;
    const next = sum + product;
    const part = next - sum;
    compensation += sum - (next - part) + (product - part) + error;
    sum = next;
    magnitude += Math.abs(product);
  }
  return [sum + compensation, magnitude];
}
