import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import ts from 'typescript';
import { exportsOf, packagesProgram } from './_program.ts';
import { type Outcome, runAsScript } from './_script.ts';
import {
  type ExportEntry,
  type Manifest,
  type Problem,
  publicFiles,
  readJson,
  readPackages,
  repository,
} from './_workspace.ts';

/**
 * The `exports` of a package whose public files these are: its face, for browsers too where it has one for them, then a subpath for each
 * file, in both module systems.
 */
export function exportsMap(files: string[], { hasBrowser = false } = {}): Record<string, ExportEntry> {
  const entry = (name: string): ExportEntry => ({
    import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
    require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
  });
  const names = files.map((file) => file.replace(/\.ts$/, ''));
  const browser = { types: './dist/mod.d.ts', default: './dist/browser.js' };
  const face = { ...(hasBrowser ? { browser } : {}), ...entry('mod') };
  return Object.fromEntries([['.', face], ...names.map((name) => [`./${name}`, entry(name)])]);
}

/**
 * Checks that a package's `exports` lists its face and its public files, and that `mod.ts` only re-exports, all that
 * those files export and nothing else. With `write` the `exports` are put right.
 */
export function checkExports(options: { root?: string; write?: boolean; program?: ts.Program } = {}): Outcome {
  const { root = repository, write = false, program = packagesProgram(root) } = options;
  const problems: Problem[] = [];
  let subpaths = 0;
  for (const { folder } of readPackages(root)) {
    const manifestPath = `${folder}/package.json`;
    const files = publicFiles(root, folder);
    const expected = exportsMap(files, { hasBrowser: existsSync(join(root, folder, '_browser.ts')) });
    subpaths += files.length;
    const manifest = readJson<Manifest>(join(root, manifestPath));
    if (JSON.stringify(manifest.exports) !== JSON.stringify(expected)) {
      if (write) {
        writeFileSync(join(root, manifestPath), `${JSON.stringify({ ...manifest, exports: expected }, null, 2)}\n`);
      } else {
        problems.push({
          where: manifestPath,
          what: `${differences(manifest.exports ?? {}, expected)}; pnpm check --write mends it`,
        });
      }
    }
    problems.push(...checkFace(program, root, folder, files));
  }
  return { problems, summary: `${subpaths} subpaths` };
}

function differences(actual: Record<string, unknown>, expected: Record<string, unknown>): string {
  const missing = Object.keys(expected).filter((key) => !(key in actual));
  const surplus = Object.keys(actual).filter((key) => !(key in expected));
  const wrong = Object.keys(expected).filter((key) => key in actual && !isDeepStrictEqual(actual[key], expected[key]));
  const parts = [
    missing.length > 0 && `lacks ${missing.join(', ')}`,
    surplus.length > 0 && `lists ${surplus.join(', ')} without a public file`,
    wrong.length > 0 && `has the wrong targets for ${wrong.join(', ')}`,
  ].filter(Boolean);
  return `'exports' ${parts.join('; ') || 'is not in order of name'}`;
}

function checkFace(program: ts.Program, root: string, folder: string, files: string[]): Problem[] {
  const where = `${folder}/mod.ts`;
  const path = join(root, where);
  if (!existsSync(path)) return [{ where, what: 'is missing' }];
  const problems: Problem[] = [];
  for (const statement of ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
    .statements) {
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier) continue;
    const line = statement.getSourceFile().getLineAndCharacterOfPosition(statement.getStart()).line + 1;
    problems.push({ where: `${where}:${line}`, what: 'holds more than re-exports' });
  }
  const face = exportsOf(program, path);
  const offered = new Map<string, string>();
  for (const file of files) {
    for (const name of exportsOf(program, join(root, folder, file)).keys()) {
      const other = offered.get(name);
      if (other) problems.push({ where: `${folder}/${file}`, what: `exports '${name}', as ${other} does` });
      offered.set(name, file);
      if (!face.has(name)) problems.push({ where, what: `does not re-export '${name}' of ${file}` });
    }
  }
  for (const name of face.keys()) {
    if (!offered.has(name)) problems.push({ where, what: `exports '${name}', which no public file exports` });
  }
  return problems;
}

await runAsScript(import.meta.url, 'exports', checkExports);
