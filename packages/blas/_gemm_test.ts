import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { compensatedGemm, gemmErrorBound, referenceGemm } from '@paratune/kernels';
import fc from 'fast-check';
import type { Elements } from './_element_type.ts';
import type { Gemm } from './_gemm.ts';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { generator } from './_test_random.ts';
import { type TestedGemm, testedGemms } from './_test_routines.ts';
import { configure, dgemm, sgemm, type TransposeOperation } from './mod.ts';

/** A matrix somewhere in an array, as a test wants it. */
interface Layout {
  byRows: boolean;
  /** Elements between neighbours in a row (column), and beyond the length of a row (column) to the next. */
  step: number;
  gap: number;
  reversedRows: boolean;
  reversedColumns: boolean;
  /** Elements in front of and behind the matrix. */
  margin: number;
}

interface Strided {
  array: Elements;
  rowStride: number;
  columnStride: number;
  offset: number;
}

/** Lays a matrix out with `value` for its elements and NaN everywhere else, so that an element read by mistake shows. */
function layOut(
  Matrix: TestedGemm['Matrix'],
  rows: number,
  columns: number,
  layout: Layout,
  value: () => number,
): Strided {
  const { byRows, step, gap, reversedRows, reversedColumns, margin } = layout;
  const inner = step;
  const outer = (byRows ? columns : rows) * step + gap + (rows * columns === 0 ? 1 : 0);
  const [rowStep, columnStep] = byRows ? [outer, inner] : [inner, outer];
  const span = Math.max(0, rows - 1) * rowStep + Math.max(0, columns - 1) * columnStep + 1;
  const array = new Matrix(span + 2 * margin).fill(Number.NaN);
  const rowStride = reversedRows ? -rowStep : rowStep;
  const columnStride = reversedColumns ? -columnStep : columnStep;
  const offset =
    margin +
    (reversedRows ? Math.max(0, rows - 1) * rowStep : 0) +
    (reversedColumns ? Math.max(0, columns - 1) * columnStep : 0);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      array[offset + i * rowStride + j * columnStride] = value();
    }
  }
  return { array, rowStride, columnStride, offset };
}

const layout: fc.Arbitrary<Layout> = fc.record({
  byRows: fc.boolean(),
  step: fc.constantFrom(1, 1, 1, 2, 3),
  gap: fc.constantFrom(0, 0, 1, 5),
  reversedRows: fc.boolean(),
  reversedColumns: fc.boolean(),
  margin: fc.constantFrom(0, 0, 1, 7),
});
const transposition = fc.constantFrom<TransposeOperation>(
  'no-transpose',
  'transpose',
  'conjugate-transpose',
  111,
  112,
  113,
);
const scalar = fc.constantFrom<number>(0, 1, -1, 0.7, -2.5);
/** Small sizes with their many edge cases, and sizes beyond the register blocks, up to 300. */
const size = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 300 }));

const problem = fc.record({
  m: size,
  n: size,
  k: size,
  transA: transposition,
  transB: transposition,
  alpha: scalar,
  beta: scalar,
  A: layout,
  B: layout,
  C: layout,
  seed: fc.nat(),
});
type Problem = typeof problem extends fc.Arbitrary<infer T> ? T : never;

function isTransposed(operation: TransposeOperation): boolean {
  return operation !== 'no-transpose' && operation !== 111;
}

type ReferenceArguments = Parameters<typeof referenceGemm<Elements>>;

