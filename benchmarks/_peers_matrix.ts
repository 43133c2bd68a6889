import type { Precision } from './_peers_suite.ts';

export type Elements = Float64Array | Float32Array;

/** A matrix somewhere in an array, from element 0 on; a vector is a matrix of one column. */
export interface Matrix<Data = Elements> {
  data: Data;
  rows: number;
  columns: number;
  rowStride: number;
  columnStride: number;
}

const pools = new Map<string, Elements>();

/**
 * The first `length` elements of an array that is filled with random numbers from -1/2 to 1/2 and kept, so that all
 * contenders, and all cases, compute with the same ones.
 */
export function randomElements(name: 'A' | 'B' | 'C', precision: Precision, length: number): Elements {
  const key = `${name} ${precision}`;
  let pool = pools.get(key);
  if (pool === undefined || pool.length < length) {
    pool = precision === 'double' ? new Float64Array(length) : new Float32Array(length);
    for (let i = 0; i < length; i++) pool[i] = Math.random() - 0.5;
    pools.set(key, pool);
  }
  return pool.subarray(0, length);
}

/** A matrix row by row. */
export function byRows<Data extends Elements>(data: Data, rows: number, columns: number): Matrix<Data> {
  return { data, rows, columns, rowStride: columns, columnStride: 1 };
}

export function transposed<Data>({ data, rows, columns, rowStride, columnStride }: Matrix<Data>): Matrix<Data> {
  return { data, rows: columns, columns: rows, rowStride: columnStride, columnStride: rowStride };
}

/** Elements of a product that are computed anew to check it. */
const SPOTS = 64;

/**
 * Checks that C = A B: a contender must not be fast by computing something else, or nothing. No element may be NaN, with
 * which the array was filled before; some, at random and in the corners, are computed anew.
 *
 * @throws {Error} when it is not
 */
export function checkProduct(name: string, C: Matrix<ArrayLike<number>>, A: Matrix, B: Matrix): void {
  const at = (matrix: Matrix<ArrayLike<number>>, i: number, j: number) =>
    matrix.data[i * matrix.rowStride + j * matrix.columnStride]!;
  for (let i = 0; i < C.rows; i++) {
    for (let j = 0, place = i * C.rowStride; j < C.columns; j++, place += C.columnStride) {
      const value = C.data[place]!;
      // No product is as large; NaN is no number at all.
      if (!(Math.abs(value) < 1e9)) throw new Error(`${name} left element (${i}, ${j}) as ${value}`);
    }
  }
  if (C.rows * C.columns === 0) return;
  const epsilon = A.data instanceof Float32Array ? 2 ** -23 : Number.EPSILON;
  // Elements of A and B are at most 1/2 in magnitude: k products, each at most 1/4, k roundings (Higham, sect. 3.5).
  const bound = (A.columns * A.columns * epsilon) / 4;
  for (let spot = 0; spot < SPOTS; spot++) {
    const corner = spot < 4;
    const i = corner ? (spot % 2) * (C.rows - 1) : Math.floor(Math.random() * C.rows);
    const j = corner ? Math.floor(spot / 2) * (C.columns - 1) : Math.floor(Math.random() * C.columns);
    let sum = 0;
    for (let p = 0; p < A.columns; p++) sum += at(A, i, p) * at(B, p, j);
    if (!(Math.abs(at(C, i, j) - sum) <= bound)) {
      throw new Error(`${name} computed ${at(C, i, j)} for element (${i}, ${j}), which is ${sum}`);
    }
  }
}
