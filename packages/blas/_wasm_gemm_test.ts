import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { double, single } from './_element_type.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { testedRoutines } from './_test_routines.ts';
import { gemmPieces } from './_wasm_gemm.ts';
import { configure, dgemv, dger } from './mod.ts';

const skip = testedConfigurations().some(([, { backend }]) => backend === 'wasm') ? false : 'no WebAssembly here';

test('pieces are bounded, cover the matrices, and are as deep whatever the rows and columns are', () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 2 ** 31 }));
  fc.assert(
    fc.property(size, size, size, fc.constantFrom(double, single), (m, n, k, type) => {
      const block = { mu: 4, nu: 5 };
      const { rows, columns, depth } = gemmPieces(block, type, m, n, k);
      for (const [piece, whole, unit] of [
        [rows, m, block.mu],
        [columns, n, block.nu],
        [depth, k, 1],
      ] as const) {
        assert.ok(Number.isInteger(piece) && piece >= 1 && piece <= whole + unit);
        assert.ok(piece >= whole || piece % unit === 0);
      }
      const most = 1.1 * 2 ** 23;
      for (const elements of [rows * depth, depth * columns, rows * columns]) assert.ok(type.bytes * elements <= most);
      assert.equal(gemmPieces(block, type, 7, 9, k).depth, depth);
    }),
  );
});

describe('matrices larger than a piece (wasm)', { skip }, () => {
  before(() => {
    configure({ backend: 'wasm', tuning: 'default' });
  });
  after(() => {
    configure(defaults);
  });

  test('products in pieces of rows, of columns and of k, of strides in both directions too', () => {
    const gemms = testedRoutines.filter(({ kind }) => kind === 'gemm');
    for (const { ours, ArrayType } of gemms) {
      const gemm = ours as typeof import('./mod.ts').dgemm;
      for (const [m, n, k, spacing] of [
        [3, 5, 2100, 1],
        [1200, 3, 1500, 1],
        [2, 1100, 1300, 2],
        [90, 20_000, 70, 1],
        [20_000, 90, 70, 2],
      ] as const) {
        const drawn = (length: number) => Float64Array.from({ length }, (_, i) => ((i * 7 + (i >> 3)) % 5) - 2);
        const [A, B] = [new ArrayType(drawn(m * k)), new ArrayType(drawn(k * n))] as [Float64Array, Float64Array];
        const C = new ArrayType(spacing * m * n).fill(1) as Float64Array;
        gemm.ndarray(
          ...(['no-transpose', 'no-transpose', m, n, k, 2, A, k, 1, 0, B, n, 1, 0] as const),
          ...([-3, C, spacing * n, spacing, 0] as const),
        );
        for (let at = 0; at < 50; at++) {
          const [i, j] = [(at * 7919) % m, (at * 104_729) % n];
          let sum = 0;
          for (let p = 0; p < k; p++) sum += A[i * k + p]! * B[p * n + j]!;
          assert.equal(C[spacing * (i * n + j)], 2 * sum - 3, `${m} x ${n} x ${k} at ${i}, ${j}`);
        }
        if (spacing > 1) assert.ok(C.every((value, i) => i % spacing === 0 || value === 1));
      }
    }
  });

  test('products with vectors and updates', () => {
    for (const [m, n] of [
      [9000, 40],
      [40, 9000],
      [300, 301],
    ] as const) {
      for (const byRows of [true, false]) {
        const order = byRows ? 'row-major' : 'column-major';
        const leading = byRows ? n : m;
        const A = Float64Array.from({ length: m * n }, (_, i) => (i % 7) - 3);
        const x = Float64Array.from({ length: n }, (_, i) => (i % 3) - 1);
        const y = Float64Array.from({ length: m }, (_, i) => (i % 5) - 1);
        const at = (i: number, j: number) => A[byRows ? i * n + j : i + j * m]!;
        const expected = y.map((value, i) => x.reduce((sum, element, j) => sum + 2 * at(i, j) * element, -value));
        dgemv(order, 'no-transpose', m, n, 2, A, leading, x, 1, -1, y, 1);
        assert.deepEqual(y, expected);
        const updated = A.map((value, p) => {
          const [i, j] = byRows ? [Math.floor(p / n), p % n] : [p % m, Math.floor(p / m)];
          return value + 3 * y[i]! * x[j]!;
        });
        dger(order, m, n, 3, y, 1, x, 1, A, leading);
        assert.deepEqual(A, updated);
      }
    }
  });
});
