import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openStore } from '@paratune/record';

const folder = mkdtempSync(join(tmpdir(), 'paratune-dgemm-'));
after(() => rmSync(folder, { recursive: true }));

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
  for (const option of ['--from', '--runs', '--environment', '--json', 'Exit codes'])
    assert.ok(stdout.includes(option));
});

test('a table has a row for each dimension', { timeout: 60_000 }, async () => {
  const { code, stdout } = await run('--from', '40', '--to', '60', '--step', '10', '--runs', '2');
  assert.equal(code, 0);
  const [head, ...rows] = stdout.trimEnd().split('\n');
  assert.match(head!, /environment +n +runs +Mflops mean/);
  assert.deepEqual(
    rows.map((row) => row.split(/ +/).slice(0, 3)),
    [40, 50, 60].map((n) => ['native', String(n), '2']),
  );
});

test('several drivers at once have a row together', { timeout: 60_000 }, async () => {
  const args = ['--dimensions', '32,64', '--runs', '2', '--concurrent', '2'];
  const { code, stdout, stderr } = await run(...args, '--json');
  assert.equal(code, 0, stderr);
  const { rows } = JSON.parse(stdout);
  assert.equal(rows.length, 2);
  for (const [index, n] of [32, 64].entries()) {
    const { mflops, aggregateMflops, fairness, ...row } = rows[index];
    const expected = { environment: 'native', arrangement: 'together', drivers: 2, n, runs: 2, failed: 0 };
    assert.deepEqual(row, expected);
    assert.ok(Math.abs(aggregateMflops - 2 * mflops.mean) < 1e-6 * aggregateMflops);
    assert.ok(mflops.standardDeviation >= 0 && fairness > 0 && fairness <= 1);
  }
  const counts = await run('--dimensions', '32', '--runs', '1', '--concurrent', '1,3', '--apart');
  assert.match(counts.stdout, /^1 x native +32 +1 +1 .* 1\.000$/m);
  assert.match(counts.stdout, /^3 x native +32 +3 +1 .* 0\.\d{3}$|^3 x native .* 1\.000$/m);
  assert.match((await run('--concurrent', '2,0', '--dimensions', '32')).stderr, /drivers' must be .* got 0/);
  assert.match((await run('--apart')).stderr, /'--apart' needs '--concurrent'/);
  assert.match((await run('--concurrent', '2', '--alpha', '2')).stderr, /goes without '--alpha'/);
});

test('--tlb-model simulates, and says so', { timeout: 60_000 }, async () => {
  const args = ['--dimensions', '64,128', '--tlb-model', 'paper,96+2048'];
  const { code, stdout, stderr } = await run(...args, '--json');
  assert.equal(code, 0, stderr);
  const { rows } = JSON.parse(stdout);
  assert.deepEqual(
    rows.map(({ geometry, n, simulated }: Record<string, unknown>) => [geometry, n, simulated]),
    ['machine', 'paper'].flatMap((geometry) => [64, 128].map((n) => [geometry, n, true])),
  );
  for (const { dataTlbMisses, instructionTlbMisses } of rows) assert.ok(dataTlbMisses > 10 && instructionTlbMisses > 0);
  const table = await run('--dimensions', '64', '--tlb-model');
  assert.match(table.stdout, /^simulated, not counted\nenvironment.*\nnative +paper +64 +\d+/);
  assert.match((await run('--tlb-model', '1x2')).stderr, /It must be 'paper' or entries/);
  assert.match((await run('--tlb-model', '--runs', '2')).stderr, /'--tlb-model' goes without '--runs'/);
});

test('--out keeps records, and what is there is shown without being run again', { timeout: 60_000 }, async () => {
  const out = join(folder, 'store');
  const args = ['--dimensions', '30,20', '--runs', '1', '--out', out, '--json'];
  const first = await run(...args);
  assert.equal(first.code, 0);
  assert.deepEqual(
    JSON.parse(first.stdout).rows.map(({ n }: { n: number }) => n),
    [20, 30],
  );
  const { records } = openStore(out).read();
  assert.equal(records.filter(({ metric }) => metric === 'mflops').length, 2);
  const second = await run(...args);
  assert.deepEqual(JSON.parse(second.stdout), JSON.parse(first.stdout));
  assert.equal(openStore(out).read().records.length, records.length);
});

const file = join(folder, 'file');
writeFileSync(file, '');

for (const [args, message] of [
  [['--runs', '0'], /'series\[0\].runs' must be a whole number of at least 1, got 0/],
  [['--from', '-100'], /'from' .* got -100/],
  [['--from', '1.5'], /'from' .* got 1.5/],
  [['--from', 'NaN'], /It must be a number/],
  [['--from', '200', '--to', '100'], /'from' must not be above 'to'/],
  [['--dimensions', '100,'], /It must be a list/],
  [['--dimensions', '0'], /got 0/],
  [['--alpha', 'Infinity'], /'alpha' must be a finite number, got Infinity/],
  [['--environment', 'windows'], /windows/],
  [['--nonsense'], /unknown option '--nonsense'/],
  [['stray'], /too many arguments/],
  [['--out', file], /is a file, must be a folder/],
] as const) {
  test(`bad usage: ${args.map((arg) => (arg === file ? 'a file' : arg)).join(' ')}`, async () => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  });
}
