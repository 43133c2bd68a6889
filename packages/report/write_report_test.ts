import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore, type Record, type StoreContents, StoreError } from '@paratune/record';
import { paperLike } from './_fixture.ts';
import { hostileContents } from './_hostile_fixture.ts';
import { palette } from './_palette.ts';
import { tuningLike } from './_tuning_fixture.ts';
import { judgeClaims } from './judge_claims.ts';
import { ReportError } from './report_error.ts';
import { type ReportOptions, writeReport } from './write_report.ts';

const tuningFigures = ['figure-02', 'figure-03', 'figure-04', 'figure-05', 'figure-06', 'figure-07'];
const driverFigures = ['figure-08', 'figure-10', 'figure-11', 'figure-12', 'figure-13'];
const figureNames = [...tuningFigures, ...driverFigures, 'figure-09', 'figure-14', 'figure-15', 'figure-16'].sort();
const tuningTables = ['table-03', 'table-04', 'table-05'];
const tables = [...tuningTables, 'table-06'];

function scratch(t: { after(done: () => void): void }): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'paratune-report-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function report(
  t: { after(done: () => void): void },
  store: Partial<StoreContents> | string,
  options: Partial<ReportOptions> = { images: false },
) {
  const output = join(scratch(t), 'deep', 'report');
  const contents = typeof store === 'string' ? store : { records: [], identities: [], dropped: [], ...store };
  const written = await writeReport({ store: contents, output, ...options });
  const text = (name: string) => fs.readFileSync(join(output, name), 'utf8');
  return { written, output, text, page: text('report.html') };
}

