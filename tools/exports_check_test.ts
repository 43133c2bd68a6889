import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixture, packageJson } from './_fixture.ts';
import { checkExports, exportsMap } from './exports_check.ts';

const whats = (root: string) => checkExports({ root }).problems.map(({ where, what }) => `${where} ${what}`);

test('a subpath for each public file, none for tests, helpers and programs', (t) => {
  const root = fixture(t, {
    'packages/a/mod.ts': `export * from './one.ts';\nexport { two, type Two } from './two.ts';`,
    'packages/a/one.ts': 'export const one = 1;',
    'packages/a/two.ts': `export { two } from './_two.ts'; export interface Two { two: number }`,
    'packages/a/_two.ts': 'export const two = 2;',
    'packages/a/one_test.ts': '',
    'packages/a/cli.ts': 'export const main = 1;',
    'packages/a/run.ts': `import './one.ts';`,
    'packages/a/package.json': packageJson('@paratune/a', { exports: exportsMap(['one.ts', 'two.ts']) }),
  });
  assert.deepEqual(whats(root), []);
  assert.equal(checkExports({ root }).summary, '2 subpaths');
});

test('an entry lists declarations before code, for both module systems', () => {
  assert.deepEqual(Object.keys(exportsMap(['memory_status.ts'])), ['.', './memory_status']);
  assert.deepEqual(Object.keys(exportsMap([], { hasBrowser: true })['.']!), ['browser', 'import', 'require']);
  assert.deepEqual(exportsMap([])['.'], {
    import: { types: './dist/mod.d.ts', default: './dist/mod.js' },
    require: { types: './dist/mod.d.cts', default: './dist/mod.cjs' },
  });
});

test('what the manifest and the face have wrong is told', (t) => {
  const root = fixture(t, {
    'packages/a/mod.ts': `export { one } from './one.ts';\nexport const local = 1;`,
    'packages/a/one.ts': 'export const one = 1;\nexport type One = 1;',
    'packages/a/two.ts': 'export const one = 2;',
    'packages/a/package.json': packageJson('@paratune/a', {
      exports: { ...exportsMap(['gone.ts', 'one.ts']), './one': {} },
    }),
    'packages/b/package.json': packageJson('@paratune/b', { exports: exportsMap([]) }),
  });
  assert.deepEqual(whats(root), [
    "packages/a/package.json 'exports' lacks ./two; lists ./gone without a public file; has the wrong targets for ./one; pnpm check --write mends it",
    'packages/a/mod.ts:2 holds more than re-exports',
    "packages/a/mod.ts does not re-export 'One' of one.ts",
    "packages/a/two.ts exports 'one', as one.ts does",
    "packages/a/mod.ts exports 'local', which no public file exports",
    'packages/b/mod.ts is missing',
  ]);
});

test('--write puts the manifest right and keeps its other fields in place', (t) => {
  const root = fixture(t, {
    'packages/a/mod.ts': `export { one } from './one.ts';`,
    'packages/a/one.ts': 'export const one = 1;',
    'packages/a/package.json': JSON.stringify({ name: '@paratune/a', exports: {}, dependencies: {} }),
  });
  assert.deepEqual(checkExports({ root, write: true }).problems, []);
  const manifest = JSON.parse(readFileSync(join(root, 'packages/a/package.json'), 'utf8'));
  assert.deepEqual(Object.keys(manifest), ['name', 'exports', 'dependencies']);
  assert.deepEqual(manifest.exports, exportsMap(['one.ts']));
  assert.deepEqual(whats(root), []);
});
