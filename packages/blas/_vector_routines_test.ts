import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { compensatedGemv, gemvErrorBound, gerErrorBound, referenceGer } from '@paratune/kernels';
import fc from 'fast-check';
import { double, type Elements, type ElementType, single } from './_element_type.ts';
import type { Gemv } from './_gemv.ts';
import type { Ger } from './_ger.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { generator } from './_test_random.ts';
import { configure, dgemv, dger, info, sgemv, sger, type TransposeOperation } from './mod.ts';

const precisions: { type: ElementType; ArrayType: typeof Float64Array; gemv: Gemv<Elements>; ger: Ger<Elements> }[] = [
  { type: double, ArrayType: Float64Array, gemv: dgemv, ger: dger },
  { type: single, ArrayType: Float32Array as unknown as typeof Float64Array, gemv: sgemv, ger: sger },
].map((row) => row as never);

interface Strided {
  array: Elements;
  rowStride: number;
  columnStride: number;
  offset: number;
}

/** Lays a matrix (or a vector, of one column) out with `value` for its elements and NaN everywhere else. */
function layOut(
  ArrayType: typeof Float64Array,
  rows: number,
  columns: number,
  [rowStride, columnStride]: readonly [number, number],
  margin: number,
  value: () => number,
): Strided {
  const [height, breadth] = [Math.max(0, rows - 1) * rowStride, Math.max(0, columns - 1) * columnStride];
  const array = new ArrayType(Math.abs(height) + Math.abs(breadth) + 1 + 2 * margin).fill(Number.NaN);
  const offset = margin + Math.max(0, -height) + Math.max(0, -breadth);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) array[offset + i * rowStride + j * columnStride] = value();
  }
  return { array, rowStride, columnStride, offset };
}

const size = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 300 }));
const stride = fc.constantFrom(1, 1, 1, -1, 2, -3);
const problem = fc.record({
  m: size,
  n: size,
  trans: fc.constantFrom<TransposeOperation>('no-transpose', 'transpose', 'conjugate-transpose', 111, 112, 113),
  alpha: fc.constantFrom(0, 1, -1, 0.75, -2.5),
  beta: fc.constantFrom(0, 1, -1, 0.75, -2.5),
  byRows: fc.boolean(),
  step: fc.constantFrom(1, 1, 2),
  gap: fc.constantFrom(0, 1, 5),
  reversedRows: fc.boolean(),
  reversedColumns: fc.boolean(),
  margin: fc.constantFrom(0, 0, 7),
  strideX: stride,
  strideY: stride,
  seed: fc.nat(),
});
type Problem = typeof problem extends fc.Arbitrary<infer T> ? T : never;

function stridesOf({ m, n, byRows, step, gap, reversedRows, reversedColumns }: Problem): [number, number] {
  const outer = Math.max(1, byRows ? n : m) * step + gap;
  const [row, column] = byRows ? [outer, step] : [step, outer];
  return [reversedRows ? -row : row, reversedColumns ? -column : column];
}

function isTransposed(operation: TransposeOperation): boolean {
  return operation !== 'no-transpose' && operation !== 111;
}

/** Every element of `got` against the expected one: those at `places` within their bounds, all others untouched to the bit. */
function judge(got: Elements, before: Elements, expected: Elements, places: number[], bound?: Float64Array): void {
  const rest = got.slice();
  for (const [index, at] of places.entries()) {
    const allowed = bound === undefined ? 0 : bound[index]!;
    if (!(Math.abs(got[at]! - expected[at]!) <= allowed) && !Object.is(got[at], expected[at])) {
      assert.fail(`element ${index} is ${got[at]}, must be ${expected[at]} within ${allowed}`);
    }
    rest[at] = before[at]!;
  }
  const bytes = (array: Elements) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  assert.ok(bytes(rest).equals(bytes(before)), 'an element outside the result is changed');
}

