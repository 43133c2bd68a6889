/** What a call costs that computes nothing: all checks of the arguments, the choice of a kernel, the way there and back. */
import { multipliers } from './_peers_products.ts';
import { alone, combinations, routineOf, type Suite } from './_peers_suite.ts';

const empty = { m: 0, n: 0, k: 0 };

export const call: Suite = {
  name: 'call',
  title: 'the time of a call with all checks: an empty product',
  *cases(plan) {
    for (const { threads, precision } of combinations(alone(plan), [empty])) {
      yield {
        factors: { suite: 'call', routine: routineOf(precision, 'gemm'), threads, n: 0 },
        prepare: (bench) => ({ metric: 'nanoseconds', perCall: 1, entrants: multipliers(bench, precision, empty) }),
      };
    }
  },
};
