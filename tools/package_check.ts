import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { execPath } from 'node:process';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemAffectsResolutionKind, problemKindInfo } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { checkInstalls } from './_installs.ts';
import { withPacked } from './_pack.ts';
import { type Outcome, runAsScript } from './_script.ts';
import { type Manifest, type Problem, repository } from './_workspace.ts';

/** What every package brings to its users beside its code. */
const alwaysPublished = ['LICENSE', 'README.md', 'package.json'];

/**
 * Packs every package as publishing would, and looks at the tarball: that its files are those meant, that its
 * `exports` are sound (publint), that its types say what its code does (arethetypeswrong), and that every subpath
 * loads in both module systems with the same names. Then it is installed and tried as a stranger would
 * (`checkInstalls`). The packages and their declarations must be built.
 */
export function checkPackages(options: { root?: string } = {}): Promise<Outcome> {
  const { root = repository } = options;
  return withPacked(root, async (packed, scratch) => {
    const problems: Problem[] = [];
    let bytes = 0;
    for (const { folder, manifest, tarball: path, files } of packed) {
      const tarball = new Uint8Array(readFileSync(path));
      bytes += tarball.byteLength;
      const found = [
        ...checkFiles(manifest, files),
        ...(await lintPackage(tarball)),
        ...(await checkTypes(tarball)),
        ...checkLoading(root, manifest),
      ];
      problems.push(...found.map((what) => ({ where: folder, what })));
    }
    const installs = checkInstalls(root, packed, scratch);
    return {
      problems: [...problems, ...installs.problems],
      summary: `${packed.length} packages, ${Math.round(bytes / 1024)} KiB packed; ${installs.summary}`,
    };
  });
}

/** The problems of a tarball's list of files: what it lacks, and what it should not hold. */
export function checkFiles({ exports = {}, bin = {} }: Manifest, files: string[]): string[] {
  const targets = Object.values(exports).flatMap((entry) => [
    ...(entry.browser === undefined ? [] : [entry.browser.types, entry.browser.default]),
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
