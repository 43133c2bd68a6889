/**
 * Least squares on ndarrays by `gemm` and `gemv`, and the same by ml-matrix beside it, timed in turn:
 *
 *     npx --yes pnpm example:least-squares [rows] [columns]
 */

import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { gemm, gemv, info } from '@paratune/blas';
import { CholeskyDecomposition, Matrix, solve } from 'ml-matrix';
import ndarray, { type NdArray } from 'ndarray';

type Doubles = NdArray<Float64Array>;

const zeros = (...shape: number[]): Doubles =>
  ndarray(new Float64Array(shape.reduce((product, extent) => product * extent)), shape);

/**
 * The coefficients b for which |y - X b| is least, where X has more rows than columns: from X^T X b = X^T y. The same equations
 * for what is left of y then correct b, which gives back most of the digits that X^T X, whose condition is the square of X's, costs.
 *
 * @param X Observations by variables, as they lie.
 * @param y One value an observation.
 * @throws {RangeError} When the columns of X depend on each other.
 */
export function leastSquares(X: Doubles, y: Doubles): { coefficients: Doubles; residual: Doubles } {
  const [rows, columns] = X.shape as [number, number];
  const transposed = X.transpose(1, 0); // a view: nothing is copied
  const factor = cholesky(gemm(zeros(columns, columns), transposed, X).data, columns);
  const coefficients = zeros(columns);
  const residual = ndarray(Float64Array.from({ length: rows }, (_, i) => y.get(i)));
  for (let step = 0; step < 2; step++) {
    const change = gemv(zeros(columns), transposed, residual);
    solveCholesky(factor, columns, change.data);
    for (let j = 0; j < columns; j++) coefficients.data[j]! += change.data[j]!;
    gemv(residual, X, change, -1, 1); // residual = residual - X change
  }
  return { coefficients, residual };
}

/** Overwrites a symmetric, positive definite n x n matrix, row by row, with its factor L, lower triangular: L L^T is the matrix. */
function cholesky(matrix: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) rest -= matrix[i * n + k]! * matrix[j * n + k]!;
      if (i === j && !(rest > 0))
        throw new RangeError(`'X' must have independent columns, and column ${i} depends on those before`);
      matrix[i * n + j] = i === j ? Math.sqrt(rest) : rest / matrix[j * n + j]!;
    }
  }
  return matrix;
}

/** Overwrites b with the solution x of L L^T x = b. */
function solveCholesky(L: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) b[i]! -= L[i * n + k]! * b[k]!;
    b[i]! /= L[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    b[i]! /= L[i * n + i]!;
    for (let k = 0; k < i; k++) b[k]! -= L[i * n + k]! * b[i]!;
  }
}

/** Observations that follow a line but for noise: each variable uniform in [-1, 1), coefficient j is 1 / (j + 1). */
function observations(rows: number, columns: number): { X: Doubles; y: Doubles } {
  const X = ndarray(
    Float64Array.from({ length: rows * columns }, () => 2 * Math.random() - 1),
    [rows, columns],
  );
  const truth = ndarray(Float64Array.from({ length: columns }, (_, j) => 1 / (j + 1)));
  const y = ndarray(Float64Array.from({ length: rows }, () => 0.2 * (Math.random() - 0.5)));
  return { X, y: gemv(y, X, truth, 1, 1) };
}

/** One way to the coefficients, and what came of it. */
export interface Contender {
  name: string;
  run(): ArrayLike<number>;
  seconds: number[];
  coefficients: ArrayLike<number>;
}

/** Computes the coefficients in every way, in turn, once to warm up and then `rounds` times. */
export function compare(rows: number, columns: number, rounds: number): Contender[] {
  const { X, y } = observations(rows, columns);
  const [mlX, mlY] = [Matrix.from1DArray(rows, columns, Array.from(X.data)), Matrix.columnVector(Array.from(y.data))];
  const contender = (name: string, run: Contender['run']): Contender => ({ name, run, seconds: [], coefficients: [] });
  const contenders = [
    contender('@paratune/blas, normal equations', () => leastSquares(X, y).coefficients.data),
    contender('ml-matrix, normal equations', () => {
      const transposed = mlX.transpose();
      return new CholeskyDecomposition(transposed.mmul(mlX)).solve(transposed.mmul(mlY)).to1DArray();
    }),
    contender('ml-matrix, solve (QR)', () => solve(mlX, mlY).to1DArray()),
  ];
  for (let round = 0; round <= rounds; round++) {
    for (const each of contenders) {
      const start = performance.now();
      each.coefficients = each.run();
      if (round > 0) each.seconds.push((performance.now() - start) / 1000);
    }
  }
  return contenders;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** A line for each contender: its median, how much longer than ours that is, and how far its coefficients are from ours. */
export function table(contenders: readonly Contender[]): string {
  const ours = contenders[0]!;
  return contenders
    .map(({ name, seconds, coefficients }) => {
      const milliseconds = (1000 * median(seconds)).toFixed(1);
      const times = (median(seconds) / median(ours.seconds)).toFixed(1);
      const difference = Math.max(...Array.from(coefficients, (b, j) => Math.abs(b - ours.coefficients[j]!)));
      return `${name.padEnd(36)}${milliseconds.padStart(9)} ms${times.padStart(8)} x   differs by ${difference.toExponential(0)}\n`;
    })
    .join('');
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [rows = 10_000, columns = 200] = argv.slice(2).map(Number);
  const { backend, kernel, threads } = info();
  stdout.write(
    `${rows} observations of ${columns} variables; ${backend}, ${kernel}, threads: ${threads}; medians of 5 rounds\n`,
  );
  stdout.write(table(compare(rows, columns, 5)));
}
