import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import ndarray, { type NdArray } from 'ndarray';
import type { Elements } from './_element_type.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { generator } from './_test_random.ts';
import { type ArrayView, configure, gemm, gemv, ger, type StdlibNdarrayView } from './mod.ts';

const require = createRequire(import.meta.url);
const ndarrayGemm = require('ndarray-gemm') as (C: Matrix, A: Matrix, B: Matrix, alpha?: number, beta?: number) => void;
// The package that `@stdlib/blas` itself uses.
const stdlib = createRequire(require.resolve('@stdlib/blas/base/dgemm'));
const stdlibNdarray = stdlib('@stdlib/ndarray/ctor') as new (
  dtype: string,
  data: Elements,
  shape: number[],
  strides: number[],
  offset: number,
  order: string,
  options?: { readonly: boolean },
) => StdlibNdarrayView & { get(...index: number[]): number };

type Matrix = NdArray<Elements>;
type Layout = (typeof layouts)[number];

const layouts = ['rows', 'columns', 'reversed rows', 'reversed columns', 'every other', 'block', 'all of it'] as const;

/** A view of a matrix of small integers, made by the methods of `ndarray`; NaN lies everywhere around it. */
function makeMatrix(
  ArrayType: typeof Float64Array,
  rows: number,
  columns: number,
  layout: Layout,
  random: () => number,
) {
  const make = (m: number, n: number): Matrix => ndarray(new ArrayType(m * n).fill(Number.NaN), [m, n]);
  const views: Record<Layout, () => Matrix> = {
    rows: () => make(rows, columns),
    columns: () => make(columns, rows).transpose(1, 0),
    'reversed rows': () => make(rows, columns).step(-1, 1),
    'reversed columns': () => make(rows, columns).step(1, -1),
    'every other': () => make(rows, 2 * columns).step(1, 2),
    block: () =>
      make(rows + 5, columns + 4)
        .lo(2, 3)
        .hi(rows, columns),
    'all of it': () =>
      make(3 * columns + 2, rows + 1)
        .lo(2, 1)
        .transpose(1, 0)
        .step(-1, -3),
  };
  const view = views[layout]();
  assert.deepEqual(view.shape, [rows, columns]);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) view.set(i, j, Math.floor(random() * 13) - 6);
  }
  return view;
}

/** A vector that is a column of such a matrix. */
function makeVector(ArrayType: typeof Float64Array, length: number, layout: Layout, random: () => number): Matrix {
  return makeMatrix(ArrayType, length, 2, layout, random).pick(-1, 1);
}

/** The same elements as an instance of `@stdlib/ndarray`. */
function toStdlib({ data, shape, stride, offset }: Matrix) {
  const dtype = data instanceof Float64Array ? 'float64' : 'float32';
  return new stdlibNdarray(dtype, data, shape, stride, offset, 'row-major');
}

/** The same view over a copy of its data. */
function copyOf(view: Matrix): Matrix {
  return ndarray(view.data.slice() as Elements, view.shape, view.stride, view.offset);
}

const layout = fc.constantFrom(...layouts);
const size = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 70 }));
const factor = fc.constantFrom<number | undefined>(undefined, 0, 1, -1, 0.5, -2);
const problem = fc.record({
  m: size,
  n: size,
  k: size,
  layouts: fc.tuple(layout, layout, layout),
  alpha: factor,
  beta: factor,
  ofStdlib: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  ArrayType: fc.constantFrom(Float64Array, Float32Array as unknown as typeof Float64Array),
  seed: fc.nat(),
});

