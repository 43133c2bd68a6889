/**
 * Routines with vectors, which read their matrix once: in the private caches, and in memory, where nothing can be faster
 * than reading the matrix (for ger: reading and writing it) and doing nothing with it.
 */
import { dgemv, dger, sgemv, sger } from '@paratune/blas';
import type { Bench } from './_peers_bench.ts';
import { cblas } from './_peers_foreign.ts';
import { byRows, checkProduct, type Matrix, randomElements, transposed } from './_peers_matrix.ts';
import { combinations, type Entrant, type Precision, routineOf, type Suite } from './_peers_suite.ts';
import { stream } from './_yardsticks.ts';

/** Private caches are 1 to 2 MB on the servers of today: n = 200 fits in single and double, n = 1000 in neither. */
const sizes = { tiny: [20], quick: [50, 200, 1000, 4000], full: [50, 100, 200, 1000, 2000, 3000, 4000] };

/** Beyond this no private cache of a processor of today reaches, 2 MB for a core being the most. */
const PRIVATE_BYTES = 3 * 2 ** 20;

/** Binds those who compute y = op(A) x, n x n by rows. */
function gemv(bench: Bench, precision: Precision, n: number, transposition: 'N' | 'T'): Entrant[] {
  const [A, x, y] = [
    byRows(randomElements('A', precision, n * n) as Float64Array, n, n),
    byRows(randomElements('B', precision, n) as Float64Array, n, 1),
    byRows(randomElements('C', precision, n) as Float64Array, n, 1),
  ];
  const entrant = (contender: string, role: Entrant['role'], call: () => void): Entrant => ({
    contender,
    role,
    call,
    check() {
      y.data.fill(Number.NaN);
      call();
      checkProduct(contender, y, transposition === 'T' ? transposed(A) : A, x);
    },
  });
  const routine = precision === 'double' ? dgemv : (sgemv as unknown as typeof dgemv);
  const operation = transposition === 'T' ? 'transpose' : 'no-transpose';
  const own = () => void routine('row-major', operation, n, n, 1, A.data, n, x.data, 1, 0, y.data, 1);
  const foreign = bench.libraries.map(({ name, gemv, useThreads }) => {
    const code = transposition === 'T' ? cblas.transpose : cblas.noTranspose;
    const call = () => gemv[precision](cblas.rowMajor, code, n, n, 1, A.data, n, x.data, 1, 0, y.data, 1);
    return { ...entrant(name, 'library', call), useThreads };
  });
  return [entrant('@paratune/blas', 'own', own), ...foreign];
}

/** Binds those who compute A = A + x y^T, n x n by rows. */
function ger(bench: Bench, precision: Precision, n: number): Entrant[] {
  const [A, x, y] = [
    byRows(randomElements('C', precision, n * n) as Float64Array, n, n),
    byRows(randomElements('A', precision, n) as Float64Array, n, 1),
    byRows(randomElements('B', precision, n) as Float64Array, n, 1),
  ];
  const entrant = (contender: string, role: Entrant['role'], call: () => void): Entrant => ({
    contender,
    role,
    call,
    check() {
      A.data.fill(0);
      call();
      checkProduct(contender, A as Matrix, x, transposed(y));
    },
  });
  const routine = precision === 'double' ? dger : (sger as unknown as typeof dger);
  const own = () => void routine('row-major', n, n, 1, x.data, 1, y.data, 1, A.data, n);
  const foreign = bench.libraries.map(({ name, ger, useThreads }) => {
    const call = () => ger[precision](cblas.rowMajor, n, n, 1, x.data, 1, y.data, 1, A.data, n);
    return { ...entrant(name, 'library', call), useThreads };
  });
  return [entrant('@paratune/blas', 'own', own), ...foreign];
}

export const vectors: Suite = {
  name: 'vectors',
  title: 'gemv and ger, in cache and in memory, against OpenBLAS, BLIS and plain reading (and writing)',
  *cases(plan) {
    for (const { threads, precision, size: n } of combinations(plan, plan.dimensions ?? sizes[plan.profile])) {
      const perCall = n * n * (precision === 'double' ? 8 : 4);
      const common = { suite: 'vectors', threads, place: perCall > PRIVATE_BYTES ? 'memory' : 'cache', n };
      const matrix = (name: 'A' | 'C') => randomElements(name, precision, n * n);
      for (const transposition of ['N', 'T'] as const) {
        yield {
          factors: { ...common, routine: routineOf(precision, 'gemv'), transposition },
          prepare: (bench) => ({
            metric: 'gigabytesPerSecond',
            perCall,
            entrants: [...gemv(bench, precision, n, transposition), ...stream(bench, 'read', matrix('A'), threads)],
          }),
        };
      }
      yield {
        factors: { ...common, routine: routineOf(precision, 'ger') },
        prepare: (bench) => ({
          metric: 'gigabytesPerSecond',
          perCall,
          entrants: [...ger(bench, precision, n), ...stream(bench, 'update', matrix('C'), threads)],
        }),
      };
    }
  },
};
