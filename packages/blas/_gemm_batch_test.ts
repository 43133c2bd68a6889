import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { compensatedGemm, gemmErrorBound } from '@paratune/kernels';
import fc from 'fast-check';
import type { Elements } from './_element_type.ts';
import type { GemmBatch } from './_gemm_batch.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { generator } from './_test_random.ts';
import { testedGemms } from './_test_routines.ts';
import { configure, dgemmBatch, type Order, sgemmBatch, type TransposeOperation } from './mod.ts';

const tested = testedGemms.map((routine) => ({
  ...routine,
  batchName: `${routine.name}Batch`,
  gemmBatch: (routine.name === 'dgemm' ? dgemmBatch : sgemmBatch) as unknown as GemmBatch<Elements>,
}));
type Tested = (typeof tested)[number];

/** Matrices somewhere in an array, as a test wants them. */
interface Layout {
  /** Which dimension is innermost, which next, which last: 0 the matrices, 1 their rows, 2 their columns. */
  nesting: [number, number, number];
  /** Elements between neighbours in the innermost dimension, and beyond the lengths of the others. */
  step: number;
  gaps: [number, number];
  reversed: [boolean, boolean, boolean];
  /** Whether one matrix is used for all products. */
  shared: boolean;
  /** Elements in front of and behind the matrices. */
  margin: number;
}

const gap = fc.constantFrom(0, 0, 1, 5);
const layout: fc.Arbitrary<Layout> = fc.record({
  nesting: fc.constantFrom<[number, number, number]>([2, 1, 0], [1, 2, 0], [2, 1, 0], [1, 2, 0], [0, 1, 2], [2, 0, 1]),
  step: fc.constantFrom(1, 1, 1, 2),
  gaps: fc.tuple(gap, gap),
  reversed: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  shared: fc.integer({ min: 0, max: 3 }).map((x) => x === 0),
  margin: fc.constantFrom(0, 0, 3),
});

/** An array with its strides: from a matrix to the next, down a column, along a row. */
interface Strided {
  array: Elements;
  strides: [number, number, number];
  offset: number;
}

/** Lays matrices out with `value` for their elements and NaN everywhere else, so that an element read by mistake shows. */
function layOut(
  Matrix: Tested['Matrix'],
  sizes: [batch: number, rows: number, columns: number],
  { nesting, step, gaps, reversed, shared, margin }: Layout,
  value: () => number,
): Strided {
  const strides: [number, number, number] = [0, 0, 0];
  let [stride, span, offset] = [step, 1, margin];
  for (const [level, dimension] of nesting.entries()) {
    if (dimension === 0 && shared) continue;
    const size = sizes[dimension]!;
    const reach = Math.max(0, size - 1) * stride;
    strides[dimension] = reversed[dimension] ? -stride : stride;
    if (reversed[dimension]) offset += reach;
    span += reach;
    stride = stride * Math.max(size, 1) + (gaps[level] ?? 0);
  }
  const array = new Matrix(span + 2 * margin).fill(Number.NaN);
  for (let p = 0; p < sizes[0]; p++) {
    for (let i = 0; i < sizes[1]; i++) {
      for (let j = 0; j < sizes[2]; j++) array[offset + p * strides[0] + i * strides[1] + j * strides[2]] = value();
    }
  }
  return { array, strides, offset };
}

const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 60 }));
const transposition = fc.constantFrom<TransposeOperation>('no-transpose', 'transpose', 'conjugate-transpose', 111, 112);
const factor = fc.constantFrom<number>(0, 1, 1, -1, 0.7);
const problem = fc.record({
  batch: fc.integer({ min: 0, max: 6 }),
  m: size,
  n: size,
  k: size,
  transA: transposition,
  transB: transposition,
  alpha: factor,
  beta: factor,
  A: layout,
  B: layout,
  C: layout.map((given) => ({ ...given, shared: false })),
  seed: fc.nat(),
});

