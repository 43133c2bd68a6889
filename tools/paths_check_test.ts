import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixture } from './_fixture.ts';
import { checkPaths, ownPaths } from './paths_check.ts';

const own = join('/home', 'ada', 'notes');

test('ownPaths finds the folders people work in, and those of this machine', () => {
  assert.deepEqual(ownPaths(`a\nread('${own}')`), [{ line: 2, path: own }]);
  assert.deepEqual(ownPaths('see /srv/here/x.ts', ['/srv/here']), [{ line: 1, path: '/srv/here/x.ts' }]);
});

test('ownPaths lets alone what every machine has, names and addresses', () => {
  const text = [
    '/proc/self/status',
    '/tmp/x',
    '/home',
    'https://example.org/home/ada',
    'packages/home/x',
    './work/x',
    '/root',
  ];
  assert.deepEqual(ownPaths(text.join('\n'), ['/']), []);
});

test('checkPaths reads the files under version control', (t) => {
  const root = fixture(t, { 'packages/a/mod.ts': `export const path = '${own}';`, 'untracked.txt': own });
  const git = (...words: string[]) => execFileSync('git', words, { cwd: root, stdio: 'pipe' });
  git('init', '-q');
  git('add', 'packages');
  const { problems, summary } = checkPaths({ root });
  assert.deepEqual(problems, [{ where: 'packages/a/mod.ts:1', what: `names a path of one machine: ${own}` }]);
  assert.equal(summary, '2 files');
});
