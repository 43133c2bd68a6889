import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import type { Elements } from './_element_type.ts';
import type { Gemv } from './_gemv.ts';
import type { Ger } from './_ger.ts';
import { startOfPiece, worthwhilePieces } from './_pieces.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { usableThreads } from './_thread_team.ts';
import { configure, dgemv, dger, info, sgemv, sger } from './mod.ts';

const alone = info().backend === 'x64' && usableThreads() > 1 ? false : 'this thread has one CPU, or no machine code';
const mod = new URL('./mod.ts', import.meta.url).href;

test('pieces cover a dimension, begin at multiples of the unit, and none is empty', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 20 }),
      (count, units, unit) => {
        const length = Math.max(count, units) * unit - (unit - 1);
        const starts = Array.from({ length: count + 1 }, (_, piece) => startOfPiece(piece, count, length, unit));
        assert.equal(starts[0], 0);
        assert.equal(starts[count], length);
        for (const [piece, start] of starts.slice(0, -1).entries()) {
          assert.equal(start % unit, 0);
          assert.ok(start < starts[piece + 1]!);
        }
      },
    ),
  );
});

test('small matrices stay whole, large ones have a piece for each thread', () => {
  assert.equal(worthwhilePieces(1000, 8), 1);
  assert.equal(worthwhilePieces(1e9, 1), 1);
  assert.equal(worthwhilePieces(1e9, 8), 8);
});

const precisions = [
  [Float64Array, dgemv, dger],
  [Float32Array, sgemv, sger],
] as unknown as [typeof Float64Array, Gemv<Elements>, Ger<Elements>][];

/** Memory of numbers that repeat after a prime number of elements, so that no two lines are alike. */
function filled(ArrayType: typeof Float64Array, length: number): Elements {
  const array = new ArrayType(length);
  for (let i = 0; i < 8191; i++) array[i] = Math.random() - 0.5;
  for (let have = 8191; have < length; have *= 2) array.copyWithin(have, 0, Math.min(have, length - have));
  return array;
}

test('a short y is right, whose sums are made by parts of x', { skip: info().backend !== 'x64' }, () => {
  for (const [ArrayType, gemv] of precisions) {
    for (const m of [1, 7, 300]) {
      const n = Math.ceil(2 ** 23 / ArrayType.BYTES_PER_ELEMENT / m) + 5;
      // Small integers that repeat have sums that are exact in any order, and known.
      const A = new ArrayType(m * n).map((_, i) => (i % 5) - 2);
      const x = new ArrayType(2 * n).map((_, i) => ((i >> 1) % 3) - 1);
      const element = (i: number) => (i % 5) - 2;
      for (const [row, column] of [
        [1, m],
        [n, 1],
      ] as const) {
        const expected = Array.from({ length: m }, (_, i) => {
          let sum = 0;
          for (let j = 0; j < n; j++) sum += element(i * row + j * column) * ((j % 3) - 1);
          return -2 * sum + 3 * (i + 1);
        });
        const y = new ArrayType(m).map((_, i) => i + 1);
        gemv.ndarray('no-transpose', m, n, -2, A, row, column, 0, x, 2, 0, 3, y, 1, 0);
        assert.deepEqual([...y], expected);
      }
    }
  }
});

describe('gemv and ger with several threads', { skip: alone }, () => {
  afterEach(() => {
    configure(defaults);
  });

  test('give the bits of one thread, for all shapes, layouts and kernels', () => {
    for (const [ArrayType, gemv, ger] of precisions) {
      // Enough for the helpers to be woken, whatever they do.
      const elements = Math.ceil(2 ** 24.1 / ArrayType.BYTES_PER_ELEMENT);
      const memory = filled(ArrayType, 2 * elements + 20_000);
      const vector = filled(ArrayType, elements + 1000);
      const works = [memory.slice(), memory.slice()] as const;
      for (const [lines, spacing] of [
        [1, 1],
        [2, 2],
        [9, 1],
        [500, 2],
        [2051, 1],
        [30_001, 1],
        [elements / 3, 1],
      ] as const) {
        const count = Math.floor(lines);
        const length = Math.ceil(elements / count);
        const stride = spacing * length + (length > 1000 ? 3 : 0);
        for (const [name, configuration] of testedConfigurations()) {
          if (configuration.backend !== 'x64' || name === 'small blocks') continue;
          configure(configuration);
          const label = `${name}, ${count} lines of ${length}, spacing ${spacing}`;
          for (const [m, n, row, column] of [
            [count, length, stride, spacing],
            [length, count, spacing, stride],
          ] as const) {
            const [one, ...others] = [1, 2, 2].map((threads) => {
              configure({ threads });
              const y = new ArrayType(m).fill(0.25);
              gemv.ndarray('no-transpose', m, n, 0.7, memory, row, column, 0, vector, 1, 3, -1, y, -1, m - 1);
              return y;
            });
            for (const other of others) assert.deepEqual(other, one, `gemv, ${label}`);
          }
          for (const [index, work] of works.entries()) {
            configure({ threads: index + 1 });
            work.set(memory);
            ger.ndarray(length, count, 0.7, vector, 1, 5, vector, -1, count, work, spacing, stride, 1);
          }
          const [one, two] = works.map(({ buffer }) => Buffer.from(buffer as ArrayBuffer));
          assert.ok(one!.equals(two!), `ger, ${label}`);
        }
      }
    }
  });

  test('are right in several worker threads at once', async () => {
    const n = 1500;
    const code = `
      const { workerData, parentPort } = require('node:worker_threads');
      require('tsx/cjs/api').register();
      const { dgemv, dger } = require(require('node:url').fileURLToPath('${mod}'));
      const { n, A, x } = workerData;
      const own = A.slice();
      const y = new Float64Array(n);
      for (let i = 0; i < 20; i++) {
        dgemv('row-major', i % 2 ? 'transpose' : 'no-transpose', n, n, 1, A, n, x, 1, 0, y, 1);
        dger('row-major', n, n, 1, x, 1, y, 1, own, n);
      }
      parentPort.postMessage({ y, own });`;
    const A = new Float64Array(new SharedArrayBuffer(8 * n * n)).map(() => Math.floor(9 * Math.random()) - 4);
    const x = new Float64Array(new SharedArrayBuffer(8 * n)).map(() => Math.floor(3 * Math.random()) - 1);
    const solve = () => {
      const [y, own] = [new Float64Array(n), A.slice()];
      for (let i = 0; i < 20; i++) {
        dgemv('row-major', i % 2 ? 'transpose' : 'no-transpose', n, n, 1, A, n, x, 1, 0, y, 1);
        dger('row-major', n, n, 1, x, 1, y, 1, own, n);
      }
      return { y, own };
    };
    configure({ threads: 1 });
    const expected = solve();
    configure({ threads: 'all' });
    const workers = [0, 1].map(
      () =>
        new Promise((resolve, reject) =>
          new Worker(code, { eval: true, workerData: { n, A, x } }).once('message', resolve).once('error', reject),
        ),
    );
    let running = true;
    const all = Promise.all(workers).finally(() => {
      running = false;
    });
    while (running) {
      assert.deepEqual(solve(), expected);
      await new Promise(setImmediate);
    }
    for (const result of await all) assert.deepEqual(result, expected);
  });
});
