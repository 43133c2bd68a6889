import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** A BLAS in a shared library that a user of this machine could call instead of ours. */
export interface PeerLibrary {
  name: 'OpenBLAS' | 'BLIS' | 'ATLAS';
  /** The file, symbolic links resolved. */
  path: string;
}

export const libraryNames = ['OpenBLAS', 'BLIS', 'ATLAS'] as const satisfies readonly PeerLibrary['name'][];

/** How a library that is missing is had: on Debian and Ubuntu, or anywhere. */
export const howToGet: Record<PeerLibrary['name'], string> = {
  OpenBLAS: 'apt-get install libopenblas0-pthread, or --openblas PATH',
  BLIS: 'apt-get install libblis4-pthread, or --blis PATH',
  ATLAS: 'apt-get install libatlas3-base, or --atlas PATH',
};

const patterns: Record<PeerLibrary['name'], RegExp> = {
  OpenBLAS: /^libopenblas.*\.so(\.\d+)*$/,
  BLIS: /^libblis.*\.so(\.\d+)*$/,
  // Debian's CBLAS interface over libatlas; Fedora's single library.
  ATLAS: /^(libcblas|libsatlas)\.so(\.\d+)*$/,
};

/** What the dynamic linker knows, by name. */
function linkerCache(): string[] {
  for (const ldconfig of ['ldconfig', '/sbin/ldconfig', '/usr/sbin/ldconfig']) {
    try {
      const listing = execFileSync(ldconfig, ['-p'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      return [...listing.matchAll(/x86-64.*=> (\S+)/g)].map((match) => match[1]!);
    } catch {
      // Not every system has it; the folders below remain.
    }
  }
  return [];
}

function filesUnder(folder: string): string[] {
  try {
    return readdirSync(folder).map((file) => path.join(folder, file));
  } catch {
    return [];
  }
}

/** Alternatives such as Debian's openblas-pthread/ and Fedora's atlas/ lie one folder below the usual ones. */
function usualFolders(): string[] {
  const roots = [
    ...(process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter((folder) => folder !== ''),
    ...['/usr/local/lib', '/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib'],
  ];
  const below = roots.flatMap(filesUnder).filter((folder) => /\/(openblas|blis|atlas)[^/.]*$/.test(folder));
  return [...roots, ...below];
}

/** Finds the shared libraries of this machine: the linker's cache first, then the usual folders. A path given by name wins. */
export function findLibraries(given: Partial<Record<PeerLibrary['name'], string>>): PeerLibrary[] {
  const candidates = [...linkerCache(), ...usualFolders().flatMap(filesUnder)];
  const found: PeerLibrary[] = [];
  for (const name of libraryNames) {
    const file =
      given[name] ??
      candidates.find((candidate) => patterns[name].test(path.basename(candidate)) && existsSync(candidate));
    if (file !== undefined) {
      found.push({ name, path: realpathSync(file) });
    }
  }
  return found;
}