/** The operands of a problem, its result by ours, and the arguments that the reference takes for it. */
function solve({ gemm, Matrix }: TestedGemm, problem: Problem, value: (random: () => number) => number) {
  const { m, n, k, transA, transB, alpha, beta, seed } = problem;
  const random = generator(seed);
  const draw = () => value(random);
  const [ta, tb] = [isTransposed(transA), isTransposed(transB)];
  const A = layOut(Matrix, ta ? k : m, ta ? m : k, problem.A, draw);
  const B = layOut(Matrix, tb ? n : k, tb ? k : n, problem.B, draw);
  const C = layOut(Matrix, m, n, problem.C, draw);
  const before = C.array.slice();
  const returned = gemm.ndarray(
    ...([transA, transB, m, n, k, alpha] as const),
    ...([A.array, A.rowStride, A.columnStride, A.offset] as const),
    ...([B.array, B.rowStride, B.columnStride, B.offset] as const),
    ...([beta, C.array, C.rowStride, C.columnStride, C.offset] as const),
  );
  assert.equal(returned, C.array);
  const [a1, a2] = ta ? [A.columnStride, A.rowStride] : [A.rowStride, A.columnStride];
  const [b1, b2] = tb ? [B.columnStride, B.rowStride] : [B.rowStride, B.columnStride];
  const withC = (c: Elements): ReferenceArguments => [
    ...([m, n, k, alpha, A.array, A.offset, a1, a2] as const),
    ...([B.array, B.offset, b1, b2, beta, c, C.offset, C.rowStride, C.columnStride] as const),
  ];
  return { C, before, withC };
}

/** Every element of the array against the reference's: those of C within its bound, all others untouched to the bit. */
function checkAgainst(
  { m, n }: Problem,
  { C, before }: ReturnType<typeof solve>,
  expected: Elements,
  bound: Float64Array | undefined,
): void {
  const seen = new Uint8Array(before.length);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const at = C.offset + i * C.rowStride + j * C.columnStride;
      seen[at] = 1;
      const [got, want] = [C.array[at]!, expected[at]!];
      const allowed = bound === undefined ? 0 : bound[i + j * m]!;
      if (!(Math.abs(got - want) <= allowed) && !Object.is(got, want)) {
        assert.fail(`element (${i}, ${j}) is ${got}, must be ${want} within ${allowed}`);
      }
    }
  }
  const [bits, bitsBefore] = [C.array, before].map((array) => new Uint8Array(array.buffer));
  const width = before.BYTES_PER_ELEMENT;
  for (let at = 0; at < before.length; at++) {
    const bytes = [bits!, bitsBefore!].map((all) => all.subarray(at * width, (at + 1) * width).join());
    if (seen[at] === 0 && bytes[0] !== bytes[1]) {
      assert.fail(`the element at ${at}, outside C, was ${before[at]} and is ${C.array[at]}`);
    }
  }
}

const subjects = testedConfigurations().flatMap(([name, configuration]) =>
  testedGemms.map((routine) => ({ name, configuration, routine })),
);

