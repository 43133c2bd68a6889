import type { ValueRecord } from '@paratune/record';
import type { EnvironmentView } from '../_environments.ts';
import { groupBy } from '../_statistics.ts';
import { referenceOf, type View } from '../_view.ts';
import type { Pair } from './_equivalent.ts';

/** The values of each environment that has any, in the order of the environments. */
export function valuesByEnvironment(
  { environments }: View,
  records: readonly ValueRecord[],
): { environment: EnvironmentView; values: number[] }[] {
  const own = groupBy(records, ({ environment }) => environment);
  return environments.flatMap((environment) => {
    const values = own.get(environment.name)?.map(({ value }) => value);
    return values ? [{ environment, values }] : [];
  });
}

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
