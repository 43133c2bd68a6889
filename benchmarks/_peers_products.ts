import { dgemm, sgemm } from '@paratune/blas';
import type { Bench } from './_peers_bench.ts';
import { entrant } from './_peers_entrant.ts';
import { cblas } from './_peers_foreign.ts';
import { byRows, type Elements, type Matrix, randomElements } from './_peers_matrix.ts';
import type { Entrant, Precision } from './_peers_suite.ts';

/** C = A B: A is m x k, B k x n. */
export interface Shape {
  m: number;
  n: number;
  k: number;
}

/** Floating-point operations of a product. */
export function flopsOf({ m, n, k }: Shape): number {
  return 2 * m * n * k;
}

/** JavaScript would take minutes at large sizes to say the same rate again: 20 ms at the usual 0.8 Gflops. */
const MOST_FLOPS_OF_PACKAGES = 2 * 200 ** 3;

/** ATLAS in Debian's generic build knows no vector wider than SSE2: 0.2 s at its 12 Gflops. */
const MOST_FLOPS_OF_ATLAS = 2 * 1000 ** 3;

/** Our routine, typed for either precision: operands of one case are all of the same. */
export function ourGemm(precision: Precision): typeof dgemm {
  return precision === 'double' ? dgemm : (sgemm as unknown as typeof dgemm);
}

/** The operands of a case, row by row. */
function operandsOf(precision: Precision, { m, n, k }: Shape): [A: Matrix, B: Matrix, C: Matrix] {
  return [
    byRows(randomElements('A', precision, m * k), m, k),
    byRows(randomElements('B', precision, k * n), k, n),
    byRows(randomElements('C', precision, m * n), m, n),
  ];
}

/** Everyone who computes C = A B of row-major matrices, ours first. */
export function multipliers(bench: Bench, precision: Precision, shape: Shape): Entrant[] {
  const { m, n, k } = shape;
  const [A, B, C] = operandsOf(precision, shape);
  const [a, b, c] = [A, B, C].map(({ data }) => data) as [Float64Array, Float64Array, Float64Array];
  const [lda, ldb] = [Math.max(k, 1), Math.max(n, 1)];
  const product = { A, B, C };
  const gemm = ourGemm(precision);
  const ours = () => void gemm('row-major', 'no-transpose', 'no-transpose', m, n, k, 1, a, lda, b, ldb, 0, c, ldb);
  const own = entrant('@paratune/blas', 'own', ours, product);
  const libraries = bench.libraries
    .filter(({ name }) => name !== 'ATLAS' || flopsOf(shape) <= MOST_FLOPS_OF_ATLAS)
    .map(({ name, gemm, useThreads }): Entrant => {
      const foreign = gemm[precision];
      const { rowMajor, noTranspose } = cblas;
      const call = () => foreign(rowMajor, noTranspose, noTranspose, m, n, k, 1, a, lda, b, ldb, 0, c, ldb);
      return { ...entrant(name, 'library', call, product), useThreads };
    });
  const packages = bench.packages
    .filter(({ precisions, mostRows = n }) => precisions.includes(precision) && n <= mostRows)
    .filter(() => flopsOf(shape) <= MOST_FLOPS_OF_PACKAGES && Math.min(m, n, k) >= 1)
    .map(({ name, mostRows, bind }) => {
      const { call, result } = bind(m, n, k, a as Elements, b as Elements, c as Elements);
      return entrant(name, mostRows === undefined ? 'package' : 'special', call, { ...product, result });
    });
  return [own, ...libraries, ...packages];
}
