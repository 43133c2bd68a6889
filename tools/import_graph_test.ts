import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixture, packageJson } from './_fixture.ts';
import { checkImports, findCircle, formatGraph, house, importsOf, packageOf, readImportGraph } from './import_graph.ts';

const layers = { native: [], blas: ['native'] };

test('importsOf reads every way to name a module', () => {
  const source = `
    import 'a';
    import b, { type B } from 'b';
    import type { C } from 'c';
    export * from 'd';
    export type { E } from 'e';
    type F = import('f').F;
    const g = await import('g');
    const h = require('h');
    const i = require.resolve(\`i/\${file}.ttf\`);
    const j = import.meta.resolve('j');
    const k = createRequire(import.meta.url)('k');
    export const notAnImport = "import 'l'"; // import 'm'
    await import(someName);
  `;
  const found = importsOf(source);
  assert.deepEqual(
    found.map(({ specifier }) => specifier),
    [...'abcdefgh', 'i/', 'j', 'k'],
  );
  assert.deepEqual(found[2], { specifier: 'c', line: 4, typeOnly: true });
  assert.deepEqual(
    found.filter(({ typeOnly }) => typeOnly).map(({ specifier }) => specifier),
    ['c', 'e', 'f'],
  );
  assert.equal(importsOf(`import { type A, type B } from 'a';`)[0]?.typeOnly, true);
  assert.equal(importsOf(`import a, { type B } from 'a';`)[0]?.typeOnly, false);
});

test('packageOf drops the subpath', () => {
  assert.equal(packageOf('koffi/indirect'), 'koffi');
  assert.equal(packageOf('@paratune/native/allocate'), '@paratune/native');
});

test('findCircle returns a circle with its start repeated', () => {
  const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges));
  assert.equal(findCircle(graph({ a: ['b', 'c'], b: ['c'], c: [] })), undefined);
  assert.deepEqual(findCircle(graph({ a: ['b'], b: ['c'], c: ['b'] })), ['b', 'c', 'b']);
  assert.deepEqual(findCircle(graph({ a: ['a'] })), ['a', 'a']);
});

test('a house in order has no problems', (t) => {
  const root = fixture(t, {
    'packages/native/mod.ts': `export { one } from './one.ts';`,
    'packages/native/one.ts': `import { readFileSync } from 'node:fs'; export const one = readFileSync;`,
    'packages/blas/package.json': packageJson('@paratune/blas', { dependencies: { '@paratune/native': '*' } }),
    'packages/blas/mod.ts': `import { one } from '@paratune/native'; export const two = one;`,
    'packages/blas/mod_test.ts': `import fc from 'fast-check'; import '@paratune/blas'; import './_helper.ts';`,
    'packages/blas/_helper.ts': `import 'tsx';`,
  });
  const { graph, problems } = readImportGraph(root, layers);
  assert.deepEqual(problems, []);
  assert.equal(formatGraph(graph), '0  native\n1  blas    -> native');
});

test('a circle of packages is told, and can be drawn', (t) => {
  const root = fixture(t, {
    'packages/native/package.json': packageJson('@paratune/native', { dependencies: { '@paratune/blas': '*' } }),
    'packages/native/mod.ts': `import type { A } from '@paratune/blas';`,
    'packages/blas/package.json': packageJson('@paratune/blas', { dependencies: { '@paratune/native': '*' } }),
    'packages/blas/mod.ts': `import type { B } from '@paratune/native';`,
  });
  const { graph, problems } = readImportGraph(root, { native: ['blas'], blas: ['native'] });
  assert.ok(problems.some(({ what }) => what === 'imports itself: blas -> native -> blas'));
  assert.equal(formatGraph(graph).split('\n').length, 2);
});

test('each rule of the house is held', (t) => {
  const root = fixture(t, {
    'packages/native/package.json': packageJson('@paratune/native', { dependencies: { idle: '*' } }),
    'packages/native/mod.ts': `import '@paratune/blas';\nimport '../blas/mod.ts';\nimport 'fs';\nimport 'undeclared';`,
    'packages/blas/mod.ts': `import './a.ts';`,
    'packages/blas/a.ts': `import { B } from './b.ts'; import type { T } from './t.ts';`,
    'packages/blas/t.ts': `import './a.ts';`,
    'packages/blas/b.ts': `import './a.ts';`,
    'packages/blas/b_test.ts': `import '@paratune/native/_private';`,
    'packages/extra/mod.ts': '',
  });
  const { problems } = readImportGraph(root, { ...layers, blas: ['native', 'later'], later: [] });
  assert.deepEqual(problems.map(({ where, what }) => `${where} ${what}`).sort(), [
    'packages/blas/a.ts imports itself: packages/blas/a.ts -> packages/blas/b.ts -> packages/blas/a.ts',
    "packages/blas/b_test.ts:1 '@paratune/native/_private' is private to @paratune/native",
    'packages/extra has no row in the house of tools/import_graph.ts',
    'packages/native/mod.ts:1 native must not import blas: the house has no such edge',
    "packages/native/mod.ts:2 '../blas/mod.ts' leaves packages/native; import the package by its name",
    "packages/native/mod.ts:3 'fs' must be 'node:fs'",
    "packages/native/package.json declares 'idle', which no source imports",
    "packages/native/package.json does not declare '@paratune/blas', which packages/native imports",
    "packages/native/package.json does not declare 'undeclared', which packages/native imports",
    'tools/import_graph.ts the house lets blas import later, which is not below it',
  ]);
});

test('the page follows the graph', (t) => {
  const page = (graph: string) =>
    `# A\n<!-- import graph: pnpm check --write brings it up to date -->${graph}<!-- end of the import graph -->\nB\n`;
  const root = fixture(t, { 'packages/native/mod.ts': 'export {};', 'ARCHITECTURE.md': page('old') });
  assert.match(checkImports({ root }).problems[0]!.what, /old import graph/);
  checkImports({ root, write: true });
  assert.equal(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'), page('\n```text\n0  native\n```\n'));
  assert.deepEqual(checkImports({ root }).problems, []);
  writeFileSync(join(root, 'ARCHITECTURE.md'), 'no place');
  assert.match(checkImports({ root }).problems[0]!.what, /has no place/);
});

test('the house of this repository has no circles', () => {
  assert.equal(findCircle(new Map(Object.entries(house))), undefined);
});
