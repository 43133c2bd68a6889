import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { generated } from './generate.ts';

const source = (name: string) => fileURLToPath(new URL(`./src/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'paratune-c-package-'));
after(() => rmSync(folder, { recursive: true }));

const skip = spawnSync('gcc', ['--version']).status === 0 ? false : 'needs gcc (apt-get install gcc)';

test('what the package ships is what is generated now', () => {
  for (const [name, text] of Object.entries(generated())) {
    assert.ok(readFileSync(source(name), 'utf8') === text, `src/${name} is not current: run generate.ts`);
  }
});

/** The first row of the chain's power, in three loops. */
function power(n: number, squarings: number): number[] {
  let chain = Array.from({ length: n }, (_, i) => {
    const row = Array.from({ length: n }, (_, j) => ((7 * i + 13 * j) % 17) + 1);
    const sum = row.reduce((all, each) => all + each);
    return row.map((each) => each / sum);
  });
  for (let step = 0; step < squarings; step++) {
    const from = chain;
    chain = from.map((row) => row.map((_, j) => row.reduce((sum, each, p) => sum + each * from[p]![j]!, 0)));
  }
  return chain[0]!;
}

test('it compiles without a warning, computes right, and refuses what it cannot', { skip }, () => {
  const program = join(folder, 'markov');
  const strict = ['-std=c11', '-O2', '-Wall', '-Wextra', '-pedantic', '-Werror'];
  const compiled = spawnSync('gcc', [...strict, '-o', program, source('markov.c'), source('dgemm_kernel.c')]);
  assert.equal(String(compiled.stderr), '');
  assert.equal(compiled.status, 0);
  for (const [n, squarings] of [
    [1, 3],
    [7, 0],
    [50, 2],
    [131, 1],
  ] as const) {
    const { stdout, status } = spawnSync(program, [String(n), String(squarings)], { encoding: 'utf8' });
    assert.equal(status, 0);
    const got = stdout.trimEnd().split('\n').map(Number);
    const expected = power(n, squarings);
    assert.equal(got.length, n);
    for (const [j, each] of got.entries()) assert.ok(Math.abs(each - expected[j]!) < 1e-14, `${n}, ${squarings}: ${j}`);
  }
  for (const usage of [[], ['0', '1'], ['5', '61']]) assert.equal(spawnSync(program, usage).status, 2);
});
