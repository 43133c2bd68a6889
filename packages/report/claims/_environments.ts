import type { ValueRecord } from '@paratune/record';
import { valuesByEnvironment } from '../_samples.ts';
import { referenceOf, type View } from '../_view.ts';
import type { Pair } from './_equivalent.ts';

/** Every environment's values beside those of the machine as it is, or of the first there is. */
export function pairsOf(view: View, records: readonly ValueRecord[], what?: string): Pair[] {
  const all = valuesByEnvironment(view, records);
  return all.flatMap(({ environment, values }) => {
    const reference = referenceOf(
      environment,
      all.map(({ environment }) => environment),
    );
    if (reference === environment) return [];
    const { values: others } = all.find(({ environment }) => environment === reference)!;
    return [
      {
        ...(what === undefined ? {} : { what }),
        environment: environment.name,
        reference: reference.name,
        values,
        others,
      },
    ];
  });
}
