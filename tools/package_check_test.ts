import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportsMap } from './exports_check.ts';
import { checkFiles } from './package_check.ts';

test('a tarball holds what exports and bin name, the three pages, and chunks', () => {
  const manifest = { name: '@paratune/a', version: '0.0.0', exports: exportsMap([]), bin: { a: './bin/a.js' } };
  const files = ['LICENSE', 'README.md', 'package.json', 'bin/a.js', 'dist/chunk-AB12.js', 'dist/cli.js'];
  const dist = ['dist/mod.js', 'dist/mod.cjs', 'dist/mod.d.ts', 'dist/mod.d.cts'];
  assert.deepEqual(checkFiles(manifest, [...files, ...dist]), []);
  assert.deepEqual(checkFiles(manifest, [...files.slice(1), ...dist.slice(1), 'mod.ts', 'dist/x_test.js.map']), [
    'the tarball lacks LICENSE',
    'the tarball lacks dist/mod.js',
    'the tarball holds mod.ts, which is no part of the package',
    'the tarball holds dist/x_test.js.map, which is no part of the package',
  ]);
});
