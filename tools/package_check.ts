import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemAffectsResolutionKind, problemKindInfo } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { type Outcome, runAsScript } from './_script.ts';
import { type Manifest, type Problem, readPackages, repository } from './_workspace.ts';

/** What every package brings to its users beside its code. */
const alwaysPublished = ['LICENSE', 'README.md', 'package.json'];

/**
 * Packs every package as publishing would, and looks at the tarball: that its files are those meant, that its
 * `exports` are sound (publint), that its types say what its code does (arethetypeswrong), and that every subpath
 * loads in both module systems with the same names. The packages and their declarations must be built.
 */
export async function checkPackages(options: { root?: string } = {}): Promise<Outcome> {
  const { root = repository } = options;
  const packages = readPackages(root).filter(({ manifest }) => !manifest.private);
  const problems: Problem[] = [];
  const scratch = mkdtempSync(join(tmpdir(), 'paratune-pack-'));
  let bytes = 0;
  try {
    for (const { folder, manifest } of packages) {
      const { tarball, files } = pack(join(root, folder), scratch);
      bytes += tarball.byteLength;
      const found = [
        ...checkFiles(manifest, files),
        ...(await lintPackage(tarball)),
        ...(await checkTypes(tarball)),
        ...checkLoading(root, manifest),
      ];
      problems.push(...found.map((what) => ({ where: folder, what })));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return { problems, summary: `${packages.length} packages, ${Math.round(bytes / 1024)} KiB packed` };
}

/** Makes the tarball of one package with pnpm, which replaces `workspace:` ranges and adds the repository's licence. */
function pack(folder: string, destination: string): { tarball: Uint8Array; files: string[] } {
  const pnpm = env['npm_execpath']?.includes('pnpm') ? [env['npm_execpath']] : ['npx', '--yes', 'pnpm'];
  const [command, ...words] = [...pnpm, 'pack', '--json', '--pack-destination', destination];
  const output = execFileSync(command!, words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const { filename, files } = JSON.parse(output) as { filename: string; files: { path: string }[] };
  return { tarball: new Uint8Array(readFileSync(filename)), files: files.map(({ path }) => path) };
}

/** The problems of a tarball's list of files: what it lacks, and what it should not hold. */
export function checkFiles({ exports = {}, bin = {} }: Manifest, files: string[]): string[] {
  const targets = Object.values(exports).flatMap((entry) => [
    entry.import.types,
    entry.import.default,
    entry.require.types,
    entry.require.default,
  ]);
  const wanted = [...alwaysPublished, ...[...targets, ...Object.values(bin)].map((path) => path.replace(/^\.\//, ''))];
  const meant = /^(dist\/[\w-]+\.(js|cjs|d\.ts|d\.cts)|bin\/[\w-]+\.js)$/;
  return [
    ...wanted.filter((file) => !files.includes(file)).map((file) => `the tarball lacks ${file}`),
    ...files
      .filter((file) => !alwaysPublished.includes(file) && !meant.test(file))
      .map((file) => `the tarball holds ${file}, which is no part of the package`),
  ];
}

async function lintPackage(tarball: Uint8Array): Promise<string[]> {
  const data = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) as ArrayBuffer;
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: data } });
  return messages.map((message) => `publint: ${formatMessage(message, pkg ?? {}) ?? message.code}`);
}

async function checkTypes(tarball: Uint8Array): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(tarball));
  if (result.types === false) return ['arethetypeswrong: the tarball has no types'];
  // Resolution as before Node 16 knows no subpaths; Node 20 is the oldest supported.
  const kinds = ['node16-cjs', 'node16-esm', 'bundler'] as const;
  return result.problems
    .filter((problem) => kinds.some((kind) => problemAffectsResolutionKind(problem, kind, result)))
    .map((problem) => `arethetypeswrong: ${problemKindInfo[problem.kind].title}: ${JSON.stringify(problem)}`);
}

/** Loads every subpath by `import` and by `require` in a process of its own. */
function checkLoading(root: string, { name, exports = {} }: Manifest): string[] {
  const specifiers = Object.keys(exports).map((subpath) => name + subpath.slice(1));
  const program = `
    import { createRequire } from 'node:module';
    const require = createRequire(process.cwd() + '/');
    for (const specifier of ${JSON.stringify(specifiers)}) {
      const [esm, cjs] = [await import(specifier), require(specifier)].map((module) => Object.keys(module).sort().join());
      if (esm !== cjs) throw new Error(specifier + " exports '" + esm + "' by import, '" + cjs + "' by require");
    }`;
  const { status, stderr } = spawnSync(execPath, ['--input-type=module', '-e', program], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? [] : [`does not load: ${stderr.trim()}`];
}

await runAsScript(import.meta.url, 'packages', () => checkPackages());
