import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { arch, execPath, platform, stdout, version } from 'node:process';
import ts from 'typescript';
import { fencedBlocks } from './_examples.ts';
import type { Packed } from './_pack.ts';
import type { Outcome } from './_script.ts';
import type { Manifest, Problem } from './_workspace.ts';

/** More than this is no fault, but somebody should know why: of a package with all that it needs, in MiB. */
const MOST_INSTALLED_MIB: { readonly [name: string]: number } = { '@paratune/report': 60 };
const MOST_INSTALLED_MIB_ELSE = 15;

/** What an installed package takes. */
export interface InstalledSize {
  /** Of the package itself, and with all that it needs. */
  ownBytes: number;
  allBytes: number;
  /** How many packages came with it. */
  packages: number;
}

/**
 * Tries every package as a stranger would: installs it from its tarball with npm in an empty folder outside the
 * workspace, and runs its README's quick start there, as a module and as CommonJS, with this Node and with the newest that
 * npm offers. Prints what each takes on disk.
 */
export function checkInstalls(root: string, packed: readonly Packed[], scratch: string): Outcome {
  const problems: Problem[] = [];
  const tarballs = new Map(packed.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]));
  const nodes = [execPath, newestNode(join(scratch, 'node'))];
  for (const { folder, manifest } of packed) {
    const project = join(scratch, folder.replaceAll('/', '-'));
    const problem = (what: string) => problems.push({ where: folder, what });
    install(project, manifest.name, tarballs);
    const size = installedSize(project, manifest.name);
    stdout.write(`  ${row(manifest, size)}\n`);
    const most = MOST_INSTALLED_MIB[manifest.name] ?? MOST_INSTALLED_MIB_ELSE;
    if (size.allBytes > most * 2 ** 20) problem(`takes more than ${most} MiB when it is installed`);
    const start = quickStart(readFileSync(join(root, folder, 'README.md'), 'utf8'));
    if (start === undefined) {
      problem('its README has no quick start: no block of ts');
      continue;
    }
    for (const [file, program] of Object.entries(programsOf(start))) {
      writeFileSync(join(project, file), program);
      for (const node of nodes) {
        const { status, stderr } = spawnSync(node, [file], { cwd: project, encoding: 'utf8', timeout: 60_000 });
        if (status !== 0) problem(`its quick start fails as ${file} with ${node}: ${stderr.trim()}`);
      }
    }
  }
  return { problems, summary: 'each installed alone, its quick start run with two versions of Node' };
}

/** The first block of TypeScript on a page. */
export function quickStart(page: string): string | undefined {
  return fencedBlocks(page).find(({ language }) => language === 'ts')?.code;
}

/** A quick start as the two kinds of program that a user may write. */
export function programsOf(code: string): { 'start.mjs': string; 'start.cjs': string } {
  const transpile = (module: ts.ModuleKind) =>
    ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2022, module, esModuleInterop: true } })
      .outputText;
  return {
    'start.mjs': transpile(ts.ModuleKind.ESNext),
    // There may be an await at the top, which CommonJS has not.
    'start.cjs': `(async () => {\n${transpile(ts.ModuleKind.CommonJS)}\n})();\n`,
  };
}

/** Installs one package in a new folder; the others of the repository come from their tarballs when it asks for them. */
function install(project: string, name: string, tarballs: ReadonlyMap<string, string>): void {
  const others = [...tarballs].filter(([other]) => other !== name);
  npmInstall(project, { dependencies: { [name]: tarballs.get(name) }, overrides: Object.fromEntries(others) });
}

/** Fetches the newest Node from npm into `folder`, and returns its path. */
function newestNode(folder: string): string {
  npmInstall(folder, { dependencies: { [`node-${platform}-${arch}`]: 'latest' } });
  const node = join(folder, `node_modules/node-${platform}-${arch}/bin/node`);
  stdout.write(`  ${version} and ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}\n`);
  return node;
}

function npmInstall(folder: string, manifest: object): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, ...manifest }));
  const words = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--loglevel=error'];
  const { status, stderr } = spawnSync('npm', words, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm install of ${JSON.stringify(manifest)} failed: ${stderr}`);
}

/** What an installed package takes, with all that was installed for it. */
export function installedSize(project: string, name: string): InstalledSize {
  const modules = join(project, 'node_modules');
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as { packages: object };
  return {
    ownBytes: bytesBelow(join(modules, name)),
    allBytes: bytesBelow(modules),
    packages: Object.keys(packages).length,
  };
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function row({ name }: Manifest, { ownBytes, allBytes, packages }: InstalledSize): string {
  const [own, all] = [`${Math.round(ownBytes / 1024)} KiB`, `${(allBytes / 2 ** 20).toFixed(1)} MiB`];
  return `${name.padEnd(24)} ${own.padStart(9)} of its own, ${all.padStart(9)} with ${packages} package${packages === 1 ? '' : 's'}`;
}
