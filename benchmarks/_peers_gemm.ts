/**
 * Square products: C = A B, n x n, by everyone and at every size, beside what the processor multiplies and adds from
 * register to register.
 */
import { dimensions } from '@paratune/dgemm-driver';
import { flopsOf, multipliers } from './_peers_products.ts';
import { combinations, routineOf, type Suite } from './_peers_suite.ts';
import { fmaPeak } from './_yardsticks.ts';

const sizes = {
  tiny: [5, 12],
  quick: [100, 200, 300, 500, 700, 1000, 2000, 3000],
  full: dimensions({ from: 100, to: 4000, step: 100 }),
};

export const gemm: Suite = {
  name: 'gemm',
  title: 'square products against OpenBLAS, BLIS, packages of npm and the FMA peak',
  *cases(plan) {
    for (const { threads, precision, size: n } of combinations(plan, plan.dimensions ?? sizes[plan.profile])) {
      const shape = { m: n, n, k: n };
      const flops = flopsOf(shape);
      yield {
        factors: { suite: 'gemm', routine: routineOf(precision, 'gemm'), threads, n },
        prepare: (bench) => ({
          metric: 'gflops',
          perCall: flops,
          entrants: [...multipliers(bench, precision, shape), ...fmaPeak(bench, precision, threads, flops)],
        }),
      };
    }
  },
};
