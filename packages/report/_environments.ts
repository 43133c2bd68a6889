import type { Identity, Record } from '@paratune/record';
import { experiment } from './_driver.ts';
import { groupBy, median } from './_statistics.ts';
import { peersExperiment } from './compare_peers.ts';
import { predictedThreshold } from './predicted_threshold.ts';

/** The paper's three kernels, as roles that the environments of a machine play. */
export type Role = 'native' | 'privileged' | 'guest';

/** An environment's kind and what it is: a row here makes a new kind part of every figure. */
const kinds: { [kind: string]: { role: Role; title: string } } = {
  native: { role: 'native', title: 'native Linux' },
  'xen-dom0': { role: 'privileged', title: 'Xen Dom0' },
  uml: { role: 'guest', title: 'user-mode Linux' },
  'xen-domu': { role: 'guest', title: 'Xen DomU' },
  qemu: { role: 'guest', title: 'QEMU guest' },
};

/** An environment as the records tell of it. */
export interface EnvironmentView {
  /** As in the records: `native`, `uml-256`. */
  name: string;
  kind: string;
  /** Which machine it is of, where records of several were merged. */
  machine: string | undefined;
  /** What the kind is in words. */
  title: string;
  role: Role;
  /** Memory in its name; undefined for the machine as it is. */
  memoryMiB: number | undefined;
  /** Memory that its programs can have, in bytes, as it said itself. */
  memoryBytes: number | undefined;
  /** Resident set size of the driver's process without its matrices, in bytes: the median over the runs. */
  baselineBytes: number | undefined;
  /** The dimension that memory predicts, as `predictedThreshold` gives it. */
  threshold: number | undefined;
  /** Those that its measured records name, the last one used last. */
  identities: Identity[];
}

/** Experiments of the paper, as records name them. */
export const paperExperiments: ReadonlySet<string> = new Set([
  ...['probe', 'cachedge', 'kernels', 'tune', experiment],
  ...['kernel-memory', 'tlb', 'concurrent-drivers', 'shm'],
]);

/** Every environment that a record names: the machine as it is first, then by kind and memory. */
export function viewEnvironments(records: readonly Record[], identities: readonly Identity[]): EnvironmentView[] {
  const byId = new Map(identities.map((identity) => [identity.id, identity]));
  const shown = records.filter(({ experiment }) => experiment !== peersExperiment);
  const views = [...groupBy(shown, ({ environment }) => environment)].map(([name, ofEnvironment]): EnvironmentView => {
    const measured = ofEnvironment.flatMap((record) => (record.status === 'measured' ? [record] : []));
    const used = [...new Set(measured.map(({ identity }) => identity))].flatMap((id) => byId.get(id) ?? []);
    const facts = used.at(-1)?.environment;
    const memoryBytes = [facts?.['memoryBytes'], facts?.['memTotalBytes']].find((fact) => typeof fact === 'number');
    const baselines = measured.flatMap(({ experiment: name, metric, value }) =>
      name === experiment && metric === 'baselineBytes' ? [value] : [],
    );
    const baselineBytes = baselines.length === 0 ? undefined : median(baselines);
    const threshold =
      memoryBytes === undefined || baselineBytes === undefined
        ? undefined
        : predictedThreshold({ memoryBytes, baselineBytes });
    return { name, ...parseName(name), memoryBytes, baselineBytes, threshold, identities: used };
  });
  const rank = ({ kind }: EnvironmentView) => [...Object.keys(kinds), kind].indexOf(kind);
  return views.sort(
    (a, b) =>
      rank(a) - rank(b) || (a.memoryMiB ?? 0) - (b.memoryMiB ?? 0) || (a.name < b.name ? -1 : Number(a.name > b.name)),
  );
}

/** Names are `kind` or `kind-MiB`, of a machine among several `kind-MiB @ machine`; a kind that is not known is taken for a guest. */
export function parseName(name: string): Pick<EnvironmentView, 'kind' | 'machine' | 'title' | 'role' | 'memoryMiB'> {
  const [, kind = name, memory, machine] = /^(.*?)(?:-(\d+))?(?: @ (.*))?$/s.exec(name) ?? [];
  const { role, title } = Object.hasOwn(kinds, kind) ? kinds[kind]! : { role: 'guest' as const, title: kind };
  return { kind, machine, role, title, memoryMiB: memory === undefined ? undefined : Number(memory) };
}
