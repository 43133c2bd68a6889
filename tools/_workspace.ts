import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { entryPoints } from '../tsup.config.base.ts';

/** The folder of this repository. */
export const repository: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** What a check found wrong, and where: `packages/x/file.ts:12`. */
export interface Problem {
  where: string;
  what: string;
}

/** One entry of a package's `exports`. */
export interface ExportEntry {
  /** What bundlers for browsers take. */
  browser?: { types: string; default: string };
  import: { types: string; default: string };
  require: { types: string; default: string };
}

/** The fields of a package.json that the checks read. */
export interface Manifest {
  name: string;
  version: string;
  description?: string;
  private?: boolean;
  exports?: Record<string, ExportEntry>;
  bin?: Record<string, string>;
  files?: string[];
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** A folder of sources under one name: a package, or `benchmarks`, `examples` and `tools`, which nobody imports. */
export interface Unit {
  /** `@paratune/blas`, or the folder's name when it is no package. */
  name: string;
  /** Relative to the repository, with forward slashes. */
  folder: string;
  /** Absent for a folder that is no package: it uses the repository's own manifest. */
  manifest?: Manifest;
  /** Every TypeScript file, relative to the unit's folder, sorted. */
  files: string[];
}

const skippedFolders = new Set(['node_modules', 'dist', 'results']);

/** Every file below `folder` whose name ends with `ending`, relative to it, sorted; nothing installed, built or hidden. */
export function filesBelow(folder: string, ending: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${prefix}${entry.name}`;
      if (entry.isDirectory()) {
        return skippedFolders.has(entry.name) || entry.name.startsWith('.')
          ? []
          : filesBelow(folder, ending, `${path}/`);
      }
      return entry.name.endsWith(ending) ? [path] : [];
    })
    .sort();
}

/** A JSON file's value. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** The packages of a repository, by name. */
export function readPackages(root: string = repository): (Unit & { manifest: Manifest })[] {
  return readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter(({ name }) => existsSync(join(root, 'packages', name, 'package.json')))
    .map(({ name }) => {
      const folder = `packages/${name}`;
      const manifest = readJson<Manifest>(join(root, folder, 'package.json'));
      return { name: manifest.name, folder, manifest, files: filesBelow(join(root, folder), '.ts') };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The packages of a repository, then the folders of scripts beside them. */
export function readUnits(root: string = repository): Unit[] {
  const present = readdirSync(root);
  const scripts = ['benchmarks', 'examples', 'tools'].filter((folder) => present.includes(folder));
  return [
    ...readPackages(root),
    ...scripts.map((folder) => ({ name: folder, folder, files: filesBelow(join(root, folder), '.ts') })),
  ];
}

/** Whether a file is a test or configuration: part of no build. */
export function isSupport(file: string): boolean {
  return /(_test|\.config)\.ts$/.test(file);
}

/**
 * The entry points of a package that others may import: what `mod.ts` re-exports and `exports` lists.
 * The rest are programs, run by a bin or as a process of their own: `cli.ts`, and a file that exports nothing.
 */
export function publicFiles(root: string, folder: string): string[] {
  return entryPoints(join(root, folder)).filter(
    (file) =>
      file !== 'mod.ts' && file !== 'cli.ts' && exportsSomething(readFileSync(join(root, folder, file), 'utf8')),
  );
}

function exportsSomething(source: string): boolean {
  return ts
    .createSourceFile('file.ts', source, ts.ScriptTarget.Latest)
    .statements.some(
      (statement) =>
        ts.isExportDeclaration(statement) ||
        ts.isExportAssignment(statement) ||
        (ts.canHaveModifiers(statement) &&
          ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)),
    );
}
