import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openStore } from '@paratune/record';
import { paperLike } from './_fixture.ts';

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', cli, ...args], { encoding: 'utf8', timeout: 60_000 });

test('a store becomes a report; the last line says where', (t) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'paratune-cli-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const results = join(folder, 'results', 'records');
  const { records, identities } = paperLike({ dimensions: [500, 1500, 2500, 3500], runs: 1 });
  const store = openStore(results);
  for (const identity of identities) store.addIdentity(identity);
  store.append(records);
  store.close();

  const plain = run(join(folder, 'results'));
  assert.deepEqual([plain.status, plain.stderr], [0, '']);
  assert.match(
    plain.stdout,
    /^figure-08 {2}native-256 {2}\d\d,\d\d\d Mflops on the plateau; it falls from n = 3500 on/m,
  );
  assert.match(plain.stdout.trim().split('\n').at(-1)!, /^140 records; report: .*results\/report\/report\.html$/);

  const out = join(folder, 'elsewhere');
  const json = JSON.parse(run(results, '--out', out, '--json').stdout);
  assert.equal(json.page, join(out, 'report.html'));
  assert.equal(json.findings.length, 25);
  assert.ok(fs.existsSync(json.page));

  fs.appendFileSync(join(results, fs.readdirSync(results).find((file) => file.endsWith('.ndjson'))!), '{"records":[');
  assert.match(run(results, '--out', out).stdout, /^dropped: .*\.ndjson:\d+ was cut short$/m);
});

test('exit codes: 0 help, 1 failure, 2 bad usage', (t) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'paratune-cli-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'file');
  fs.writeFileSync(file, '');
  assert.equal(run('--help').status, 0);
  for (const args of [[], ['a', 'b'], [folder, '--what'], [folder, '--out']])
    assert.equal(run(...args).status, 2, args.join(' '));
  const missing = run(join(folder, 'missing'));
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /^paratune-report: .*missing: no such folder\n$/);
  assert.equal(run(file, '--out', join(folder, 'out')).status, 1);
  assert.equal(run(folder, '--out', file).status, 1);
});
