import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byRows, checkProduct, type Matrix, randomElements, transposed } from './_peers_matrix.ts';

function multiply(A: Matrix, B: Matrix): Matrix {
  const C = byRows(new Float64Array(A.rows * B.columns), A.rows, B.columns);
  const at = ({ data, rowStride, columnStride }: Matrix, i: number, j: number) =>
    data[i * rowStride + j * columnStride]!;
  for (let i = 0; i < C.rows; i++) {
    for (let j = 0; j < C.columns; j++) {
      for (let p = 0; p < A.columns; p++) C.data[i * C.rowStride + j]! += at(A, i, p) * at(B, p, j);
    }
  }
  return C;
}

const [m, n, k] = [7, 6, 5];
const A = byRows(randomElements('A', 'double', m * k), m, k);
const B = transposed(byRows(randomElements('B', 'double', n * k), n, k));

test('a product is one, also of an empty and a transposed matrix', () => {
  checkProduct('ours', multiply(A, B), A, B);
  const empty = byRows(new Float64Array(0), 0, 0);
  checkProduct('ours', empty, empty, empty);
});

test('an element that was not written, and products of other matrices, are found', () => {
  const untouched = multiply(A, B);
  untouched.data[17] = Number.NaN;
  assert.throws(() => checkProduct('lazy', untouched, A, B), /lazy left element \(2, 5\) as NaN/);
  const wrong = multiply(A, B);
  wrong.data[0]! += 1e-6;
  assert.throws(() => checkProduct('rough', wrong, A, B), /rough computed .* for element \(0, 0\)/);
  const other = multiply(A, transposed(byRows(randomElements('C', 'double', n * k), n, k)));
  assert.throws(() => checkProduct('strange', other, A, B), /strange computed/);
});

test('all see the same elements, however many they ask for', () => {
  const few = randomElements('A', 'single', 10);
  assert.equal(few.length, 10);
  assert.equal(randomElements('A', 'single', 5)[3], few[3]);
  assert.ok(few instanceof Float32Array && few.every((value) => Math.abs(value) <= 0.5));
});
