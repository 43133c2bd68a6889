import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { identityId, openStore, type Record, type StoreContents, StoreError } from '@paratune/record';
import { paperLike } from './_fixture.ts';
import { palette } from './_palette.ts';
import { ReportError } from './report_error.ts';
import { writeReport } from './write_report.ts';

const figureNames = ['figure-08', 'figure-10', 'figure-11', 'figure-12', 'figure-13'];

function scratch(t: { after(done: () => void): void }): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'paratune-report-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function report(t: { after(done: () => void): void }, store: Partial<StoreContents> | string) {
  const output = join(scratch(t), 'deep', 'report');
  const contents = typeof store === 'string' ? store : { records: [], identities: [], dropped: [], ...store };
  const written = await writeReport({ store: contents, output });
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
  const { page, text, output, written } = await report(t, { records, identities, dropped });
  assert.deepEqual(
    fs.readdirSync(output).sort(),
    ['records.csv', 'report.html', ...figureNames.flatMap((name) => [`${name}.png`, `${name}.svg`])].sort(),
  );
  assert.equal(written.page, written.files.at(-1));
  assert.equal(written.findings.length, 25);
  for (const name of figureNames) {
    const [width, height] = pngSize(fs.readFileSync(join(output, `${name}.png`)));
    assert.ok(width > 1500 && height > 800);
    assert.ok(page.includes(`id="${name}"`));
    assert.match(
      text(`${name}.svg`),
      /^<svg role="img" aria-label="Figure [^"]+"[^>]*><title>Figure .*<\/title><desc>.+<\/desc>/,
    );
  }
  assert.doesNotMatch(
    page.replaceAll('http://www.w3.org/', ''),
    /https?:|<script|<link|<img|url\(|@import|javascript:/i,
  );
  assert.ok(page.includes(`default-src 'none'`));
  for (const { sentence } of written.findings) assert.ok(page.includes(sentence), sentence);
  for (const { environment, sentence } of written.findings.filter(({ figure }) => figure === '08')) {
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
  const { text } = await report(t, { records, identities });
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
  const [one, other] = [await report(t, { records, identities }), await report(t, folder)];
  for (const file of fs.readdirSync(one.output)) {
    assert.ok(fs.readFileSync(join(one.output, file)).equals(fs.readFileSync(join(other.output, file))), file);
  }
  assert.deepEqual(fs.readdirSync(folder), before);
});

test('nothing, one environment, one run, only deaths and only simulated values each make a page', async (t) => {
  const empty = await report(t, {});
  assert.match(empty.page, /The store holds no records yet/);
  assert.equal(fs.readdirSync(empty.output).length, 12);

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

const hostile = [
  '</title></style><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'; alert(1) //",
  '<b>INJECT</b>&amp;&lt;',
  'line\nbreak\r\n\u0000\u001b[31m\u0007',
  '\u202egnirts \ud800 \uffff',
  'datum.value + signal',
  'toString',
  'x'.repeat(5000),
];

test('text from a machine is text, wherever it is shown', async (t) => {
  const contents: StoreContents = { records: [], identities: [], dropped: [] };
  for (const text of hostile) {
    const { records, identities } = paperLike({ environments: ['uml-256'], dimensions: [1000, 3500], runs: 1 });
    const { id: _id, ...genuine } = identities[0]!;
    const rest = {
      ...genuine,
      commit: text,
      packages: { '@paratune/record': text, [text]: '1' },
      node: text,
      kernel: text,
      machine: { ...genuine.machine, processor: text, architecture: text },
      environment: { ...genuine.environment, kind: text, [text]: text },
    };
    const identity = { ...rest, id: identityId(rest) };
    const own = { identity: identity.id, environment: `${text}-256`, unit: text };
    const measured = records.map((record) => ({ ...record, ...own }));
    const { value: _value, status: _status, ...common } = measured[0] as Extract<Record, { value: number }>;
    contents.identities.push(identity);
    contents.dropped.push({ file: text, line: 1, text });
    contents.records.push(
      ...measured,
      { ...common, run: 1, status: 'failed', reason: text },
      { ...common, environment: 'xen-dom0-256', run: 1, status: 'skipped', reason: text },
      {
        ...common,
        environment: text,
        experiment: text,
        factors: { [text]: text },
        metric: text,
        status: 'skipped',
        reason: text,
      },
    );
  }
  const { page, text } = await report(t, contents);
  for (const markup of [page, ...figureNames.map((name) => text(`${name}.svg`))]) {
    assert.doesNotMatch(markup, /<script|<img|<b>/i);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    assert.doesNotMatch(markup, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u202e\uffff]/);
    assert.equal(markup.match(/<svg/g)?.length, markup.match(/<\/svg>/g)?.length);
  }
  assert.equal(page.match(/<\/style>/g)?.length, 1);
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
