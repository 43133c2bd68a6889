/**
 * Small products, n = 2 to 64, where the call itself counts: against everything of npm's, and against the libraries
 * through the same foreign-function interface.
 */
import { dgemmBatch, sgemmBatch } from '@paratune/blas';
import { entrant } from './_peers_entrant.ts';
import { byRows, randomElements } from './_peers_matrix.ts';
import { flopsOf, multipliers } from './_peers_products.ts';
import { alone, combinations, type Entrant, type Precision, routineOf, type Suite } from './_peers_suite.ts';

const all = Array.from({ length: 63 }, (_, index) => index + 2);
/** Multiples of a vector's length, and their neighbours, which need the edges of kernels. */
const some = [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 17, 20, 23, 24, 25, 28, 31, 32, 33, 40, 47, 48, 49, 56, 63, 64];
const sizes = { tiny: [2, 3], quick: some, full: all };

/** Matrices of a batch that stay, all together, in a private cache, as the matrices of single products do. */
const BATCH_BYTES = 2 ** 19;
const MOST_PRODUCTS = 1000;

/** Many products of matrices of their own in one call: what is left of a call's cost when many share it. */
function batched(precision: Precision, n: number): Entrant {
  const [length, bytes] = [n * n, precision === 'double' ? 8 : 4];
  const count = Math.min(MOST_PRODUCTS, Math.ceil(BATCH_BYTES / (3 * length * bytes)));
  // The routine is typed for doubles; operands of one case are all of the same precision.
  const [a, b, c] = (['A', 'B', 'C'] as const).map(
    (name) => randomElements(name, precision, count * length) as Float64Array,
  ) as [Float64Array, Float64Array, Float64Array];
  const gemmBatch = precision === 'double' ? dgemmBatch : (sgemmBatch as unknown as typeof dgemmBatch);
  const call = () => {
    gemmBatch(
      'row-major',
      'no-transpose',
      'no-transpose',
      n,
      n,
      n,
      1,
      a,
      n,
      length,
      b,
      n,
      length,
      0,
      c,
      n,
      length,
      count,
    );
  };
  const products = Array.from({ length: count }, (_, p) => {
    const own = (all: Float64Array) => byRows(all.subarray(p * length, (p + 1) * length), n, n);
    return { A: own(a), B: own(b), C: own(c) };
  });
  const perCall = count * flopsOf({ m: n, n, k: n });
  return { ...entrant('gemmBatch', 'variant', call, ...products), perCall };
}

export const small: Suite = {
  name: 'small',
  title: 'products of n = 2 to 64 against packages of npm and libraries, one thread',
  *cases(plan) {
    for (const { threads, precision, size: n } of combinations(alone(plan), plan.dimensions ?? sizes[plan.profile])) {
      const shape = { m: n, n, k: n };
      yield {
        factors: { suite: 'small', routine: routineOf(precision, 'gemm'), threads, n },
        prepare: (bench) => ({
          metric: 'gflops',
          perCall: flopsOf(shape),
          entrants: [...multipliers(bench, precision, shape), batched(precision, n)],
        }),
      };
    }
  },
};
