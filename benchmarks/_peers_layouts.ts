/**
 * The same product of matrices that lie in memory in other ways, each beside ours of two matrices row by row: by rows and
 * by columns, transposed or not, and through `dgemm.ndarray` with every second row and column of larger arrays.
 */
import { entrant } from './_peers_entrant.ts';
import { byRows, type Matrix, randomElements, transposed } from './_peers_matrix.ts';
import { flopsOf, ourGemm } from './_peers_products.ts';
import { combinations, type Entrant, type Precision, routineOf, type Suite } from './_peers_suite.ts';

const sizes = {
  tiny: [9],
  quick: [100, 500, 1000],
  full: [100, 200, 300, 500, 700, 1000, 1500, 2000, 3000],
};

type Doubles = Matrix<Float64Array>;

/** n x n, row by row. */
function operand(name: 'A' | 'B' | 'C', precision: Precision, n: number): Doubles {
  // The routine is typed for doubles; operands of one case are all of the same precision.
  return byRows(randomElements(name, precision, n * n) as Float64Array, n, n);
}

/** The rows and columns of an array twice as large each way that have even numbers. */
function everySecond(name: 'A' | 'B' | 'C', precision: Precision, n: number): Doubles {
  const { data } = operand(name, precision, 2 * n);
  return { data, rows: n, columns: n, rowStride: 4 * n, columnStride: 2 };
}

function* variants(precision: Precision, n: number): Generator<Entrant> {
  const gemm = ourGemm(precision);
  const [A, B, C] = [operand('A', precision, n), operand('B', precision, n), operand('C', precision, n)];
  for (const order of ['row-major', 'column-major'] as const) {
    for (const [letters, transA, transB] of [
      ['NN', 'no-transpose', 'no-transpose'],
      ['NT', 'no-transpose', 'transpose'],
      ['TN', 'transpose', 'no-transpose'],
      ['TT', 'transpose', 'transpose'],
    ] as const) {
      // By columns an array holds the transpose of what it holds by rows.
      const seen = (matrix: Doubles, transpose: string) =>
        (transpose === 'transpose') === (order === 'row-major') ? transposed(matrix) : matrix;
      yield entrant(
        `${letters} by ${order === 'row-major' ? 'rows' : 'columns'}`,
        letters === 'NN' && order === 'row-major' ? 'own' : 'variant',
        () => void gemm(order, transA, transB, n, n, n, 1, A.data, n, B.data, n, 0, C.data, n),
        { C: seen(C, 'no-transpose'), A: seen(A, transA), B: seen(B, transB) },
      );
    }
  }
  const [a, b, c] = [everySecond('A', precision, n), everySecond('B', precision, n), everySecond('C', precision, n)];
  for (const [name, x, y] of [
    ['every second row and column', a, b],
    ['every second row and column, TT', transposed(a), transposed(b)],
  ] as const) {
    const strides = (matrix: Doubles) => [matrix.data, matrix.rowStride, matrix.columnStride, 0] as const;
    const call = () =>
      void gemm.ndarray('no-transpose', 'no-transpose', n, n, n, 1, ...strides(x), ...strides(y), 0, ...strides(c));
    yield entrant(name, 'variant', call, { C: c, A: x, B: y });
  }
}

export const layouts: Suite = {
  name: 'layouts',
  title: 'products of matrices by rows, by columns, transposed and with strides, against those by rows',
  *cases(plan) {
    for (const { threads, precision, size: n } of combinations(plan, plan.dimensions ?? sizes[plan.profile])) {
      yield {
        factors: { suite: 'layouts', routine: routineOf(precision, 'gemm'), threads, n },
        prepare: () => ({
          metric: 'gflops',
          perCall: flopsOf({ m: n, n, k: n }),
          entrants: [...variants(precision, n)],
        }),
      };
    }
  },
};
