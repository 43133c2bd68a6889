import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { execPath } from 'node:process';
import { test } from 'node:test';
import { fixture } from './_fixture.ts';
import { repository } from './_workspace.ts';
import { runnerArguments, testFiles } from './test.ts';

test('testFiles finds the tests of packages, benchmarks and tools, and nothing installed or built', (t) => {
  const root = fixture(t, {
    'packages/a/mod.ts': '',
    'packages/a/one_test.ts': '',
    'packages/a/dist/built_test.ts': '',
    'packages/a/node_modules/b/two_test.ts': '',
    'packages/ab/deep/three_test.ts': '',
    'benchmarks/four_test.ts': '',
    'tools/five_test.ts': '',
    'other/six_test.ts': '',
  });
  assert.deepEqual(testFiles(root), [
    'packages/a/one_test.ts',
    'packages/ab/deep/three_test.ts',
    'benchmarks/four_test.ts',
    'tools/five_test.ts',
  ]);
  assert.deepEqual(testFiles(root, ['packages/a', 'tools/five_test.ts']), [
    'packages/a/one_test.ts',
    'tools/five_test.ts',
  ]);
  assert.deepEqual(testFiles(root, ['packages/a/mod.ts']), []);
});

test('the runner takes the files after its own options', () => {
  assert.deepEqual(runnerArguments(['a_test.ts'], ['--test-name-pattern=x']).slice(-2), [
    '--test-name-pattern=x',
    'a_test.ts',
  ]);
});

test('the command fails when there is nothing to test', async () => {
  const { code, stderr } = await run(['packages/no-such-package']);
  assert.equal(code, 1);
  assert.match(stderr, /no test file .* in packages\/no-such-package/);
});

function run(words: string[]): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    execFile(execPath, ['--import', 'tsx', 'tools/test.ts', ...words], { cwd: repository }, (error, _, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stderr }),
    );
  });
}
