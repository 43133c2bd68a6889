import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Record as Observation, openStore } from '@paratune/record';
import { comparePeers, peerCaseKey } from '@paratune/report';
import { startScript } from './_start_script.ts';

const scratch = mkdtempSync(join(tmpdir(), 'paratune-peers-'));
after(() => rmSync(scratch, { recursive: true }));

const script = fileURLToPath(new URL('./peers.ts', import.meta.url));

const peers = (folder: string, ...args: string[]) => startScript(script, '--profile', 'tiny', '--out', folder, ...args);

function observations(folder: string): Observation[] {
  return openStore(join(folder, 'records'))
    .read()
    .records.filter(({ factors, status }) => 'role' in factors && status === 'measured');
}

test('every suite: each case by ours and by all who are here, with its tables and figures', {
  timeout: 300_000,
}, async () => {
  const folder = join(scratch, 'whole');
  const { code, stdout, stderr } = await peers(folder).ended;
  assert.equal(code, 0, stderr);
  const comparisons = comparePeers(observations(folder));
  assert.deepEqual([...new Set(comparisons.map(({ suite }) => suite))].sort(), [
    'call',
    'gemm',
    'layouts',
    'rectangular',
    'small',
    'vectors',
  ]);
  for (const { series, suite } of comparisons) {
    assert.equal(series[0]?.role, 'own');
    assert.ok(series.every(({ rounds, median }) => rounds === 2 && median > 0));
    if (suite === 'small') assert.ok(series.some(({ role }) => role === 'package'));
  }
  assert.match(stdout, /\| n x n: ratio to NN|\| n x n, NT, TN, TT/);
  assert.match(stdout, /\| a call with all checks, of an empty product, greatest of 1 +\| < 1000 ns +\| /);
  const written = readdirSync(join(folder, 'report'));
  for (const file of ['peers.md', 'records.csv', 'peers-gemm.svg', 'peers-gemm.png', 'peers-vectors.svg']) {
    assert.ok(written.includes(file), file);
  }
  assert.ok(readFileSync(join(folder, 'report', 'peers.md'), 'utf8').includes(stdout.split('\n\n')[1]!));

  // All is there: nothing is measured again, and the same is said.
  const again = await peers(folder, '--json').ended;
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /all observations are there/);
  const { comparisons: told } = JSON.parse(again.stdout) as { comparisons: unknown[] };
  assert.equal(told.length, comparisons.length);
});

test('killed in the middle and started again, it makes each case once', { timeout: 300_000 }, async () => {
  const folder = join(scratch, 'killed');
  const first = peers(folder, '--only', 'rectangular,gemm', '--precisions', 'double', '--threads', '1');
  while (!existsSync(folder) || observations(folder).length === 0) await sleep(10);
  first.child.kill('SIGKILL');
  await first.ended;
  const { code, stderr } = await peers(folder, '--only', 'rectangular,gemm', '--precisions', 'double', '--threads', '1')
    .ended;
  assert.equal(code, 0, stderr);
  const own = observations(folder).filter(({ factors }) => factors['role'] === 'own');
  assert.equal(own.length, 2 * (8 + 2));
  assert.equal(new Set(own.map(({ factors, repetition }) => `${peerCaseKey(factors)} ${repetition}`)).size, own.length);
});

test('a library that is none is told of, and the others are measured without it', { timeout: 120_000 }, async () => {
  const report = process.report.getReport() as unknown as { sharedObjects: string[] };
  const noBlas = report.sharedObjects.find((file) => /libc[.-]/.test(file))!;
  const folder = join(scratch, 'none');
  const { code, stdout, stderr } = await peers(folder, '--only', 'call', '--openblas', noBlas).ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /without OpenBLAS: the measuring process ended with exit code 1/);
  assert.match(stdout, /of an empty product/);
});

test('the suites are listed with what they set beside what', { timeout: 60_000 }, async () => {
  const folder = join(scratch, 'listed');
  const { code, stdout } = await peers(folder, '--list').ended;
  assert.equal(code, 0);
  assert.deepEqual(stdout.match(/^\w+/gm), ['gemm', 'layouts', 'small', 'call', 'rectangular', 'vectors']);
  assert.ok(!existsSync(folder));
});

test('bad usage is told, and nothing is made', { timeout: 60_000 }, async () => {
  const folder = join(scratch, 'never');
  const { code, stderr } = await peers(folder, '--only', 'gemm,speed').ended;
  assert.equal(code, 2);
  assert.match(stderr, /'speed' is none of gemm, layouts/);
  assert.ok(!existsSync(folder));
});
