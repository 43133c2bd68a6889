import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { measurementSchema } from './measurement.ts';

const skip = process.platform === 'linux' && process.arch === 'x64' ? false : 'only Linux on x86-64 has it';
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
  for (const said of ['raw', 'sync1k', 'tcp', 'stress', 'Exit codes']) assert.ok(stdout.includes(said), said);
  assert.match((await run('raw', '--help')).stdout, /--between <what> +threads, processes/);
});

test('one JSON value for one measurement, an array for several, or a table', { skip, timeout: 60_000 }, async () => {
  const few = ['--iterations', '2e2', '--runs', '2', '--between', 'threads'];
  const one = await run('raw', ...few, '--json');
  assert.equal(one.stderr, '');
  const { benchmark, between, unit, runs, iterations } = v.parse(measurementSchema, JSON.parse(one.stdout));
  assert.deepEqual([benchmark, between, unit, runs, iterations], ['raw', 'threads', 'ns', 2, 200]);
  const both = JSON.parse((await run('sync', ...few, '--implementation', 'all', '--json')).stdout);
  assert.deepEqual(
    v.parse(v.array(measurementSchema), both).map(({ implementation }) => implementation),
    ['x64', 'js'],
  );
  assert.match((await run('sync1k', ...few)).stdout, /^benchmark .*p99.9.*\nsync1k +threads +x64 .*\n$/);
});

test('stress says how many violations there were', { skip, timeout: 60_000 }, async () => {
  const { code, stdout } = await run('stress', '--entries', '1e3');
  assert.deepEqual([code, stdout.slice(0, 52)], [0, '0 violations of mutual exclusion in 2000 entries, be']);
});

for (const [args, message] of [
  [['raw', '--between', 'planets'], /It must be of threads, processes/],
  [['raw', '--iterations', 'many'], /It must be a number/],
  [['raw', '--iterations', '0'], /'iterations' must be .* got 0/],
  [['raw', '--cpus', '0'], /It must be a pair/],
  [['raw', '--timeout', 'soon'], /It must be a duration/],
  [['stress', '--fences', 'some'], /Allowed choices are both/],
  [['nonsense'], /unknown command 'nonsense'/],
  [['raw', 'stray'], /too many arguments/],
] as const) {
  test(`bad usage: ${args.join(' ')}`, { skip }, async () => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  });
}
