import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { arch, cpus, release, type as systemName, totalmem } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkIdentity, type EnvironmentFacts, type Identity, identityId } from './identity.ts';

type Host = Omit<Identity, 'id' | 'environment'>;

let host: Host | undefined;

/**
 * The identity of the code and machine at hand, in the environment described. The code's part (one call of git) and the
 * machine's are taken once a process, so that every record of a run carries the same, whatever is edited meanwhile.
 *
 * @param environment the kind of the environment and its facts, as a guest reports them
 * @throws {TypeError} when a fact is not a string, a finite number or a boolean
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { identify } from '@paratune/record';
 *
 * const identity = identify({ kind: 'native', memTotalBytes: 2 ** 34 });
 * assert.equal(identity.node, process.version);
 * assert.deepEqual(identify({ memTotalBytes: 2 ** 34, kind: 'native' }), identity);
 * ```
 */
export function identify(environment: EnvironmentFacts): Identity {
  host ??= describeHost();
  const rest = { ...host, environment: { ...environment } };
  const identity = { id: identityId(rest), ...rest };
  checkIdentity(identity);
  return identity;
}

function describeHost(): Host {
  const here = packageFolder(dirname(fileURLToPath(import.meta.url)));
  const processors = cpus();
  return {
    ...revision(here),
    packages: packageVersions(here),
    node: process.version,
    machine: {
      processor: processors[0]?.model.trim() || 'unknown',
      cpus: processors.length,
      memoryBytes: totalmem(),
      architecture: arch(),
    },
    kernel: `${systemName()} ${release()}`,
  };
}

/** The commit checked out, if this package is part of a checkout and not installed inside somebody else's. */
function revision(here: string | undefined): Pick<Host, 'commit' | 'dirty'> {
  const none = { commit: null, dirty: false };
  if (here === undefined || here.split(sep).includes('node_modules')) return none;
  try {
    // A git hook's GIT_DIR would name the repository of the hook, not the one of this file.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
    const status = execFileSync(
      'git',
      ['--no-optional-locks', '-c', 'safe.directory=*', 'status', '--porcelain=v2', '--branch', '--untracked-files=no'],
      { cwd: here, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 10_000, maxBuffer: 2 ** 26 },
    );
    const commit = /^# branch\.oid ([0-9a-f]{40,64})$/m.exec(status)?.[1];
    return commit === undefined ? none : { commit, dirty: /^[^#]/m.test(status) };
  } catch {
    return none;
  }
}

/** Versions of this project's packages installed beside this one or beside the package whose command is running. */
function packageVersions(here: string | undefined): Host['packages'] {
  const versions: [string, string][] = [];
  for (const start of [here, entryPackage()]) {
    if (start === undefined) continue;
    for (const sibling of readdirSync(dirname(start))) {
      const { name, version } = readManifest(join(dirname(start), sibling));
      if (name?.startsWith('@paratune/') && version !== undefined) versions.push([name, version]);
    }
  }
  return Object.fromEntries(versions.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function entryPackage(): string | undefined {
  try {
    return packageFolder(dirname(realpathSync(process.argv[1] ?? '')));
  } catch {
    return undefined;
  }
}

/** The nearest folder upwards that is one of this project's packages. */
function packageFolder(folder: string): string | undefined {
  if (readManifest(folder).name?.startsWith('@paratune/')) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : packageFolder(parent);
}

function readManifest(folder: string): { name?: string; version?: string } {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    return {};
  }
}
