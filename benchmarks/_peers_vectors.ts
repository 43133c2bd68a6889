/**
 * Routines with vectors, which read their matrix once: in the private caches, and in memory, where nothing can be faster
 * than reading the matrix (for ger: reading and writing it) and doing nothing with it.
 */
import { dgemv, dger, sgemv, sger } from '@paratune/blas';
import type { Bench } from './_peers_bench.ts';
import { type ComputedProduct, entrant } from './_peers_entrant.ts';
import { cblas, type ForeignBlas } from './_peers_foreign.ts';
import { byRows, type Matrix, randomElements, transposed } from './_peers_matrix.ts';
import { combinations, type Entrant, type Precision, routineOf, type Suite } from './_peers_suite.ts';
import { stream } from './_yardsticks.ts';

/** Private caches are 1 to 2 MB on the servers of today: n = 200 fits in single and double, n = 1000 in neither. */
const sizes = { tiny: [20], quick: [50, 200, 1000, 4000], full: [50, 100, 200, 1000, 2000, 3000, 4000] };

/** Beyond this no private cache of a processor of today reaches, 2 MB for a core being the most. */
const PRIVATE_BYTES = 3 * 2 ** 20;

type Doubles = Float64Array;

/** The first n x n elements of a pool by rows, or n of them as a vector; typed for either precision. */
function operand(name: 'A' | 'B' | 'C', precision: Precision, rows: number, columns = 1): Matrix<Doubles> {
  return byRows(randomElements(name, precision, rows * columns) as Doubles, rows, columns);
}

/** Ours and each library. */
function contenders(
  { libraries }: Bench,
  own: () => void,
  foreign: (library: ForeignBlas) => () => void,
  product: ComputedProduct,
): Entrant[] {
  return [
    entrant('@paratune/blas', 'own', own, product),
    ...libraries.map((library) => ({
      ...entrant(library.name, 'library', foreign(library), product),
      useThreads: library.useThreads,
    })),
  ];
}

/** Those who compute y = op(A) x, A being n x n by rows. */
function gemv(bench: Bench, precision: Precision, n: number, transposition: 'N' | 'T'): Entrant[] {
  const [A, x, y] = [operand('A', precision, n, n), operand('B', precision, n), operand('C', precision, n)];
  const routine = precision === 'double' ? dgemv : (sgemv as unknown as typeof dgemv);
  const [operation, code] =
    transposition === 'T' ? (['transpose', cblas.transpose] as const) : (['no-transpose', cblas.noTranspose] as const);
  return contenders(
    bench,
    () => void routine('row-major', operation, n, n, 1, A.data, n, x.data, 1, 0, y.data, 1),
    (library) => {
      const foreign = library.gemv[precision];
      return () => foreign(cblas.rowMajor, code, n, n, 1, A.data, n, x.data, 1, 0, y.data, 1);
    },
    { C: y, A: transposition === 'T' ? transposed(A) : A, B: x },
  );
}

/** Those who compute A = A + x y^T, A being n x n by rows. */
function ger(bench: Bench, precision: Precision, n: number): Entrant[] {
  const [A, x, y] = [operand('C', precision, n, n), operand('A', precision, n), operand('B', precision, n)];
  const routine = precision === 'double' ? dger : (sger as unknown as typeof dger);
  return contenders(
    bench,
    () => void routine('row-major', n, n, 1, x.data, 1, y.data, 1, A.data, n),
    (library) => {
      const foreign = library.ger[precision];
      return () => foreign(cblas.rowMajor, n, n, 1, x.data, 1, y.data, 1, A.data, n);
    },
    { C: A, A: x, B: transposed(y), before: 0 },
  );
}

export const vectors: Suite = {
  name: 'vectors',
  title: 'gemv and ger, in cache and in memory, against OpenBLAS, BLIS and plain reading (and writing)',
  *cases(plan) {
    for (const { threads, precision, size: n } of combinations(plan, plan.dimensions ?? sizes[plan.profile])) {
      const perCall = n * n * (precision === 'double' ? 8 : 4);
      const common = { suite: 'vectors', threads, place: perCall > PRIVATE_BYTES ? 'memory' : 'cache', n };
      for (const transposition of ['N', 'T'] as const) {
        yield {
          factors: { ...common, routine: routineOf(precision, 'gemv'), transposition },
          prepare: (bench) => ({
            metric: 'gigabytesPerSecond',
            perCall,
            entrants: [
              ...gemv(bench, precision, n, transposition),
              ...stream(bench, 'read', operand('A', precision, n, n).data, threads),
            ],
          }),
        };
      }
      yield {
        factors: { ...common, routine: routineOf(precision, 'ger') },
        prepare: (bench) => ({
          metric: 'gigabytesPerSecond',
          perCall,
          entrants: [
            ...ger(bench, precision, n),
            ...stream(bench, 'update', operand('C', precision, n, n).data, threads),
          ],
        }),
      };
    }
  },
};
