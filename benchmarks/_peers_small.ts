/**
 * Small products, n = 2 to 64, where the call itself counts: against everything of npm's, and against the libraries
 * through the same foreign-function interface.
 */
import { flopsOf, multipliers } from './_peers_products.ts';
import { alone, combinations, routineOf, type Suite } from './_peers_suite.ts';

const all = Array.from({ length: 63 }, (_, index) => index + 2);
/** Multiples of a vector's length, and their neighbours, which need the edges of kernels. */
const some = [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 17, 20, 23, 24, 25, 28, 31, 32, 33, 40, 47, 48, 49, 56, 63, 64];
const sizes = { tiny: [2, 3], quick: some, full: all };

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
          entrants: multipliers(bench, precision, shape),
        }),
      };
    }
  },
};
