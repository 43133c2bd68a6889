import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openStore } from '@paratune/record';
import { runCommand } from './_command.ts';
import { paperLike } from './_fixture.ts';
import { findChromium } from './find_chromium.ts';

/** Runs the command in this process. */
async function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  const status = await runCommand(args, {
    print: (text) => {
      said.stdout += `${text}\n`;
    },
    complain: (text) => {
      said.stderr += `${text}\n`;
    },
  });
  return { status, ...said };
}

test('the program is the command', () => {
  const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', cli, '--help'], { encoding: 'utf8' });
  assert.equal(status, 0);
  assert.match(stdout, /claims .*results.*\n[\s\S]*compare/);
});

test('a store becomes a report; the last line says where', async (t) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'paratune-cli-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const results = join(folder, 'results', 'records');
  const { records, identities } = paperLike({ dimensions: [500, 1500, 2500, 3500], runs: 1 });
  const store = openStore(results);
  for (const identity of identities) store.addIdentity(identity);
  store.append(records);
  store.close();

  const plain = await run(join(folder, 'results'));
  assert.deepEqual([plain.status, plain.stderr], [0, '']);
  assert.match(
    plain.stdout,
    /^figure-08 {2}native-256 {2}\d\d,\d\d\d Mflops on the plateau; it falls from n = 3500 on/m,
  );
  assert.match(plain.stdout.trim().split('\n').at(-1)!, /^140 records; report: .*results\/report\/report\.html$/);

  const claims = JSON.parse((await run('claims', results, '--json')).stdout);
  assert.equal(claims.length, 18);
  assert.deepEqual([claims[8].id, claims[8].verdict], ['claim-09', 'holds']);
  assert.match((await run('claims', results)).stdout, /^ 9 {2}holds {12}The driver’s rate is flat/m);

  const same = await run('compare', results, `again=${results}`, '--fail-on-regression', '5%');
  assert.deepEqual([same.status, same.stderr], [0, '']);
  assert.match(same.stdout, /again against records: 0 better, 0 worse by more than 5 %/);

  const out = join(folder, 'elsewhere');
  const json = JSON.parse((await run(results, '--out', out, '--json')).stdout);
  assert.equal(json.page, join(out, 'report.html'));
  assert.equal(json.findings.length, 25);
  assert.ok(fs.existsSync(json.page));

  fs.appendFileSync(join(results, fs.readdirSync(results).find((file) => file.endsWith('.ndjson'))!), '{"records":[');
  assert.match((await run(results, '--out', out)).stdout, /^dropped: .*\.ndjson:\d+ was cut short$/m);
});

test('compare fails on a regression when it is asked to, and tells it from trouble', async (t) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'paratune-cli-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const { records, identities } = paperLike({ environments: ['native'], dimensions: [500, 1500, 2500], runs: 3 });
  for (const [name, factor] of [
    ['old', 1],
    ['new', 0.9],
  ] as const) {
    using store = openStore(join(folder, name));
    for (const identity of identities) store.addIdentity(identity);
    store.append(
      records.map((record) =>
        'value' in record && record.metric === 'mflops' ? { ...record, value: factor * record.value } : record,
      ),
    );
  }
  const [old, slower] = ['old', 'new'].map((name) => join(folder, name)) as [string, string];
  const failed = await run('compare', old, slower, '--fail-on-regression', '5%', '--json');
  assert.equal(failed.status, 1, failed.stderr);
  const { regressions, base } = JSON.parse(failed.stdout);
  assert.equal(base, 'old');
  assert.ok(
    regressions.every(({ metric, ratio }: { metric: string; ratio: number }) => metric === 'mflops' && ratio < 0.95),
  );
  assert.equal((await run('compare', old, slower)).status, 0);
  assert.equal((await run('compare', slower, old, '--fail-on-regression', '0.05')).status, 0);
  const missing = await run('compare', old, join(folder, 'missing'), '--fail-on-regression', '5%');
  assert.deepEqual([missing.status, missing.stdout], [2, '']);
  assert.match(missing.stderr, /^paratune-report: .*missing: no such folder\n$/);
});

test('pdf prints the report, or says what is missing for it', async (t) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'paratune-cli-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  fs.mkdirSync(join(folder, 'records'));
  const pdf = join(folder, 'report', 'report.pdf');
  const given = process.env['PARATUNE_CHROMIUM'];
  process.env['PARATUNE_CHROMIUM'] = join(folder, 'missing');
  const without = await run('pdf', folder);
  if (given === undefined) delete process.env['PARATUNE_CHROMIUM'];
  else process.env['PARATUNE_CHROMIUM'] = given;
  assert.equal(without.status, 1);
  assert.match(
    without.stderr,
    /report\.pdf: cannot be printed: no Chromium was found; install it \(apt-get install chromium\)/,
  );
  assert.ok(fs.existsSync(join(folder, 'report', 'report.html')) && !fs.existsSync(pdf));
  await t.test(
    'with Chromium',
    { skip: findChromium() === undefined && 'needs Chromium: apt-get install chromium' },
    async () => {
      assert.deepEqual(await run('pdf', folder), { status: 0, stdout: `${pdf}\n`, stderr: '' });
      assert.match(fs.readFileSync(pdf, 'latin1'), /^%PDF-/);
      assert.deepEqual(
        fs.readdirSync(join(folder, 'report')).filter((name) => name.startsWith('.')),
        [],
      );
    },
  );
});

test('exit codes: 0 help, 1 failure, 2 bad usage', async (t) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'paratune-cli-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'file');
  fs.writeFileSync(file, '');
  assert.equal((await run('--help')).status, 0);
  for (const args of [
    [],
    [folder, '--what'],
    [folder, '--out'],
    ['compare', folder],
    ['compare', 'a', 'b', '--fail-on-regression', 'much'],
  ])
    assert.equal((await run(...args)).status, 2, args.join(' '));
  const missing = await run(join(folder, 'missing'));
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /^paratune-report: .*missing: no such folder\n$/);
  assert.equal((await run(file, '--out', join(folder, 'out'))).status, 1);
  assert.equal((await run(folder, '--out', file)).status, 1);
});
