import type { Identity, StoreContents } from '@paratune/record';
import { plainLine, shorten } from './_format.ts';
import { groupBy } from './_statistics.ts';

/** A store that is merged with others. */
export interface NamedStore {
  contents: StoreContents;
  /** How its machine is to be called; by its processor when absent. */
  machine?: string;
}

/**
 * Merges stores into one. Where they are of several machines, each environment's name ends with its machine (`uml-256 @ EPYC
 * 9575F`), so that figures, tables and claims tell machines apart, and compare environments with those of their own.
 *
 * Machines are told apart by processor, CPUs and memory. Two that are alike in all of these need names.
 *
 * @param stores what reading the stores gave, and how their machines are called
 * @throws {TypeError} when it is not an array
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { identify, type Record } from '@paratune/record';
 * import { mergeStores } from '@paratune/report';
 *
 * const identity = identify({ kind: 'native' });
 * const record: Record = {
 *   version: 1, experiment: 'dgemm-driver', environment: 'native', factors: { n: 100 }, metric: 'mflops', unit: 'Mflops',
 *   run: 0, repetition: 0, time: '2026-01-31T12:00:00.000Z', identity: identity.id, status: 'measured', value: 4000,
 * };
 * const contents = { records: [record], identities: [identity], dropped: [] };
 * const merged = mergeStores([{ contents, machine: 'here' }, { contents, machine: 'there' }]);
 * assert.deepEqual(merged.records.map(({ environment }) => environment), ['native @ here', 'native @ there']);
 * ```
 */
export function mergeStores(stores: readonly NamedStore[]): StoreContents {
  if (!Array.isArray(stores as unknown))
    throw new TypeError(`'stores' must be an array of stores, got ${typeof stores}`);
  const machines = groupBy(
    stores.flatMap(({ contents }) => contents.identities.map(({ machine }) => machine)),
    (machine) => JSON.stringify(machine),
  );
  const labels = labelMachines([...machines.values()].map(([machine]) => machine!));
  const named = stores.some(({ machine }) => machine !== undefined);
  const several = machines.size > 1 || named;
  return {
    records: stores.flatMap(({ contents, machine: own }) => {
      const of = new Map(
        contents.identities.map(({ id, machine }) => [id, own ?? labels.get(JSON.stringify(machine))!]),
      );
      if (!several) return contents.records;
      return contents.records.map((record) => ({
        ...record,
        environment: `${record.environment} @ ${of.get(record.identity) ?? 'unknown'}`,
      }));
    }),
    identities: [
      ...new Map(stores.flatMap(({ contents }) => contents.identities.map((one) => [one.id, one] as const))).values(),
    ],
    dropped: stores.flatMap(({ contents }) => contents.dropped),
  };
}

/** A short name for each machine: that of its processor, with its CPUs and memory where another has the same. */
function labelMachines(machines: readonly Identity['machine'][]): Map<string, string> {
  const processors = groupBy(machines, shortName);
  return new Map(
    machines.map((machine) => {
      const name = shortName(machine);
      const alike = processors.get(name)!.length > 1;
      const size = ` (${machine.cpus} CPUs, ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GB)`;
      return [JSON.stringify(machine), alike ? name + size : name];
    }),
  );
}

/** "AMD EPYC 9575F 64-Core Processor" is "AMD EPYC 9575F". */
function shortName({ processor }: Identity['machine']): string {
  const bare = plainLine(processor)
    .replace(/\((R|TM)\)/gi, '')
    .replace(/\b(\d+-Core )?(Processor|CPU)\b.*$/i, '')
    .replace(/\s+/g, ' ')
    .trim();
  return shorten(bare === '' ? 'unknown' : bare, 32);
}
