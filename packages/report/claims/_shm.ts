import { groupBy } from '../_statistics.ts';
import { factorOf, type View } from '../_view.ts';

/** Durations of an iteration, a value a run, by benchmark and by what it is between. */
export function iterations(view: View): { benchmark: string; between: string; values: number[] }[] {
  const records = view.values('shm', 'iterationNanoseconds');
  return [
    ...groupBy(records, (record) =>
      JSON.stringify([factorOf(record, 'benchmark'), factorOf(record, 'between')]),
    ).values(),
  ].map((own) => ({
    benchmark: factorOf(own[0]!, 'benchmark'),
    between: factorOf(own[0]!, 'between'),
    values: own.map(({ value }) => value),
  }));
}

/** Whether one side at least is a guest. */
export const isGuest = (between: string): boolean => !['threads', 'processes'].includes(between);
