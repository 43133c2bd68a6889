import { observationKey, type ReasonRecord, type Record } from '@paratune/record';
import { groupBy } from './_statistics.ts';

/**
 * The failed and skipped records that no value has made good since: none of the same observation, nor, for a record that
 * names fewer factors (a whole environment that was skipped), any of that environment which agrees in those it names.
 */
export function unmadeGood(records: readonly Record[]): ReasonRecord[] {
  const withValue = records.filter((record) => 'value' in record);
  const done = new Set(withValue.map(observationKey));
  const place = ({ experiment, environment }: Record) => JSON.stringify([experiment, environment]);
  const byPlace = groupBy(withValue, place);
  return records.filter((record): record is ReasonRecord => {
    if (!('reason' in record) || done.has(observationKey(record))) return false;
    const named = Object.entries(record.factors);
    return !byPlace
      .get(place(record))
      ?.some(
        ({ factors }) =>
          Object.keys(factors).length > named.length && named.every(([name, value]) => factors[name] === value),
      );
  });
}
