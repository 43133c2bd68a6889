/** Products of every shape: each of m, n and k from one register block to beyond the caches. */
import { flopsOf, multipliers, type Shape } from './_peers_products.ts';
import { combinations, type ProfileName, routineOf, type Suite } from './_peers_suite.ts';

const sides = { tiny: [3, 8], quick: [16, 100, 1000, 4000], full: [16, 100, 1000, 4000] };

/** The quick profile leaves out the seven shapes that would take nine tenths of its time. */
const mostFlops = { tiny: Number.POSITIVE_INFINITY, quick: 4e9, full: Number.POSITIVE_INFINITY };

function shapes(profile: ProfileName): Shape[] {
  const lengths = sides[profile];
  return lengths
    .flatMap((m) => lengths.flatMap((n) => lengths.map((k): Shape => ({ m, n, k }))))
    .filter((shape) => flopsOf(shape) <= mostFlops[profile]);
}

export const rectangular: Suite = {
  name: 'rectangular',
  title: 'products with m, n, k in 16, 100, 1000, 4000 against OpenBLAS and BLIS',
  *cases(plan) {
    for (const { threads, precision, size: shape } of combinations(plan, shapes(plan.profile))) {
      yield {
        factors: { suite: 'rectangular', routine: routineOf(precision, 'gemm'), threads, ...shape },
        prepare: (bench) => ({
          metric: 'gflops',
          perCall: flopsOf(shape),
          entrants: multipliers({ ...bench, packages: [] }, precision, shape),
        }),
      };
    }
  },
};
