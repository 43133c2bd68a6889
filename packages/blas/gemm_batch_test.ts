import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import ndarray, { type NdArray } from 'ndarray';
import type { Elements } from './_element_type.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { type ArrayView, configure, gemm, gemmBatch } from './mod.ts';

const require = createRequire(import.meta.url);
// The package that `@stdlib/blas` itself uses.
const StdlibNdarray = createRequire(require.resolve('@stdlib/blas/base/dgemm'))('@stdlib/ndarray/ctor') as new (
  dtype: string,
  data: Elements,
  shape: number[],
  strides: number[],
  offset: number,
  order: string,
  options?: { readonly: boolean },
) => ArrayView;

type Matrices = NdArray<Elements>;

/** The same elements as an instance of `@stdlib/ndarray`. */
function toStdlib({ data, shape, stride, offset }: Matrices, readonly = false): ArrayView {
  const dtype = data instanceof Float64Array ? 'float64' : 'float32';
  return new StdlibNdarray(dtype, data, shape, stride, offset, 'row-major', { readonly });
}

/** Views of matrices of small integers, made by the methods of `ndarray`; NaN lies everywhere around them. */
const layouts: Record<string, (make: (...shape: number[]) => Matrices, p: number, m: number, n: number) => Matrices> = {
  rows: (make, p, m, n) => make(p, m, n),
  columns: (make, p, m, n) => make(p, n, m).transpose(0, 2, 1),
  'matrices innermost': (make, p, m, n) => make(m, n, p).transpose(2, 0, 1),
  'matrices between': (make, p, m, n) => make(m, p, n).transpose(1, 0, 2),
  reversed: (make, p, m, n) => make(p, m, n).step(-1, -1, -1),
  'every other': (make, p, m, n) => make(2 * p, m, 2 * n).step(2, 1, 2),
  block: (make, p, m, n) =>
    make(p + 2, m + 3, n + 1)
      .lo(1, 2, 1)
      .hi(p, m, n),
};

const size = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 30 }));
const layout = fc.constantFrom(...Object.keys(layouts));
const factor = fc.constantFrom<number | undefined>(undefined, 0, 1, -2);
const problem = fc.record({
  p: fc.integer({ min: 0, max: 5 }),
  sizes: fc.tuple(size, size, size),
  layouts: fc.tuple(layout, layout, layout),
  shared: fc.tuple(fc.boolean(), fc.boolean()),
  ofStdlib: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  alpha: factor,
  beta: factor,
  ArrayType: fc.constantFrom(Float64Array, Float32Array as unknown as typeof Float64Array),
  seed: fc.nat(),
});

