/**
 * Random matrices whose every entry is a function of the seed and of its place alone, so that the check can work out any
 * row of A or column of B again without touching memory that may have been swapped out.
 */

/** Which of the driver's three matrices. */
export const matrixA = 1;
export const matrixB = 2;
export const matrixC = 3;

/** 2^32 divided by the golden ratio: consecutive indices land far apart before mixing (Knuth, vol. 3, 6.4). */
const golden = 0x9e3779b9;

/** The finaliser of MurmurHash3 (A. Appleby, public domain): a bijection of 32 bits in which every bit avalanches. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function origin(seed: number, matrix: number): number {
  return mix((mix(seed) + Math.imul(matrix, golden)) | 0);
}

/** Entry `index` of a matrix: uniform in [-1/2, 1/2). */
export function entry(seed: number, matrix: number, index: number): number {
  return mix((origin(seed, matrix) + Math.imul(index, golden)) | 0) * 2 ** -32;
}

/** Writes every entry of a matrix, in the order of its addresses. */
export function fill(array: Float64Array, seed: number, matrix: number): void {
  let counter = origin(seed, matrix);
  for (let i = 0; i < array.length; i++, counter = (counter + golden) | 0) array[i] = mix(counter) * 2 ** -32;
}
