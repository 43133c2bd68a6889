import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { configure } from '@paratune/blas';
import type { EnvironmentFacts, Identity, Record as Observation } from '@paratune/record';
import { howToGet, libraryNames, type PeerLibrary } from './_peers_libraries.ts';
import { observation } from './_peers_observation.ts';
import type { PeersOptions } from './_peers_options.ts';
import { peerPackages } from './_peers_packages.ts';

/**
 * A hash of the code that computes and measures: a commit does not tell one uncommitted change from another, and what was
 * measured before a change must not stand for what comes after.
 */
function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const folder of ['../packages/native', '../packages/codegen', '../packages/blas', '.']) {
    const url = new URL(`${folder}/`, import.meta.url);
    const files = readdirSync(url).filter((name) => name.endsWith('.ts') && !name.endsWith('_test.ts'));
    for (const file of files.sort()) hash.update(file).update(readFileSync(new URL(file, url)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Who takes part, for the identity of the records: results of others must not be mixed with theirs. */
export function takingPart({ backend, isa, clock }: PeersOptions, libraries: readonly PeerLibrary[]): EnvironmentFacts {
  const { kernel, sgemm } = configure({ backend, isa });
  return {
    kind: 'native',
    clock,
    sources: hashOfSources(),
    '@paratune/blas': `${kernel}, ${sgemm.kernel}`,
    ...Object.fromEntries(
      libraries.map(({ name, path }) => [name, `${path} of ${statSync(path).mtime.toISOString()}`]),
    ),
    ...Object.fromEntries(
      peerPackages().flatMap(({ name, version }) => (version === undefined ? [] : [[name, version]])),
    ),
  };
}

/** Who does not take part, and what would change that. */
export function absences(identity: Identity, libraries: readonly PeerLibrary[]): Observation[] {
  const absent = (contender: string, how: string) =>
    observation(
      identity,
      { contender },
      { status: 'skipped', metric: 'gflops', unit: 'Gflops', repetition: 0, reason: how },
    );
  return [
    ...libraryNames
      .filter((name) => !libraries.some((library) => library.name === name))
      .map((name) => absent(name, `not found: ${howToGet[name]}`)),
    ...peerPackages().flatMap(({ name, version, with: others = [] }) =>
      version === undefined
        ? [absent(name, `not installed: npx --yes pnpm add -wD ${[name, ...others].join(' ')}`)]
        : [],
    ),
  ];
}