const real = (random: () => number) => random() - 0.5;
/** Exact in both precisions with all factors, whose fractions are quarters and halves. */
const integer = (random: () => number) => Math.floor(random() * 21) - 10;
const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0];
const special = (random: () => number) =>
  random() < 0.04 ? specials[Math.floor(random() * specials.length)]! : Math.floor(random() * 9) - 4;

for (const [name, configuration] of testedConfigurations()) {
  for (const { type, ArrayType, gemv, ger } of precisions) {
    /** Solves by ours and by the reference and compares. */
    const solveGemv = (given: Problem, value: (random: () => number) => number, exact: boolean) => {
      const { m, n, trans, alpha, beta, margin, seed } = given;
      const random = generator(seed);
      const draw = () => value(random);
      const transposed = isTransposed(trans);
      const [rows, columns] = transposed ? [n, m] : [m, n];
      const A = layOut(ArrayType, m, n, stridesOf(given), margin, draw);
      const x = layOut(ArrayType, columns, 1, [given.strideX, 1], margin, draw);
      const y = layOut(ArrayType, rows, 1, [given.strideY, 1], margin, draw);
      const before = y.array.slice();
      const [row, column] = transposed ? [A.columnStride, A.rowStride] : [A.rowStride, A.columnStride];
      const withY = (array: Elements) =>
        [
          ...([rows, columns, alpha, A.array, A.offset, row, column] as const),
          ...([x.array, x.offset, x.rowStride, beta, array, y.offset, y.rowStride] as const),
        ] as const;
      const expected = y.array.slice();
      const bound = exact ? undefined : gemvErrorBound(...withY(before));
      compensatedGemv(...withY(expected));
      const returned = gemv.ndarray(
        ...([trans, m, n, alpha, A.array, A.rowStride, A.columnStride, A.offset] as const),
        ...([x.array, x.rowStride, x.offset, beta, y.array, y.rowStride, y.offset] as const),
      );
      assert.equal(returned, y.array);
      const places = Array.from({ length: rows }, (_, i) => y.offset + i * y.rowStride);
      judge(y.array, before, expected, places, bound);
    };

    const solveGer = (given: Problem, value: (random: () => number) => number, exact: boolean) => {
      const { m, n, alpha, margin, seed } = given;
      const random = generator(seed);
      const draw = () => value(random);
      const A = layOut(ArrayType, m, n, stridesOf(given), margin, draw);
      const x = layOut(ArrayType, m, 1, [given.strideX, 1], margin, draw);
      const y = layOut(ArrayType, n, 1, [given.strideY, 1], margin, draw);
      const before = A.array.slice();
      const byRows = Math.abs(A.rowStride) >= Math.abs(A.columnStride);
      // The transpose of the update, where rows are what the reference goes through.
      const withA = (array: Elements) =>
        byRows
          ? ([
              ...([n, m, alpha, y.array, y.offset, y.rowStride, x.array, x.offset, x.rowStride] as const),
              ...([array, A.offset, A.columnStride, A.rowStride] as const),
            ] as const)
          : ([
              ...([m, n, alpha, x.array, x.offset, x.rowStride, y.array, y.offset, y.rowStride] as const),
              ...([array, A.offset, A.rowStride, A.columnStride] as const),
            ] as const);
      const expected = A.array.slice();
      const bound = exact ? undefined : gerErrorBound(...withA(before));
      referenceGer(...withA(expected));
      const returned = ger.ndarray(
        ...([m, n, alpha, x.array, x.rowStride, x.offset, y.array, y.rowStride, y.offset] as const),
        ...([A.array, A.rowStride, A.columnStride, A.offset] as const),
      );
      assert.equal(returned, A.array);
      const places: number[] = [];
      const [lines, length] = byRows ? [m, n] : [n, m];
      const [outer, inner] = byRows ? [A.rowStride, A.columnStride] : [A.columnStride, A.rowStride];
      for (let j = 0; j < lines; j++) for (let i = 0; i < length; i++) places.push(A.offset + j * outer + i * inner);
      judge(A.array, before, expected, places, bound);
    };

    describe(`${type.letter}gemv and ${type.letter}ger (${name})`, () => {
      before(() => {
        configure(configuration);
      });
      after(() => {
        configure(defaults);
      });

      test('are within the standard bound of the reference, for every layout', () => {
        fc.assert(
          fc.property(problem, (given) => {
            solveGemv(given, real, false);
            solveGer(given, real, false);
          }),
          { numRuns: 80 },
        );
      });

      test('propagate NaN and infinities as the reference does', () => {
        fc.assert(
          fc.property(problem, (given) => {
            const some = { ...given, m: given.m % 40, n: given.n % 40 };
            solveGemv(some, special, true);
            solveGer(some, special, true);
          }),
          { numRuns: 200 },
        );
      });

      test('are exact on integers', () => {
        fc.assert(
          fc.property(problem, (given) => {
            solveGemv(given, integer, true);
            solveGer(given, integer, true);
          }),
          { numRuns: 100 },
        );
      });

      test('read only what they need', () => {
        const nan = (length: number) => new ArrayType(length).fill(Number.NaN);
        const ones = (length: number) => new ArrayType(length).fill(1);
        for (const order of ['row-major', 'column-major'] as const) {
          const multiply = (alpha: number, A: Elements, x: Elements, beta: number, y: Elements) =>
            gemv(order, 'no-transpose', 5, 5, alpha, A, 5, x, 1, beta, y, 1);
          assert.deepEqual(multiply(2, ones(25), ones(5), 0, nan(5)), ones(5).fill(10));
          assert.deepEqual(multiply(0, nan(25), nan(5), 3, ones(5)), ones(5).fill(3));
          assert.deepEqual(multiply(-0, nan(25), nan(5), -0, nan(5)), ones(5).fill(0));
          assert.deepEqual(multiply(0, nan(25), nan(5), 1, nan(5)), nan(5));
          assert.ok(multiply(Number.NaN, ones(25), ones(5), 1, ones(5)).every(Number.isNaN));
          assert.ok(multiply(1, ones(25), ones(5), Number.NaN, ones(5)).every(Number.isNaN));
          assert.deepEqual(ger(order, 5, 5, 0, nan(5), 1, nan(5), 1, ones(25), 5), ones(25));
          assert.ok(ger(order, 5, 5, Number.NaN, ones(5), 1, ones(5), 1, ones(25), 5).every(Number.isNaN));
        }
        // Without rows or columns y is left alone, whatever beta is, as in the reference.
        const y = ones(3);
        gemv('row-major', 'no-transpose', 3, 0, 1, nan(0), 1, nan(0), 1, 0, y, 1);
        gemv('column-major', 'transpose', 0, 3, 1, nan(0), 1, nan(0), 1, 0, y, 1);
        ger('row-major', 0, 3, 1, nan(0), 1, nan(0), 1, y, 3);
        assert.deepEqual(y, ones(3));
      });

      test('work on vectors that lie in one array, and on rows that repeat', () => {
        const work = ArrayType.of(1, 2, 3, 4, 5, 6, 0, 0) as Elements;
        // A is the first four, x and y interleave in the rest.
        gemv.ndarray('no-transpose', 2, 2, 1, work, 2, 1, 0, work, 2, 4, 0, work, 2, 5);
        assert.deepEqual([...work], [1, 2, 3, 4, 5, 5, 0, 15]);
        const y = new ArrayType(3);
        gemv.ndarray('no-transpose', 3, 2, 1, ArrayType.of(2, 3), 0, 1, 0, ArrayType.of(1, 1), 1, 0, 0, y, 1, 0);
        assert.deepEqual([...y], [5, 5, 5]);
      });

      test('info tells the kernels', () => {
        const used = info();
        const language = used.backend === 'js' ? 'js' : used.isa;
        assert.equal(used.gemv.kernel, `gemv_${language}_${used.gemv.xUnroll}x${used.gemv.yUnroll}`);
        assert.equal(used.ger.kernel, `ger_${language}_${used.ger.xUnroll}x${used.ger.yUnroll}`);
      });
    });
  }
}