/** Elements are small integers and factors short fractions, so that every order of sums gives the same result exactly. */
for (const [name, configuration] of testedConfigurations()) {
  describe(`ndarray interfaces, ${name}`, () => {
    before(() => {
      configure(configuration);
    });
    after(() => {
      configure(defaults);
    });

    const given = (ofStdlib: boolean, view: Matrix): ArrayView => (ofStdlib ? toStdlib(view) : view);

    test('gemm equals ndarray-gemm, and touches nothing else', () => {
      fc.assert(
        fc.property(
          problem,
          ({ m, n, k, layouts: [layoutC, layoutA, layoutB], alpha, beta, ofStdlib, ArrayType, seed }) => {
            const random = generator(seed);
            const A = makeMatrix(ArrayType, m, k, layoutA, random);
            const B = makeMatrix(ArrayType, k, n, layoutB, random);
            const C = makeMatrix(ArrayType, m, n, layoutC, random);
            const expected = copyOf(C);
            ndarrayGemm(expected, A, B, alpha, beta);
            const output = given(ofStdlib[0], C);
            assert.equal(gemm(output, given(ofStdlib[1], A), given(ofStdlib[2], B), alpha, beta), output);
            // -0 and 0 are one: whether a zero is negative depends on the order of sums.
            for (let i = 0; i < C.data.length; i++) {
              assert.ok(
                C.data[i] === expected.data[i] || (Number.isNaN(C.data[i]) && Number.isNaN(expected.data[i])),
                `element ${i} is ${C.data[i]}, must be ${expected.data[i]}`,
              );
            }
          },
        ),
        { numRuns: 150 },
      );
    });

    test('gemv equals sums of products', () => {
      fc.assert(
        fc.property(
          problem,
          ({ m, n, layouts: [layoutY, layoutA, layoutX], alpha, beta, ofStdlib, ArrayType, seed }) => {
            const random = generator(seed);
            const A = makeMatrix(ArrayType, m, n, layoutA, random);
            const x = makeVector(ArrayType, n, layoutX, random);
            const y = makeVector(ArrayType, m, layoutY, random);
            const expected = copyOf(y);
            for (let i = 0; i < m; i++) {
              let sum = 0;
              for (let j = 0; j < n; j++) sum += A.get(i, j) * x.get(j);
              expected.set(i, (alpha ?? 1) * sum + (beta ?? 0) * y.get(i) + 0);
            }
            const output = given(ofStdlib[0], y);
            assert.equal(gemv(output, given(ofStdlib[1], A), given(ofStdlib[2], x), alpha, beta), output);
            assert.deepEqual(
              Array.from(y.data, (element) => element + 0),
              Array.from(expected.data, (element) => element + 0),
            );
          },
        ),
        { numRuns: 150 },
      );
    });

    test('ger equals products', () => {
      fc.assert(
        fc.property(problem, ({ m, n, layouts: [layoutA, layoutX, layoutY], alpha, ofStdlib, ArrayType, seed }) => {
          const random = generator(seed);
          const A = makeMatrix(ArrayType, m, n, layoutA, random);
          const x = makeVector(ArrayType, m, layoutX, random);
          const y = makeVector(ArrayType, n, layoutY, random);
          const expected = copyOf(A);
          for (let i = 0; i < m; i++) {
            for (let j = 0; j < n; j++) expected.set(i, j, A.get(i, j) + (alpha ?? 1) * x.get(i) * y.get(j));
          }
          const output = given(ofStdlib[0], A);
          assert.equal(ger(output, given(ofStdlib[1], x), given(ofStdlib[2], y), alpha), output);
          assert.deepEqual(
            Array.from(A.data, (element) => element + 0),
            Array.from(expected.data, (element) => element + 0),
          );
        }),
        { numRuns: 150 },
      );
    });
  });
}

const doubles = (...shape: number[]): NdArray<Float64Array> =>
  ndarray(new Float64Array(shape.reduce((product, extent) => product * extent, 1)), shape);
const singles = (...shape: number[]): NdArray<Float32Array> =>
  ndarray(new Float32Array(shape.reduce((product, extent) => product * extent, 1)), shape);

