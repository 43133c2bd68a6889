import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { info } from '@paratune/blas';
import * as v from 'valibot';
import { kernelComparisonSchema } from './kernel_comparison.ts';

const skip = info().backend === 'x64' ? false : 'machine code cannot run here';
const program = fileURLToPath(new URL('./cli.ts', import.meta.url));

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', program, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('--help explains itself', async () => {
  const { code, stdout } = await run('--help');
  assert.equal(code, 0);
  for (const option of ['--n', '--repetitions', '--isas', '--json', 'Exit codes']) assert.ok(stdout.includes(option));
});

test('it prints a table, or one JSON value', { skip, timeout: 60_000 }, async () => {
  const args = ['--n', '48', '--repetitions', '1', '--isas', 'sse2'];
  assert.match((await run(...args)).stdout, /n = 48\nprecision.*\n.*generated scalar/);
  const { stdout, stderr } = await run(...args, '--json');
  assert.equal(stderr, '');
  assert.equal(v.parse(kernelComparisonSchema, JSON.parse(stdout)).kernels.length, 6);
});

for (const [args, message] of [
  [['--n', 'many'], /It must be a number/],
  [['--n', '-1'], /'n' must be .* got -1/],
  [['--isas', 'mmx'], /'isas' .* got 'mmx'/],
  [['--nonsense'], /unknown option '--nonsense'/],
  [['stray'], /too many arguments/],
] as const) {
  test(`bad usage: ${args.join(' ')}`, { skip }, async () => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  });
}
