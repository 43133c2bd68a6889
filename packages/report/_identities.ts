import type { Identity, StoreContents } from '@paratune/record';
import { enumerate, formatBytes, plainLine, shorten } from './_format.ts';

/** A name of a machine's that is longer is cut. */
const name = (text: string) => shorten(plainLine(text), 80);

/** Processor, kernel, runtime, commit and days of all that was measured. */
export function whereItRan({ records, identities }: StoreContents): string {
  const each = (describe: (identity: Identity) => string) => enumerate([...new Set(identities.map(describe))]);
  const days = [...new Set(records.map(({ time }) => time.slice(0, 10)))].sort();
  const when = days.length > 1 ? `${days[0]} to ${days.at(-1)}` : days[0];
  return [
    each(({ machine }) => describeMachine(machine)),
    each(({ kernel }) => name(kernel)),
    `Node ${each(({ node }) => name(node))}`,
    each(describeCode),
    `${when}.`,
  ].join('; ');
}

export function describeMachine({ processor, cpus, memoryBytes, architecture }: Identity['machine']): string {
  return `${name(processor)} (${name(architecture)}, ${cpus} CPUs, ${formatBytes(memoryBytes)})`;
}

export function describeCode({ commit, dirty, packages }: Identity): string {
  if (commit !== null) return `commit ${plainLine(commit).slice(0, 12)}${dirty ? ' with changes' : ''}`;
  return `packages of version ${enumerate([...new Set(Object.values(packages))])}`;
}
