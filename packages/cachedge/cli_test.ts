import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { info } from '@paratune/blas';
import * as v from 'valibot';
import { cacheEdgeSearchSchema } from './cache_edge_search.ts';

const skip = info().backend === 'x64' ? false : 'there is no machine code here';
const program = fileURLToPath(new URL('./cli.ts', import.meta.url));

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', program, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('--help explains itself', async () => {
  const [all, one] = [await run('--help'), await run('select', '--help')];
  assert.equal(all.code + one.code, 0);
  for (const word of ['run', 'select', 'Exit codes']) assert.ok(all.stdout.includes(word));
  for (const option of ['--n', '--repetitions', '--selections', '--edges', '--json'])
    assert.ok(one.stdout.includes(option));
});

test('run shows a line for each edge, or one JSON value', { skip, timeout: 60_000 }, async () => {
  const args = ['run', '--n', '200', '--repetitions', '2', '--edges', '0,16K,0.125M'];
  const shown = await run(...args);
  assert.equal(shown.code, 0);
  assert.match(shown.stdout, /n = 200\n.*\nL1 only .*\n16 KiB .*\n128 KiB /);
  assert.match(shown.stdout, /chosen/);
  const { stdout, stderr } = await run(...args, '--json');
  assert.equal(stderr, '');
  const { candidates } = v.parse(cacheEdgeSearchSchema, JSON.parse(stdout));
  assert.deepEqual(
    candidates.map(({ cacheEdge }) => cacheEdge),
    [0, 16384, 131072],
  );
});

test('select makes as many searches as it is told', { skip, timeout: 60_000 }, async () => {
  const args = ['select', '--n', '100', '--repetitions', '1', '--selections', '3', '--edges', '0,16K'];
  const { stdout } = await run(...args, '--json');
  assert.equal(v.parse(v.array(cacheEdgeSearchSchema), JSON.parse(stdout)).length, 3);
  assert.match((await run(...args)).stdout, /3 selections\n/);
});

for (const [args, message] of [
  [[], /Usage/],
  [['run', '--n', '0'], /'n' must be .* got 0/],
  [['run', '--n', 'many'], /It must be a number/],
  [['run', '--repetitions', '1.5'], /'repetitions' .* got 1.5/],
  [['select', '--selections', '0'], /'selections' .* got 0/],
  [['run', '--edges', '1G'], /It must be sizes/],
  [['run', '--selections', '3'], /unknown option '--selections'/],
  [['run', 'stray'], /too many arguments/],
  [['walk'], /unknown command 'walk'/],
] as const) {
  test(`bad usage: ${args.join(' ')}`, async () => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  });
}
