import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { repository } from './_workspace.ts';
import { exportsMap } from './exports_check.ts';

/** Writes a small repository for one test: its files by path, with packages' manifests made from their sources when not given. */
export function fixture(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'paratune-tools-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('package.json', '{ "name": "fixture", "type": "module" }');
  write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: {
        target: 'ES2022',
        module: 'ESNext',
        moduleResolution: 'Bundler',
        strict: true,
        noEmit: true,
        allowImportingTsExtensions: true,
        types: ['node'],
        paths: { '@paratune/*': ['./packages/*/mod.ts'] },
      },
    }),
  );
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  const packages = new Set(Object.keys(files).flatMap((path) => /^packages\/[^/]+/.exec(path)?.[0] ?? []));
  for (const folder of packages) {
    const entries = Object.keys(files)
      .filter((path) => dirname(path) === folder && path.endsWith('.ts'))
      .map((path) => path.slice(folder.length + 1))
      .filter((file) => !/^(_|mod\.ts$|cli\.ts$)|_test\.ts$/.test(file));
    write(
      `${folder}/package.json`,
      packageJson(folder.replace('packages', '@paratune'), { exports: exportsMap(entries.sort()) }),
    );
  }
  for (const [path, text] of Object.entries(files)) write(path, text);
  return root;
}

/** The text of a manifest. */
export function packageJson(name: string, fields: object = {}): string {
  return JSON.stringify({ name, version: '0.0.0', ...fields });
}