for (const { name, configuration, routine } of subjects) {
  const { gemm, Matrix } = routine;
  describe(`${routine.name} (${name})`, () => {
    before(() => {
      configure(configuration);
    });
    after(() => {
      configure(defaults);
    });

    test('is within the standard bound of the compensated reference, for every layout', () => {
      fc.assert(
        fc.property(problem, (given) => {
          // The reference is slow; a third large dimension adds time, not cases.
          const some = { ...given, k: given.m * given.n > 20_000 ? given.k % 50 : given.k };
          const solved = solve(routine, some, (random) => random() - 0.5);
          const expected = solved.before.slice();
          const bound = gemmErrorBound(...solved.withC(solved.before));
          compensatedGemm(...solved.withC(expected));
          checkAgainst(some, solved, expected, bound);
        }),
        { numRuns: 60 },
      );
    });

    test('is exact on integers', () => {
      fc.assert(
        fc.property(problem, (given) => {
          const { m, n, k } = { m: given.m % 70, n: given.n % 70, k: given.k % 70 };
          const some = { ...given, m, n, k, alpha: Math.trunc(given.alpha), beta: Math.trunc(given.beta) };
          const solved = solve(routine, some, (random) => Math.floor(random() * 41) - 20);
          const expected = solved.before.slice();
          referenceGemm(...solved.withC(expected));
          // The bound of zero forgives the sign of a zero, as the order of sums may change it.
          checkAgainst(some, solved, expected, undefined);
        }),
        { numRuns: 300 },
      );
    });

    test('propagates NaN and infinities as the reference does', () => {
      const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324];
      fc.assert(
        fc.property(problem, (given) => {
          const some = { ...given, m: given.m % 40, n: given.n % 40, k: given.k % 40 };
          const solved = solve(routine, some, (random) =>
            random() < 0.05 ? special[Math.floor(random() * special.length)]! : Math.floor(random() * 9) - 4,
          );
          const expected = solved.before.slice();
          referenceGemm(...solved.withC(expected));
          // Where an operand is not finite there is no bound, and the results must be the same NaN or infinity.
          checkAgainst(some, solved, expected, gemmErrorBound(...solved.withC(solved.before)));
        }),
        { numRuns: 300 },
      );
    });

    test('does not read C when beta = 0, nor A and B when alpha = 0', () => {
      for (const [m, n, k] of [
        [1, 1, 1],
        [5, 7, 3],
        [50, 40, 30],
      ] as const) {
        const nan = (length: number) => new Matrix(length).fill(Number.NaN);
        const ones = (length: number) => new Matrix(length).fill(1);
        const multiply = (alpha: number, A: Elements, B: Elements, beta: number, C: Elements) =>
          gemm('row-major', 'no-transpose', 'no-transpose', m, n, k, alpha, A, k, B, n, beta, C, n);
        assert.deepEqual(multiply(2, ones(m * k), ones(k * n), 0, nan(m * n)), ones(m * n).fill(2 * k));
        assert.deepEqual(multiply(0, nan(m * k), nan(k * n), 3, ones(m * n)), ones(m * n).fill(3));
        assert.deepEqual(multiply(0, nan(m * k), nan(k * n), 0, nan(m * n)), new Matrix(m * n));
        assert.deepEqual(multiply(0, nan(m * k), nan(k * n), 1, nan(m * n)), nan(m * n));
        // -0 is 0, also as a factor.
        assert.deepEqual(multiply(-0, nan(m * k), nan(k * n), -0, nan(m * n)), new Matrix(m * n));
        // A NaN factor counts.
        assert.ok(multiply(Number.NaN, ones(m * k), ones(k * n), 1, ones(m * n)).every(Number.isNaN));
        assert.ok(multiply(1, ones(m * k), ones(k * n), Number.NaN, ones(m * n)).every(Number.isNaN));
      }
    });

    test('does what is left to do when a dimension is zero', () => {
      const none = new Matrix(0);
      const C = new Matrix([1, 2, 3, 4, 5, 6]);
      const multiply = (m: number, n: number, k: number, alpha: number, beta: number) =>
        gemm.ndarray('no-transpose', 'no-transpose', m, n, k, alpha, none, 1, 1, 0, none, 1, 1, 0, beta, C, 3, 1, 0);
      assert.equal(multiply(0, 0, 0, 1, 0), C);
      multiply(2, 0, 0, 1, 0);
      multiply(0, 3, 0, 1, 0);
      multiply(2, 3, 0, 1, 1);
      assert.deepEqual([...C], [1, 2, 3, 4, 5, 6]);
      multiply(2, 2, 0, 1, -1);
      assert.deepEqual([...C], [-1, -2, 3, -4, -5, 6]);
      multiply(2, 3, 0, Number.NaN, 0);
      assert.deepEqual([...C], [0, 0, 0, 0, 0, 0]);
    });

    test('repeats rows and columns of A and B that have stride zero', () => {
      const C = new Matrix(6);
      const [row, column] = [new Matrix([1, 2, 3, 4]), new Matrix([5, 6, 7, 8])];
      gemm.ndarray('no-transpose', 'no-transpose', 2, 3, 4, 1, row, 0, 1, 0, column, 1, 0, 0, 0, C, 3, 1, 0);
      assert.deepEqual([...C], [70, 70, 70, 70, 70, 70]);
    });
  });
}