/** What is one product as a batch, where C has strides in both directions, and several alone, where its columns are contiguous. */
const merged = {
  ...({ batch: 2, m: 2, n: 1, k: 1, transA: 'no-transpose', transB: 'no-transpose', alpha: 1, beta: 0.7 } as const),
  A: { nesting: [2, 1, 0], step: 1, gaps: [0, 0], reversed: [false, false, false], shared: true, margin: 0 },
  B: { nesting: [2, 1, 0], step: 1, gaps: [0, 0], reversed: [true, false, true], shared: false, margin: 0 },
  C: { nesting: [2, 0, 1], step: 2, gaps: [0, 0], reversed: [true, false, true], shared: false, margin: 0 },
  seed: 0,
} satisfies Record<string, unknown> & Record<'A' | 'B' | 'C', Layout>;

function isTransposed(operation: TransposeOperation): boolean {
  return operation !== 'no-transpose' && operation !== 111;
}

function bits(array: Elements): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

const subjects = testedConfigurations().flatMap(([name, configuration]) =>
  tested.map((routine) => ({ name, configuration, routine })),
);

for (const { name, configuration, routine } of subjects) {
  const { gemm, gemmBatch, batchName, Matrix } = routine;
  describe(`${batchName} (${name})`, () => {
    before(() => {
      configure(configuration);
    });
    after(() => {
      configure(defaults);
    });

    test('is within the bound of the reference and has the bits of one product after another, for every layout', () => {
      fc.assert(
        fc.property(problem, ({ batch, m, n, k, transA, transB, alpha, beta, seed, ...layouts }) => {
          const random = generator(seed);
          const draw = () => random() - 0.5;
          const nan = () => Number.NaN;
          const [ta, tb] = [isTransposed(transA), isTransposed(transB)];
          // What must not be read is NaN.
          const input = alpha === 0 ? nan : draw;
          const A = layOut(Matrix, ta ? [batch, k, m] : [batch, m, k], layouts.A, input);
          const B = layOut(Matrix, tb ? [batch, n, k] : [batch, k, n], layouts.B, input);
          const C = layOut(Matrix, [batch, m, n], layouts.C, beta === 0 ? nan : draw);
          const original = C.array.slice();
          const [looped, expected] = [C.array.slice(), C.array.slice()];
          const [a0, a1, a2] = A.strides;
          const [b0, b1, b2] = B.strides;
          const [c0, c1, c2] = C.strides;
          const returned = gemmBatch.ndarray(
            ...([transA, transB, m, n, k, alpha, A.array, a1, a2, a0, A.offset] as const),
            ...([B.array, b1, b2, b0, B.offset, beta, C.array, c1, c2, c0, C.offset, batch] as const),
          );
          assert.equal(returned, C.array);
          for (let p = 0; p < batch; p++) {
            const [aOffset, bOffset, cOffset] = [A.offset + p * a0, B.offset + p * b0, C.offset + p * c0];
            gemm.ndarray(
              ...([transA, transB, m, n, k, alpha, A.array, a1, a2, aOffset] as const),
              ...([B.array, b1, b2, bOffset, beta, looped, c1, c2, cOffset] as const),
            );
            const withC = (c: Elements) =>
              [
                ...([m, n, k, alpha, A.array, aOffset, ta ? a2 : a1, ta ? a1 : a2] as const),
                ...([B.array, bOffset, tb ? b2 : b1, tb ? b1 : b2, beta, c, cOffset, c1, c2] as const),
              ] as const;
            const bound = gemmErrorBound(...withC(original));
            compensatedGemm(...withC(expected));
            for (let j = 0; j < n; j++) {
              for (let i = 0; i < m; i++) {
                const at = cOffset + i * c1 + j * c2;
                const error = Math.abs(C.array[at]! - expected[at]!);
                assert.ok(error <= bound[i + j * m]!, `C(${i}, ${j}) of ${p} is ${C.array[at]}, not ${expected[at]}`);
              }
            }
          }
          // Also what lies around C.
          assert.ok(bits(C.array).equals(bits(looped)));
        }),
        { numRuns: 250, examples: [[merged], [{ ...merged, alpha: -1.3 }]] },
      );
    });

    test('takes leading dimensions, by rows and by columns', () => {
      const order = fc.constantFrom<Order>('row-major', 'column-major');
      fc.assert(
        fc.property(problem, order, fc.tuple(gap, gap, gap), (given, layoutOrder, [gapA, gapB, gapC]) => {
          const { batch, m, n, k, transA, transB, alpha, beta, seed } = given;
          const random = generator(seed);
          const byRows = layoutOrder === 'row-major';
          const stored = (rows: number, columns: number, transposed: boolean, spare: number) => {
            const [outer, inner] = transposed === byRows ? [columns, rows] : [rows, columns];
            const leading = Math.max(1, inner) + spare;
            return { leading, stride: leading * outer + spare, length: (leading * outer + spare) * batch };
          };
          const [ta, tb] = [isTransposed(transA), isTransposed(transB)];
          const [a, b, c] = [stored(m, k, ta, gapA), stored(k, n, tb, gapB), stored(m, n, false, gapC)];
          const fill = (length: number) => new Matrix(Array.from({ length }, () => random() - 0.5));
          const [A, B, C] = [fill(a.length), fill(given.B.shared ? b.length : b.stride), fill(c.length)];
          const strideB = given.B.shared ? b.stride : 0;
          const looped = C.slice();
          gemmBatch(
            ...([layoutOrder, transA, transB, m, n, k, alpha, A, a.leading, a.stride] as const),
            ...([B, b.leading, strideB, beta, C, c.leading, c.stride, batch] as const),
          );
          for (let p = 0; p < batch; p++) {
            gemm(
              ...([layoutOrder, transA, transB, m, n, k, alpha, A.subarray(p * a.stride), a.leading] as const),
              ...([B.subarray(p * strideB), b.leading, beta, looped.subarray(p * c.stride), c.leading] as const),
            );
          }
          assert.ok(bits(C).equals(bits(looped)));
        }),
        { numRuns: 150 },
      );
    });

    test('does what is left to do without a product, and nothing without a matrix', () => {
      const none = new Matrix(0);
      const C = new Matrix([1, 2, 3, 4, 5, 6]);
      const multiply = (m: number, n: number, k: number, alpha: number, beta: number, batch: number) =>
        gemmBatch(
          ...(['row-major', 'transpose', 'transpose', m, n, k, alpha, none, 9, 99, none, 9, -99] as const),
          ...([beta, C, 3, 3, batch] as const),
        );
      assert.equal(multiply(1, 3, 3, 1, 0, 0), C);
      multiply(0, 3, 0, 1, 0, 2);
      multiply(1, 0, 0, 1, 0, 2);
      multiply(1, 3, 0, 1, 1, 2);
      assert.deepEqual([...C], [1, 2, 3, 4, 5, 6]);
      multiply(1, 2, 0, 1, -1, 2);
      assert.deepEqual([...C], [-1, -2, 3, -4, -5, 6]);
      multiply(1, 3, 0, Number.NaN, 0, 1);
      assert.deepEqual([...C], [0, 0, 0, -4, -5, 6]);
      // Of a single product no stride counts, not even one that no array would reach.
      const one = new Matrix([2]);
      const far = Number.MAX_SAFE_INTEGER;
      for (const stride of [0, far, -far]) {
        gemmBatch(
          ...(['row-major', 'transpose', 'transpose', 1, 1, 1, 1, one, 1, stride, one, 1, stride] as const),
          ...([1, C, 1, stride, 1] as const),
        );
      }
      assert.equal(C[0], 12);
    });
  });
}

describe('dgemmBatch and sgemmBatch', () => {
  test('are named', () => {
    assert.deepEqual([dgemmBatch.name, sgemmBatch.name], ['dgemmBatch', 'sgemmBatch']);
  });

  test('one B times matrices A that follow each other is as one product, also where those are many', () => {
    const [m, n, k, batch] = [3, 50, 20, 4000];
    const A = Float64Array.from({ length: m * k * batch }, (_, index) => (index % 7) - 3);
    const B = Float64Array.from({ length: k * n }, (_, index) => (index % 5) - 2);
    const C = new Float64Array(m * n * batch);
    dgemmBatch(
      ...(['row-major', 'no-transpose', 'no-transpose', m, n, k, 1, A, k, m * k] as const),
      ...([B, n, 0, 0, C, n, m * n, batch] as const),
    );
    for (const [row, column] of [
      [0, 0],
      [m * batch - 1, n - 1],
      [5000, 31],
    ] as const) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += A[row * k + p]! * B[p * n + column]!;
      assert.equal(C[row * n + column], sum);
    }
  });
});