/** A picture's size, and how many different colours it has. */
function pngSize(bytes: Buffer): [number, number] {
  assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
  assert.equal(bytes.toString('latin1', bytes.length - 8, bytes.length - 4), 'IEND');
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

test('a whole sweep: all files, one page that asks for nothing, the findings and what is missing', async (t) => {
  const { records, identities } = paperLike({
    skipped: { 'xen-dom0-256': 'no Xen here' },
    diesAbove: { 'uml-256': 3800 },
    runs: 2,
  });
  const dropped = [{ file: 'results/a.ndjson', line: 7, text: '{"records":[{"ver' }];
  const { page, text, output, written } = await report(
    t,
    { records, identities, dropped },
    { command: 'bench --profile paper' },
  );
  assert.deepEqual(
    fs.readdirSync(output).sort(),
    [
      'records.csv',
      'report.html',
      'report.md',
      ...figureNames.flatMap((name) => [`${name}.png`, `${name}.svg`]),
    ].sort(),
  );
  assert.equal(written.page, written.files.at(-1));
  assert.equal(written.findings.length, 25);
  for (const name of figureNames) {
    const [width, height] = pngSize(fs.readFileSync(join(output, `${name}.png`)));
    assert.ok(width > 1500 && height > (driverFigures.includes(name) ? 800 : 300));
    assert.ok(page.includes(`id="${name}"`));
    assert.match(
      text(`${name}.svg`),
      /^<svg role="img" aria-label="Figure [^"]+"[^>]*><title>Figure .*<\/title><desc>.+<\/desc>/,
    );
  }
  const others = page.replaceAll('http://www.w3.org/', '');
  assert.equal(/https?:|<link|<img|url\(|@import|javascript:/i.exec(others), null);
  assert.match(
    page,
    /"default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'"/,
  );
  assert.deepEqual(page.match(/<script[^>]*>/g), ['<script type="application/json" id="records-data">', '<script>']);
  for (const { sentence } of written.findings) assert.ok(page.includes(sentence), sentence);
  for (const { environment, sentence } of written.findings.filter(({ exhibit }) => exhibit === 'figure-08')) {
    assert.ok(text('figure-08.svg').includes(`${environment}: ${sentence}`));
  }
  for (const said of [
    'no Xen here',
    'out of memory: the kernel killed',
    'results/a.ndjson',
    'Example Processor 9000',
    'commit 0123456789ab',
  ]) {
    assert.ok(page.includes(said), said);
  }
  assert.match(text('figure-08.svg'), /predicted: 3087/);
  assert.match(text('figure-08.svg'), /predicted: 5601 \(beyond\)/);
  assert.match(text('figure-08.svg'), /xen-dom0-256: no Xen here/);
  assert.match(text('figure-08.svg'), /not measured in this run/);
});

test('the claims come first, each with its verdict; each exhibit says how to measure it again and what it lacks', async (t) => {
  const { records, identities } = paperLike({ skipped: { 'xen-dom0-256': 'no Xen here' }, runs: 2 });
  const { page, text, written } = await report(
    t,
    { records, identities },
    {
      images: false,
      command: 'bench --profile paper',
      progress: { state: 'running', done: 5, total: 9, finished: ['probe'], open: ['tune'] },
    },
  );
  assert.deepEqual(written.claims, judgeClaims(records, identities));
  const rows = [...page.matchAll(/<tr id="(claim-\d\d)">.*?<\/tr>/gs)].map(([row, id]) => ({ row, id }));
  assert.deepEqual(
    rows.map(({ id }) => id),
    written.claims.map(({ id }) => id),
  );
  written.claims.forEach(({ verdict, figures }, index) => {
    const { row } = rows[index]!;
    assert.ok(row.includes(`</span> ${verdict}</span>`), row);
    assert.equal(row.match(/<li/g)?.length ?? 0, figures.length);
  });
  assert.ok(page.indexOf('id="claim-18"') < page.indexOf('id="table-03"'));
  assert.match(page, /uml-756 reaches 9\d\.\d % of the rate of native-756/);
  assert.match(page, /native-256 from n = \d+ on \(its memory predicts 3087\), native-756 not up to n = 4000/);
  const section = (name: string) => page.slice(page.indexOf(`<section id="${name}"`)).split('</section>')[0]!;
  assert.match(section('figure-11'), /<code>bench --profile paper --only figure-11 --fresh<\/code>/);
  assert.match(section('figure-11'), /Missing here: 40 observations.*no Xen here/s);
  assert.doesNotMatch(section('figure-02'), /Missing here/);
  const said = 'The run goes on: 5 of 9 observations are there. Complete: probe. To come: tune.';
  for (const file of [page, text('report.md')]) assert.ok(file.includes(said));
  assert.match(text('report.md'), /\| 9 +\| .* \| ✓ holds +\| /);
  assert.match(text('report.md'), /\| xen-dom0-256 \| dgemm-driver \| 40 +\| no Xen here \|/);
});

test('a mark says what it stands for, and of which environment it is', async (t) => {
  const driver = paperLike({ environments: ['native', 'uml-256'], dimensions: [1000, 3500], runs: 2 });
  const tuned = tuningLike({ environments: ['native', 'uml-256'], repetitions: 2 });
  const { text } = await report(t, {
    records: [...driver.records, ...tuned.records],
    identities: [...driver.identities, ...tuned.identities],
  });
  assert.match(text('figure-10.svg'), /data-e="1" data-tip="uml-256, n = 3500: \d+( \(\d+ to \d+\))?"/);
  assert.match(text('figure-04.svg'), /data-e="0" data-tip="native, 512 KB: [\d,]+ \([\d,]+ to [\d,]+\)"/);
  assert.match(text('figure-07.svg'), /data-e="1" data-tip="[^"]*, uml-256: [\d,]+ ± [\d,]+ Mflops"/);
  assert.doesNotMatch(text('figure-10.svg'), /aria-label="@|graphics-object/);
});

test('autotuning: Tables 3 to 5, Figures 2 to 7 and the probe’s curves, with the paper’s values beside ours', async (t) => {
  const { records, identities } = tuningLike();
  const { page, text, output, written } = await report(t, { records, identities }, {});
  const curves = ['probe-chainMflops-chains', 'probe-loadCycles-footprintBytes'];
  assert.deepEqual(
    fs.readdirSync(output).filter((file) => file.endsWith('.png')),
    [...figureNames, ...curves].map((name) => `${name}.png`),
  );
  for (const name of [...tuningFigures, ...curves]) {
    const [width, height] = pngSize(fs.readFileSync(join(output, `${name}.png`)));
    assert.ok(width > 1500 && height > 400);
    assert.ok(page.includes(`id="${name}"`));
  }
  const said = (exhibit: string) =>
    Object.fromEntries(
      written.findings
        .filter((one) => one.exhibit === exhibit)
        .map(({ environment, sentence }) => [environment, sentence]),
    );
  for (const exhibit of [...tuningTables, ...tuningFigures]) {
    assert.deepEqual(Object.keys(said(exhibit)), ['native', 'native-256', 'native-756', 'uml-256', 'uml-756'], exhibit);
  }
  assert.match(said('table-03')['native']!, /level 1 data cache 48 KB.*the system says the same of 6 of 7/);
  assert.equal(said('table-03')['uml-256'], 'the same as native in all 12');
  assert.match(
    said('figure-02')['uml-256']!,
    /^1[01]\d,\d{3} ± \d{2,3} Mflops \(double precision, avx512\), \d+\.\d % of native$/,
  );
  assert.match(said('figure-04')['native']!, /^best at .* within 3 % of that from /);
  assert.match(said('figure-05')['native']!, /^512 KB to 2 MB in 20 tunings/);
  assert.match(said('table-04')['native']!, /^(512|768) KB|^1(\.5)? MB, the median of \d+ tunings/);
  assert.match(
    said('figure-06')['native']!,
    /^double precision: hand-written 8\.\d times .* generated with vectors 1\.0\d of hand-written/,
  );
  assert.equal(
    said('table-05')['uml-756'],
    'other than native in 2 of 28: mc of gemm 288 for 144, mc of gemm (single) 288 for 144',
  );
  assert.match(said('figure-07')['native-256']!, /^from \d+\.\d % \(.*\) to \d+\.\d % \(.*\) of native$/);

  const table = (name: string) => page.slice(page.indexOf(`id="${name}"`)).split('</section>')[0]!;
  assert.match(table('table-03'), /Level 1 data cache<\/th><td>16 KB<\/td><td>48 KB ✓<\/td>/);
  assert.match(table('table-03'), /<td>1 MB \(2 of 3\)<small>reported: 2 MB<\/small><\/td>/);
  assert.match(table('table-04'), /DomU, 756 MB<\/td><td>1,024 KB<\/td><th scope="row">uml-756<\/th>/);
  assert.match(table('table-04'), /Dom0, 256 MB<\/td><td>1,152 KB<\/td><th scope="row">not measured<\/th>/);
  assert.match(table('table-05'), /<th scope="row">lat<\/th><td>6<\/td><td>4<\/td>/);
  assert.match(text('probe-loadCycles-footprintBytes.svg'), /Level 1 data cache: 48 KB/);
});

test('a choice of level 1 blocking only is counted and is in no histogram; simulated rates are in no figure', async (t) => {
  const { records, identities } = tuningLike({ environments: ['native'], repetitions: 2 });
  const chosen = records.filter(({ metric }) => metric === 'cacheEdgeBytes');
  const none = chosen.map((record) => ({ ...record, value: 0, status: 'measured' as const }));
  const { written } = await report(t, { records: none as Record[], identities });
  assert.deepEqual(
    written.findings.map(({ exhibit, sentence }) => [exhibit, sentence]),
    [
      ['figure-05', 'all of 20 tunings chose level 1 blocking only'],
      ['table-04', 'level 1 blocking only was best in every tuning'],
    ],
  );
  const simulated = records.map((record) => ({ ...record, status: 'simulated' }) as Record);
  assert.deepEqual((await report(t, { records: simulated, identities })).written.findings, []);
});

test('every colour of a figure has a twin for a dark ground', async (t) => {
  const { records, identities } = paperLike({
    environments: [
      'native',
      'native-256',
      'uml-256',
      'xen-dom0-256',
      'xen-domu-256',
      'other-256',
      'uml-512',
      'uml-756',
      'uml-999',
    ],
    diesAbove: { 'uml-256': 3800 },
    runs: 1,
  });
  const tuning = tuningLike({ environments: ['native', 'uml-256', 'other-256'], repetitions: 2 });
  const { text } = await report(t, {
    records: [...records, ...tuning.records],
    identities: [...identities, ...tuning.identities],
  });
  const known = Object.values(palette).map(({ light }) => light as string);
  assert.equal(new Set(known).size, known.length);
  for (const name of figureNames) {
    const used = [...text(`${name}.svg`).matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour!);
    assert.deepEqual(
      [...new Set(used)].filter((colour) => !known.includes(colour) && !['none', 'transparent'].includes(colour)),
      [],
      name,
    );
  }
});

test('equal records give equal files, in a store or not; a store that is there is not written to', async (t) => {
  const { records, identities } = paperLike({ dimensions: [500, 2000, 3500], runs: 2 });
  const folder = join(scratch(t), 'store');
  const store = openStore(folder);
  for (const identity of identities) store.addIdentity(identity);
  store.append(records);
  store.close();
  const before = fs.readdirSync(folder);
  const [one, other] = [await report(t, { records, identities }, {}), await report(t, folder, {})];
  for (const file of fs.readdirSync(one.output)) {
    assert.ok(fs.readFileSync(join(one.output, file)).equals(fs.readFileSync(join(other.output, file))), file);
  }
  assert.deepEqual(fs.readdirSync(folder), before);
});

test('nothing, one environment, one run, only deaths and only simulated values each make a page', async (t) => {
  const empty = await report(t, {});
  assert.match(empty.page, /The store holds no records yet/);
  assert.equal(fs.readdirSync(empty.output).length, 3 + figureNames.length);
  for (const name of [...figureNames, ...tables]) assert.ok(empty.page.includes(`id="${name}"`), name);

  const single = await report(t, paperLike({ environments: ['native'], dimensions: [100], runs: 1 }));
  assert.match(single.page, /n = 100, 1 run of each/);

  const dead = await report(t, paperLike({ environments: ['uml-256'], diesAbove: { 'uml-256': 0 }, runs: 1 }));
  assert.deepEqual(dead.written.findings, []);
  assert.match(dead.page, /1 died/);

  const simulated = paperLike({ status: 'simulated', dimensions: [1000], runs: 1 });
  const { page, text, written } = await report(t, simulated);
  assert.deepEqual(written.findings, []);
  assert.match(page, /Nothing was measured/);
  assert.match(page, /35 simulated values are in records\.csv/);
  assert.equal(text('records.csv').match(/,simulated,/g)?.length, 35);
  assert.deepEqual(
    text('figure-10.svg'),
    empty.text('figure-10.svg').replaceAll('', ''),
    'no figure shows a simulated value',
  );
});

test('text from a machine is text, wherever it is shown', async (t) => {
  const contents = hostileContents();
  const { page, text } = await report(t, contents);
  const own = page
    .replace('<script type="application/json" id="records-data">', '')
    .replace(/<script>'use strict';/, '');
  for (const markup of [own, ...figureNames.map((name) => text(`${name}.svg`))]) {
    assert.equal(/<script|<img|<b>/i.exec(markup), null);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    assert.equal(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u202e\uffff]/.exec(markup), null);
    assert.equal(markup.match(/<svg/g)?.length, markup.match(/<\/svg>/g)?.length);
  }
  assert.equal(page.match(/<\/style>/g)?.length, 1);
  assert.equal(page.match(/<\/script>/g)?.length, 2);
  assert.equal(/<[a-z/!]|!\[|\]\(/i.exec(text('report.md')), null);
  assert.equal(page.match(/<\/html>/g)?.length, 1);
  assert.ok(page.includes('&#60;script&#62;alert(1)&#60;/script&#62;'), 'it is shown, as text');
});

test('output that is a file, a store that is one, and a corrupt store are typed errors; nothing is written', async (t) => {
  const folder = scratch(t);
  const file = join(folder, 'file');
  fs.writeFileSync(file, 'precious');
  const store = { records: [], identities: [], dropped: [] };
  await assert.rejects(
    writeReport({ store, output: file }),
    (error) => error instanceof ReportError && error.file === file,
  );
  await assert.rejects(writeReport({ store, output: join(file, 'sub') }), ReportError);
  await assert.rejects(writeReport({ store: file, output: join(folder, 'out') }), StoreError);
  await assert.rejects(writeReport({ store, output: '' }), TypeError);
  await assert.rejects(writeReport({ store: undefined as never, output: join(folder, 'out') }), TypeError);
  fs.mkdirSync(join(folder, 'store'));
  fs.writeFileSync(join(folder, 'store', 'a.ndjson'), 'nonsense\n');
  await assert.rejects(
    writeReport({ store: join(folder, 'store'), output: join(folder, 'out') }),
    (error) => error instanceof StoreError && error.line === 1,
  );
  assert.deepEqual(fs.readdirSync(folder).sort(), ['file', 'store']);
  assert.equal(fs.readFileSync(file, 'utf8'), 'precious');
});