describe('dgemm and sgemm', () => {
  test('works on arrays of another realm, over shared memory and over WebAssembly memory', () => {
    const foreign = runInNewContext('new Float64Array([1, 2, 3, 4])') as Float64Array;
    const shared = new Float64Array(new SharedArrayBuffer(64), 8, 4);
    shared.set([1, 1, 0, 1]);
    // Node's types leave WebAssembly to those of browsers.
    const { WebAssembly } = globalThis as unknown as {
      WebAssembly: { Memory: new (limits: object) => { buffer: ArrayBuffer; grow(pages: number): number } };
    };
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 });
    const C = new Float64Array(memory.buffer, 1024, 4);
    dgemm('row-major', 'no-transpose', 'no-transpose', 2, 2, 2, 1, foreign, 2, shared, 2, 0, C, 2);
    assert.deepEqual([...C], [1, 3, 3, 7]);
    memory.grow(1);
    assert.throws(
      () => dgemm('row-major', 'no-transpose', 'no-transpose', 2, 2, 2, 1, foreign, 2, shared, 2, 0, C, 2),
      /TypeError: 'C' must have its memory/,
    );
    const grown = new Float64Array(memory.buffer, 1024, 4);
    dgemm('row-major', 'no-transpose', 'no-transpose', 2, 2, 2, 1, foreign, 2, shared, 2, 1, grown, 2);
    assert.deepEqual([...grown], [2, 6, 6, 14]);
  });

  test('are named, and take arrays of their precision only', () => {
    assert.deepEqual([dgemm.name, sgemm.name], ['dgemm', 'sgemm']);
    const [wide, narrow] = [new Float64Array(1), new Float32Array(1)];
    const call = (gemm: unknown, A: Elements, C: Elements) => () =>
      (gemm as Gemm<Elements>)('row-major', 'transpose', 'transpose', 1, 1, 1, 1, A, 1, A, 1, 0, C, 1);
    assert.throws(call(dgemm, wide, narrow), /^TypeError: 'C' must be a Float64Array, got an object \(Float32Array\)/);
    assert.throws(call(sgemm, wide, narrow), /^TypeError: 'A' must be a Float32Array, got an object \(Float64Array\)/);
  });

  test('sgemm rounds its factors first', () => {
    const [x, C] = [Float32Array.of(Number.NaN), Float32Array.of(3)];
    const multiply = (alpha: number, beta: number) =>
      sgemm('row-major', 'transpose', 'transpose', 1, 1, 1, alpha, x, 1, x, 1, beta, C, 1)[0];
    assert.equal(multiply(1e-60, 1 + 1e-12), 3); // alpha is 0, beta 1
    assert.equal(multiply(1e-60, 1e-60), 0);
  });

  test('works in several worker threads at once', async () => {
    const n = 200;
    const url = new URL('./mod.ts', import.meta.url).href;
    // tsx registers itself in each thread anew.
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      require('tsx/cjs/api').register();
      const { dgemm } = require(require('node:url').fileURLToPath('${url}'));
      const { n, A, B, C, repetitions } = workerData;
      for (let i = 0; i < repetitions; i++) {
        dgemm('row-major', 'no-transpose', 'no-transpose', n, n, n, 1, A, n, B, n, 0, C, n);
      }
      parentPort.postMessage('done');`;
    const random = generator(11);
    const shared = () => new Float64Array(new SharedArrayBuffer(8 * n * n));
    const [A, B] = [shared(), shared()].map((array) => array.map(() => Math.floor(random() * 21) - 10));
    const expected = new Float64Array(n * n);
    dgemm('row-major', 'no-transpose', 'no-transpose', n, n, n, 1, A!, n, B!, n, 0, expected, n);
    const results = await Promise.all(
      [0, 1, 2].map(async () => {
        const C = shared();
        const worker = new Worker(code, { eval: true, workerData: { n, A, B, C, repetitions: 20 } });
        await new Promise((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
        });
        await worker.terminate();
        return C;
      }),
    );
    for (const C of results) {
      assert.deepEqual([...C], [...expected]);
    }
  });
});
