import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Record as Observation, observationKey, openStore } from '@paratune/record';
import { findChromium } from '@paratune/report';
import { chromium } from 'playwright-core';
import { type StartedScript, startScript } from './_start_script.ts';

const scratch = mkdtempSync(join(tmpdir(), 'paratune-bench-'));
after(() => rmSync(scratch, { recursive: true }));

const script = fileURLToPath(new URL('./all.ts', import.meta.url));
const total = 12;

function bench(folder: string, ...args: string[]): StartedScript {
  const environments = args.includes('--environments') ? [] : ['--environments', 'native'];
  return startScript(script, '--profile', 'tiny', ...environments, '--out', folder, ...args);
}

function observations(folder: string): Observation[] {
  return openStore(join(folder, 'records'))
    .read()
    .records.filter(({ metric }) => metric === 'mflops');
}

/** Waits until the store has grown: the bench is in the middle of its runs. */
async function grown(folder: string, from: number): Promise<void> {
  while (observations(folder).length <= from) await sleep(20);
}

test('killed at random moments and started again, it makes each observation once, and no more', {
  timeout: 120_000,
}, async () => {
  const folder = join(scratch, 'killed');
  for (let kill = 0; kill < 5; kill++) {
    const before = existsSync(folder) ? observations(folder).length : 0;
    if (before >= total - 1) break;
    const { child, ended } = bench(folder);
    await grown(folder, before);
    await sleep(Math.random() * 300);
    child.kill('SIGKILL');
    await ended;
  }
  const { code, stdout, stderr } = await bench(folder).ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /\d+ are there/);
  const made = observations(folder);
  assert.equal(made.length, total);
  assert.equal(new Set(made.map(observationKey)).size, total);
  assert.match(stdout, /file:\/\/.*report\.html\n$/);
  assert.match(
    stdout,
    /100 % {2}12 of 12 {2}native n = \d+ run \d; last: [\d,]+ Mflops, native n = \d+ run \d {2}\(done\)/,
  );

  // Finished: only the report is drawn again.
  const files = readdirSync(join(folder, 'records'));
  rmSync(join(folder, 'report'), { recursive: true });
  const again = await bench(folder).ended;
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /all 12 observations are there/);
  assert.deepEqual(readdirSync(join(folder, 'records')), files);
  for (const name of ['report.html', 'figure-08.svg', 'figure-13.png', 'records.csv']) {
    assert.ok(statSync(join(folder, 'report', name)).size > 0);
  }
});

const executablePath = findChromium();

test('the report on it opens in Chromium, with the records of the run, and breaks nothing of its policy', {
  skip: executablePath === undefined && 'needs Chromium: apt-get install chromium',
  timeout: 120_000,
}, async () => {
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath: executablePath!, args });
  try {
    const page = await browser.newPage();
    const wrongs: string[] = [];
    page.on('console', (message) => wrongs.push(message.text()));
    page.on('pageerror', ({ message }) => wrongs.push(message));
    const folder = join(scratch, 'killed');
    await page.goto(pathToFileURL(join(folder, 'report', 'report.html')).href);
    await page.locator('#records-view > summary').click();
    const { records } = openStore(join(folder, 'records')).read();
    assert.equal(
      await page.textContent('#records-count'),
      `1 to ${Math.min(100, records.length)} of ${records.length}`,
    );
    assert.match((await page.textContent('#figure-08 figcaption'))!, /The DGEMM driver in native; n = 50 to 200/);
    assert.deepEqual(wrongs, []);
  } finally {
    await browser.close();
  }
});

test('Ctrl-C stops it with a report of what there is; meanwhile nobody else gets the folder', {
  timeout: 120_000,
}, async () => {
  const folder = join(scratch, 'interrupted');
  const { child, ended } = bench(folder);
  await grown(folder, 0);
  const second = bench(folder);
  child.kill('SIGSTOP');
  await second.ended.finally(() => child.kill('SIGCONT'));
  assert.equal((await second.ended).code, 1);
  assert.match((await second.ended).stderr, /is in use by /);
  child.kill('SIGINT');
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 130, stderr);
  assert.match(stdout, /the same command goes on from here/);
  // What was there after a first run, and what the end made of it.
  const report = readFileSync(join(folder, 'report', 'report.html'), 'utf8');
  const made = observations(folder);
  assert.ok(report.includes(`The run was stopped before its end: ${made.length} of 12 observations are there.`));
  assert.match(report, /bench:all --profile tiny --environments native --only figure-08 --fresh/);
  assert.ok(made.length >= 1 && made.length < total);
});

test('the report is there while the run goes on, and says so; a kill leaves it', { timeout: 120_000 }, async () => {
  const folder = join(scratch, 'live');
  const page = join(folder, 'report', 'report.html');
  const { child, ended } = bench(folder);
  while (!existsSync(page)) await sleep(20);
  child.kill('SIGKILL');
  await ended;
  const report = readFileSync(page, 'utf8');
  assert.match(report, /The run goes on: \d+ of 12 observations are there\. To come: dgemm-driver\./);
  assert.match(report, /<\/html>\n$/);
  assert.ok(observations(folder).length < total);
});

test('--fresh leaves the old results where they are', { timeout: 60_000 }, async () => {
  const folder = join(scratch, 'fresh');
  assert.match((await bench(folder, '--dry-run', '--fresh').ended).stdout, /results in .*fresh\n/);
  mkdirSync(folder);
  mkdirSync(`${folder}-2`);
  assert.match((await bench(folder, '--dry-run', '--fresh').ended).stdout, /results in .*fresh-3\n.*12 to make/);
});

test('--dry-run and --list make nothing', { timeout: 60_000 }, async () => {
  const folder = join(scratch, 'dry');
  const dry = await bench(folder, '--dry-run', '--environments', 'native,uml-756').ended;
  assert.match(dry.stdout, /24 observations; 24 to make, about \d+ s/);
  const { stdout } = await bench(folder, '--list', '--only', 'figure-12,figure-08').ended;
  assert.deepEqual(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[0]),
    ['figure-08', 'figure-12'],
  );
  assert.ok(!existsSync(folder));
});

const file = join(scratch, 'file');
writeFileSync(file, '');

for (const [what, args, message] of [
  ['an unknown option', ['--nonsense'], /unknown option '--nonsense'/],
  ['an unknown profile', ['--profile', 'huge'], /'huge' is invalid/],
  ['an unknown experiment', ['--only', 'figure-99'], /'figure-99' is none of table-03/],
  ['an unknown environment', ['--environments', 'windows'], /windows/],
  ['options that exclude each other', ['--fresh', '--resume'], /cannot be used with/],
  ['a results folder that is a file', ['--out', file], /is a file, must be a folder/],
] as const) {
  test(`bad usage: ${what}`, { timeout: 60_000 }, async () => {
    const { code, stderr } = await bench(join(scratch, 'never'), ...args).ended;
    assert.equal(code, 2);
    assert.match(stderr, message);
    assert.ok(!existsSync(join(scratch, 'never')));
  });
}
