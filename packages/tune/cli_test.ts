import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defaultTuning, info, readTuning, saveTuning, tuningPath } from '@paratune/blas';
import { openStore } from '@paratune/record';
import * as v from 'valibot';
import { candidateOf } from './tune_records.ts';
import { tuneResultSchema } from './tune_result.ts';

const skip = info().backend === 'x64' ? false : 'there is no machine code here';
const program = fileURLToPath(new URL('./cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'paratune-tune-cli-'));
after(() => rmSync(folder, { recursive: true }));

const { PARATUNE_TUNING: _, ...inherited } = process.env;
const cache = join(folder, 'cache');
const environment = { ...inherited, XDG_CACHE_HOME: cache };
const command = ['--import', 'tsx', program];

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...command, ...args], { env: environment }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** What a program uses that knows nothing of tuning. */
function infoOfProgram(): ReturnType<typeof info> {
  const blas = new URL('../blas/mod.ts', import.meta.url).href;
  const code = `import { info } from '${blas}'; console.log(JSON.stringify(info()));`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', code];
  return JSON.parse(execFileSync(process.execPath, args, { env: environment, encoding: 'utf8' }));
}

test('--help explains itself', async () => {
  const [all, one] = [await run('--help'), await run('run', '--help')];
  assert.equal(all.code + one.code, 0);
  for (const word of ['run', 'measure', 'diff', 'Exit codes']) assert.ok(all.stdout.includes(word));
  for (const option of ['--budget', '--only', '--isa', '--out', '--json', '--no-save', '--environment'])
    assert.ok(one.stdout.includes(option));
});

for (const [args, message] of [
  [['run', '--budget', 'long'], /It must be a time such as 60s/],
  [['run', '--budget', '0'], /'budgetSeconds' must be more than 0/],
  [['run', '--only', 'dgemm,dtrsm'], /It must be some of dgemm/],
  [['run', '--machine', '/no/such/file'], /'--machine' must be a file of paratune-probe --json/],
  [['measure', '--n', '0'], /'n' must be whole numbers/],
] as const) {
  test(`bad usage: ${args.join(' ')}`, { skip }, async () => {
    const { code, stdout, stderr } = await run(...args);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  });
}

describe('paratune-tune', { skip }, () => {
  test('saves what it found, which programs pick up; other routines stay as they were tuned', async () => {
    const { isa, caches, dgemm } = defaultTuning();
    const path = infoAfter(await run('run', '--budget', '1', '--only', 'dger', '--json'));
    const used = infoOfProgram();
    assert.ok(used.tuning.from === 'file' && used.tuning.path === path);
    // As if dgemm had been tuned before.
    const before = readTuning(path);
    saveTuning({ ...before, dgemm: { ...dgemm, kc: 200 } }, path);
    const again = await run('run', '--budget', '1s', '--only', 'sger');
    assert.match(again.stdout, /^routine +tried/);
    const tuning = readTuning(path);
    assert.deepEqual([tuning.isa, tuning.caches, tuning.dgemm.kc, tuning.dger], [isa, caches, 200, before.dger]);
  });

  function infoAfter({ code, stdout, stderr }: Awaited<ReturnType<typeof run>>): string {
    assert.equal(code, 0, stderr);
    const { tuning, candidates } = v.parse(tuneResultSchema, JSON.parse(stdout));
    assert.ok(candidates.length >= 3);
    assert.match(stderr, /dger, private: .* Gflops/);
    const path = /saved as (\/.*\.json)/.exec(stderr)?.[1];
    assert.deepEqual(readTuning(path!).dger, tuning.dger);
    return path!;
  }

  test('a search that was killed goes on, and its log has every candidate once', async () => {
    const out = join(folder, 'log');
    const args = [...command, 'run', '--budget', '30s', '--only', 'dgemm', '--isa', 'sse2', '--out', out, '--no-save'];
    const records = () => openStore(out).read().records;
    const child = spawn(process.execPath, args, { env: environment, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    while (records().length < 4 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGKILL');
    await ended;
    const before = records();
    assert.ok(before.length >= 4 && before.every(({ metric }) => metric === 'candidateMflops'));

    const { stderr, code } = await run(
      'run',
      '--budget',
      '2s',
      '--only',
      'dgemm',
      '--isa',
      'sse2',
      '--out',
      out,
      '--no-save',
    );
    assert.equal(code, 0);
    assert.match(stderr, new RegExp(`goes on with a search that was broken off after ${before.length} candidates`));
    const all = records();
    assert.deepEqual(all.slice(0, before.length), before);
    assert.deepEqual([...new Set(all.map((record) => record.run))], [0]);
    const tried = all
      .flatMap((record) => candidateOf(record) ?? [])
      .map(({ parameters }) => JSON.stringify(parameters));
    assert.equal(new Set(tried).size, tried.length);
    assert.ok(all.some(({ metric }) => metric === 'seconds'));

    const { stdout } = await run('diff', out, out);
    assert.match(stdout, /\b(\d+) of \1 parameters were chosen in both/);
  });

  test('a tuning that cannot be used is told, and replaced', async () => {
    const path = saveTuning(
      defaultTuning(),
      join(cache, 'paratune', 'tunings', basename(tuningPath(defaultTuning().isa))),
    );
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 300));
    const used = infoOfProgram();
    assert.ok(used.tuning.from === 'defaults' && used.tuning.refused!.includes('is not whole'));
    const { stderr } = await run('run', '--budget', '1', '--only', 'dger', '--json');
    assert.match(stderr, /is replaced: .* is not whole/);
    assert.equal(infoOfProgram().tuning.from, 'file');
  });

  test('logs that share no finished tuning cannot be compared', async () => {
    const { code, stderr } = await run('diff', join(folder, 'none'), join(folder, 'none'));
    assert.equal(code, 1);
    assert.match(stderr, /none: has no finished tuning/);
  });

  test('measure tells the rates of every routine', async () => {
    const { stdout } = await run('measure', '--n', '30,40', '--repetitions', '2', '--json');
    const { rates } = JSON.parse(stdout);
    assert.equal(rates.length, 14 * 2 * 2);
  });
});
