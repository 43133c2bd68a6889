import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore, type Record } from '@paratune/record';
import { palette } from './_palette.ts';
import { peerCases, peerRecord, peersIdentity } from './_peers_fixture.ts';
import { ReportError } from './report_error.ts';
import { writePeersReport } from './write_peers_report.ts';

const identity = peersIdentity({ kind: 'native', '@paratune/blas': 'dgemm_avx512_24x8' });
const records = peerCases(identity.id);
const contents = { records, identities: [identity], dropped: [] };

async function write(t: { after(done: () => void): void }, store: Parameters<typeof writePeersReport>[0]['store']) {
  const folder = mkdtempSync(join(tmpdir(), 'paratune-peers-report-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const output = join(folder, 'deep', 'report');
  const report = await writePeersReport({ store, output });
  return { report, output, text: (name: string) => readFileSync(join(output, name), 'utf8') };
}

const figures = ['peers-gemm', 'peers-rectangular', 'peers-small', 'peers-vectors'];

test('a page with every case, figures and records; equal records give equal files, in a store or not', async (t) => {
  const { report, output, text } = await write(t, contents);
  assert.deepEqual(
    readdirSync(output).sort(),
    ['peers.md', 'records.csv', ...figures.flatMap((name) => [`${name}.png`, `${name}.svg`])].sort(),
  );
  assert.equal(report.page, report.files.at(-1));
  const page = text('peers.md');
  assert.ok(page.includes(report.overview));
  for (const said of [
    '@paratune/blas: dgemm_avx512_24x8',
    'Example Processor 9000',
    '**0.960** not reached (n = 500, TT by columns)',
    '| 1000 | 100 (1.02x)',
    '| n = 16 m = 100 k = 4000 |',
    'gl-matrix, which has code for n = 2, 3 and 4 alone',
    '### vectors: sger, 1 thread, GB/s',
  ]) {
    assert.ok(page.includes(said), said);
  }
  for (const name of figures) assert.ok(page.includes(`(${name}.svg)`));

  const store = openStore(join(output, '..', 'store'));
  store.addIdentity(identity);
  store.append(records);
  store.close();
  const again = await write(t, store.folder);
  for (const file of readdirSync(output)) assert.equal(again.text(file), text(file), file);
});

test('every colour is one of the palette', async (t) => {
  const { text } = await write(t, contents);
  const known = new Set<string>(Object.values(palette).map(({ light }) => light));
  for (const name of figures) {
    const used = [...text(`${name}.svg`).matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour!);
    const strange = used.filter((colour) => !known.has(colour) && !['none', 'transparent'].includes(colour));
    assert.deepEqual([...new Set(strange)], [], name);
  }
});

test('nothing, and a suite without a figure, make a page', async (t) => {
  const nothing = await write(t, { records: [], identities: [], dropped: [] });
  assert.match(nothing.text('peers.md'), /Nothing was measured/);
  const calls = records.filter(({ factors }) => factors['suite'] === 'call');
  const { output, text } = await write(t, { ...contents, records: calls });
  assert.deepEqual(readdirSync(output).sort(), ['peers.md', 'records.csv']);
  assert.match(text('peers.md'), /empty product/);
});

test('text from a machine breaks neither tables nor figures', async (t) => {
  const hostile = ['a|b', '</svg><script>alert(1)</script>', 'line\nbreak', 'x'.repeat(500), '\u202e'];
  const strange = hostile.flatMap((contender): Record[] => [
    peerRecord({ contender: '@paratune/blas', role: 'own', value: 2, identity: identity.id }),
    peerRecord({ contender, value: 1, identity: identity.id }),
  ]);
  const { text } = await write(t, { ...contents, records: strange });
  const rows = text('peers.md')
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const columns = (row: string) => row.replaceAll('\\|', '').split('|').length;
  assert.equal(new Set(rows.slice(-3).map(columns)).size, 1);
  assert.doesNotMatch(text('peers-gemm.svg'), /<script/);
});

test('output that is a file is a typed error', async (t) => {
  const { output } = await write(t, contents);
  const file = join(output, 'file');
  writeFileSync(file, 'precious');
  await assert.rejects(writePeersReport({ store: contents, output: file }), ReportError);
  await assert.rejects(writePeersReport({ store: contents, output: '' }), TypeError);
  assert.equal(readFileSync(file, 'utf8'), 'precious');
});