describe('ndarray interfaces', () => {
  test('empty arrays, however their strides and offsets come out', () => {
    const C = doubles(2, 3);
    C.data.fill(7);
    gemm(C, doubles(2, 0).step(-1, -1), doubles(0, 3), 1, 2);
    assert.deepEqual([...C.data], [14, 14, 14, 14, 14, 14]);
    gemm(C, doubles(2, 0), doubles(0, 3));
    assert.deepEqual([...C.data], [0, 0, 0, 0, 0, 0]);
    gemm(doubles(0, 3).step(-1, 1), doubles(0, 4), doubles(4, 3));
    gemm(doubles(2, 0), doubles(2, 3), doubles(3, 0));
    const y = singles(2).step(-1);
    y.data.fill(7);
    gemv(y, singles(2, 0), singles(0), 1, 0.5);
    assert.deepEqual([...y.data], [3.5, 3.5]);
    gemv(y, singles(2, 0), singles(0).step(-1));
    assert.deepEqual([...y.data], [0, 0]);
    gemv(doubles(0), doubles(0, 3), doubles(3));
    ger(doubles(0, 3), doubles(0), doubles(3));
  });

  test('without a factor of C, it is not read; strides of dimensions of one element do not count', () => {
    const C = ndarray(new Float64Array([Number.NaN]), [1, 1], [0, 0]);
    gemm(C, ndarray(new Float64Array([2]), [1, 1], [0, 0]), ndarray(new Float64Array([3]), [1, 1]));
    assert.equal(C.get(0, 0), 6);
  });

  test('operands may be broadcast, the output not', () => {
    const A = ndarray(new Float64Array([1, 2]), [3, 2], [0, 1]);
    const C = doubles(3, 2);
    gemm(C, A, ndarray(new Float64Array([1, 0, 0, 1]), [2, 2]));
    assert.deepEqual([...C.data], [1, 2, 1, 2, 1, 2]);
    const y = doubles(3);
    gemv(y, A, ndarray(new Float64Array([1, 1])));
    assert.deepEqual([...y.data], [3, 3, 3]);
    assert.throws(() => gemm(A, C, doubles(2, 2)), {
      name: 'RangeError',
      message: "'C.stride[0]' must be a nonzero integer, got 0",
    });
    assert.throws(() => gemm(ndarray(new Float64Array(9), [3, 3], [1, 1]), doubles(3, 3), doubles(3, 3)), {
      name: 'RangeError',
      message: "'C.stride' must reach each element of a 3 x 3 matrix once, got [1, 1]",
    });
    assert.throws(() => gemv(y, C, ndarray(new Float64Array(1), [2], [0])), {
      name: 'RangeError',
      message: "'x.stride[0]' must be a nonzero integer, got 0",
    });
  });

  const wrongTypes: [unknown, RegExp][] = [
    [undefined, /^'A' must be an ndarray, got undefined$/],
    [new Float64Array(4), /^'A.data' must be a Float64Array, got undefined$/],
    [[[1, 2]], /^'A.data' must be a Float64Array/],
    [singles(2, 2), /^'A.data' must be a Float64Array, got an object \(Float32Array\)$/],
    [ndarray([1, 2, 3, 4], [2, 2]), /^'A.data' must be a Float64Array/],
    [
      { data: new Float64Array(4), stride: [2, 1], offset: 0 },
      /^'A.shape' must be an array of numbers, got undefined$/,
    ],
    [
      { data: new Float64Array(4), shape: [2, 2], offset: 0 },
      /^'A.stride' must be an array of numbers, got undefined$/,
    ],
    [{ data: new Float64Array(4), shape: [2, '2'], stride: [2, 1], offset: 0 }, /^'A.shape\[1\]' must be/],
    [{ data: new Float64Array(4), shape: [2, 2], strides: [2, null], offset: 0 }, /^'A.strides\[1\]' must be/],
    [{ data: new Float64Array(4), shape: [2, 2], stride: [2, 1] }, /^'A.offset' must be/],
  ];
  const outOfRange: [unknown, RegExp][] = [
    [doubles(4), /^'A.shape' must have 2 elements, got 1$/],
    [doubles(2, 2, 1), /^'A.shape' must have 2 elements, got 3$/],
    [doubles(3, 2), /^'A.shape\[0\]' must be 2, as '[Cy]' has (rows|elements), got 3$/],
    [{ data: new Float64Array(4), shape: [2, 2], stride: [2], offset: 0 }, /^'A.stride' must have 2 elements, got 1$/],
    [{ data: new Float64Array(4), shape: [2, -2], stride: [2, 1], offset: 0 }, /^'A.shape\[1\]' must be/],
    [{ data: new Float64Array(4), shape: [2, 2], stride: [2, 0.5], offset: 0 }, /^'A.stride\[1\]' must be/],
    [{ data: new Float64Array(4), shape: [2, 2], stride: [2, 1], offset: -1 }, /^'A.offset' must be/],
    [ndarray(new Float64Array(3), [2, 2]), /^'A' must have at least 4 elements/],
    [ndarray(new Float64Array(4), [2, 2], [-2, 1], 0), /^'A' must be entered at offset 2 or later/],
  ];
  for (const [rows, errorName] of [
    [wrongTypes, 'TypeError'],
    [outOfRange, 'RangeError'],
  ] as const) {
    test(`a ${errorName} names the argument`, () => {
      for (const [value, message] of rows) {
        const A = value as ArrayView;
        assert.throws(() => gemm(doubles(2, 2), A, doubles(2, 2)), { name: errorName, message });
        assert.throws(() => gemv(doubles(2), A, doubles(2)), { name: errorName, message });
      }
    });
  }

  test('shapes must fit', () => {
    const message = (text: string) => ({ name: 'RangeError', message: text });
    assert.throws(
      () => gemm(doubles(2, 2), doubles(2, 3), doubles(2, 2)),
      message("'B.shape[0]' must be 3, as 'A' has columns, got 2"),
    );
    assert.throws(
      () => gemm(doubles(2, 4), doubles(2, 3), doubles(3, 2)),
      message("'B.shape[1]' must be 4, as 'C' has columns, got 2"),
    );
    assert.throws(
      () => gemv(doubles(2), doubles(2, 3), doubles(2)),
      message("'x.shape[0]' must be 3, as 'A' has columns, got 2"),
    );
    assert.throws(
      () => ger(doubles(2, 3), doubles(3), doubles(3)),
      message("'x.shape[0]' must be 2, as 'A' has rows, got 3"),
    );
    assert.throws(
      () => ger(doubles(2, 3), doubles(2), doubles(2)),
      message("'y.shape[0]' must be 3, as 'A' has columns, got 2"),
    );
    assert.throws(() => ger(doubles(2, 3), doubles(2, 1), doubles(3)), message("'x.shape' must have 1 element, got 2"));
  });

  test('factors, overlap, read-only outputs and lost memory', () => {
    const C = doubles(2, 2);
    assert.throws(() => gemm(C, doubles(2, 2), doubles(2, 2), null as never), {
      name: 'TypeError',
      message: /^'alpha'/,
    });
    assert.throws(() => gemv(doubles(2), doubles(2, 0), doubles(0), 1, '1' as never), {
      name: 'TypeError',
      message: /^'beta'/,
    });
    assert.throws(() => gemm(C, C.transpose(1, 0), doubles(2, 2)), {
      name: 'RangeError',
      message: /^'C' must share no element with 'A'/,
    });
    assert.throws(() => gemv(C.pick(0, null), C, doubles(2)), {
      name: 'RangeError',
      message: /^'y' must share no element with 'A'/,
    });
    assert.throws(() => ger(C, doubles(2), C.pick(0, null)), {
      name: 'RangeError',
      message: /^'A' must share no element with 'y'/,
    });
    const readOnly = new stdlibNdarray('float64', new Float64Array(4), [2, 2], [2, 1], 0, 'row-major', {
      readonly: true,
    });
    assert.throws(() => gemm(readOnly, C, C), {
      name: 'TypeError',
      message: "'C' must be writable, got a read-only ndarray",
    });
    gemm(C, readOnly, readOnly);
    const lost = doubles(2, 2);
    structuredClone(lost.data, { transfer: [lost.data.buffer as ArrayBuffer] });
    assert.throws(() => gemm(C, lost, doubles(2, 2)), { name: 'TypeError', message: /^'A.data' must have its memory/ });
  });

  test('arrays of another realm and over shared memory', () => {
    const data = runInNewContext('new Float64Array([1, 2, 3, 4])') as Float64Array;
    const C = ndarray(new Float64Array(new SharedArrayBuffer(32)), [2, 2]);
    const A = { data, shape: [2, 2], stride: [2, 1], offset: 0 };
    assert.deepEqual([...gemm(C, A, A).data], [7, 10, 15, 22]);
  });
});