for (const [name, configuration] of testedConfigurations()) {
  describe(`gemmBatch, ${name}`, () => {
    before(() => {
      configure(configuration);
    });
    after(() => {
      configure(defaults);
    });

    test('equals gemm on each matrix, and touches nothing else', () => {
      fc.assert(
        fc.property(problem, ({ p, sizes: [m, n, k], shared, ofStdlib, alpha, beta, ArrayType, seed, ...given }) => {
          let next = seed;
          const make = (which: number, rows: number, columns: number): Matrices => {
            const empty = (...shape: number[]): Matrices =>
              ndarray(new ArrayType(shape.reduce((product, extent) => product * extent, 1)).fill(Number.NaN), shape);
            const view = layouts[given.layouts[which]!]!(empty, p, rows, columns);
            for (let q = 0; q < p; q++) {
              for (let i = 0; i < rows; i++) {
                for (let j = 0; j < columns; j++) {
                  next = (Math.imul(next, 1103515245) + 12345) >>> 0;
                  view.set(q, i, j, ((next >>> 16) % 13) - 6);
                }
              }
            }
            return view;
          };
          const [A, B, C] = [make(0, m, k), make(1, k, n), make(2, m, n)];
          const expected: Matrices = ndarray(C.data.slice() as Elements, C.shape, C.stride, C.offset);
          // An empty batch has no first matrix.
          const [sharedA, sharedB] = shared.map((each) => each && p > 0);
          const matrix = (view: Matrices, q: number) => view.pick(q, null, null);
          for (let q = 0; q < p; q++) {
            gemm(matrix(expected, q), matrix(A, sharedA ? 0 : q), matrix(B, sharedB ? 0 : q), alpha, beta);
          }
          const passed = (which: number, view: Matrices) => (ofStdlib[which] && view.size > 0 ? toStdlib(view) : view);
          const output = passed(2, C);
          const returned = gemmBatch(
            output,
            passed(0, sharedA ? matrix(A, 0) : A),
            passed(1, sharedB ? matrix(B, 0) : B),
            alpha,
            beta,
          );
          assert.equal(returned, output);
          assert.deepEqual(
            Array.from(C.data, (element) => element + 0),
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

describe('gemmBatch', () => {
  const C = doubles(2, 3, 4);
  const A = doubles(2, 3, 5);
  const B = doubles(2, 5, 4);

  test('shapes must fit', () => {
    for (const [a, b, message] of [
      [doubles(3, 3, 5), B, "'A.shape[0]' must be 2, as 'C' has matrices, got 3"],
      [A, doubles(1, 5, 4), "'B.shape[0]' must be 2, as 'C' has matrices, got 1"],
      [doubles(2, 2, 5), B, "'A.shape[1]' must be 3, as 'C' has rows, got 2"],
      [doubles(2, 5), B, "'A.shape[0]' must be 3, as 'C' has rows, got 2"],
      [A, doubles(2, 4, 4), "'B.shape[1]' must be 5, as 'A' has columns, got 4"],
      [A, doubles(4, 4), "'B.shape[0]' must be 5, as 'A' has columns, got 4"],
      [A, doubles(2, 5, 3), "'B.shape[2]' must be 4, as 'C' has columns, got 3"],
      [A, doubles(5, 3), "'B.shape[1]' must be 4, as 'C' has columns, got 3"],
      [doubles(3), B, "'A.shape' must have 2 or 3 elements, got 1"],
      [A, doubles(1, 2, 5, 4), "'B.shape' must have 2 or 3 elements, got 4"],
    ] as const) {
      assert.throws(() => gemmBatch(C, a, b), { name: 'RangeError', message });
    }
    assert.throws(() => gemmBatch(doubles(3, 4), A, B), {
      name: 'RangeError',
      message: "'C.shape' must have 3 elements, got 2",
    });
    const short = { data: new Float64Array(30), shape: [2, 3, 5], stride: [5, 1], offset: 0 };
    assert.throws(() => gemmBatch(C, short, B), {
      name: 'RangeError',
      message: "'A.stride' must have 3 elements, got 2",
    });
  });

  test('operands may be broadcast, the output not', () => {
    const one = ndarray(new Float64Array([1, 2, 3, 4]), [3, 2, 2], [0, 2, 1]);
    const out = doubles(3, 2, 2);
    gemmBatch(out, one, ndarray(new Float64Array([1, 0, 0, 1]), [2, 2]));
    assert.deepEqual([...out.data], [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
    assert.throws(() => gemmBatch(one, out, doubles(2, 2)), {
      name: 'RangeError',
      message: "'C.stride[0]' must be a nonzero integer, got 0",
    });
    for (const stride of [
      [3, 2, 1],
      [9, 1, 1],
    ]) {
      assert.throws(() => gemmBatch(ndarray(new Float64Array(99), [3, 2, 2], stride), out, out), {
        name: 'RangeError',
        message: `'C.stride' must reach each element of 3 matrices of 2 x 2 once, got [${stride.join(', ')}]`,
      });
    }
    // The stride of a dimension of one element does not count.
    const single = ndarray(new Float64Array(4), [1, 2, 2], [0, 2, 1]);
    gemmBatch(single, out.hi(1, 2, 2), doubles(2, 2));
  });

  test('elements, factors, overlap and read-only outputs', () => {
    const refuses = (call: () => unknown, name: string, message: RegExp) => assert.throws(call, { name, message });
    const singles = ndarray(new Float32Array(30), [2, 3, 5]);
    refuses(() => gemmBatch(C, singles, B), 'TypeError', /^'A.data' must be a Float64Array, got an object/);
    refuses(() => gemmBatch(C, A, null as never), 'TypeError', /^'B' must be an ndarray, got null$/);
    refuses(() => gemmBatch(C, A, B, '1' as never), 'TypeError', /^'alpha' must be a number/);
    refuses(() => gemmBatch(C, A, B, 1, null as never), 'TypeError', /^'beta' must be a number/);
    refuses(() => gemmBatch(toStdlib(C, true), A, B), 'TypeError', /^'C' must be writable, got a read-only ndarray$/);
    gemmBatch(C, toStdlib(A, true), B);
    const square = doubles(4, 3, 3);
    refuses(
      () => gemmBatch(square, square.transpose(0, 2, 1), square),
      'RangeError',
      /^'C' must share no element with 'A'/,
    );
    // The halves of one array, and its even and odd matrices.
    gemmBatch(square.hi(2, 3, 3), square.lo(2, 0, 0), doubles(3, 3));
    gemmBatch(square.step(2, 1, 1), square.lo(1, 0, 0).step(2, 1, 1), doubles(3, 3));
    refuses(
      () => gemmBatch(square.hi(2, 3, 3), square.lo(1, 0, 0).hi(2, 3, 3), doubles(3, 3)),
      'RangeError',
      /^'C' must/,
    );
  });
});
