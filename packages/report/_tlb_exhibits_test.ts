import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record } from '@paratune/record';
import { makeIdentity } from './_fixture.ts';
import { tlbExhibits } from './_tlb_exhibits.ts';
import { viewRecords } from './_view.ts';

const identity = makeIdentity('native', 2 ** 34);

interface Given {
  environment: string;
  n: number;
  data: number;
  run?: number;
  geometry?: Record['factors'];
}

/** Both metrics of one multiplication, as the driver counts them or, with a geometry, as `sweepTlb` simulates them. */
function recordsOf({ environment, n, data, run = 0, geometry }: Given): Record[] {
  return (['dataTlbMisses', 'instructionTlbMisses'] as const).map((metric) => ({
    ...{ version: 1, experiment: geometry ? 'tlb' : 'dgemm-driver', environment, factors: { n, ...geometry } },
    ...{ metric, unit: 'misses', run, repetition: 0, time: '2026-01-31T12:00:00.000Z', identity: identity.id },
    ...{ status: geometry ? 'simulated' : 'measured', value: metric === 'dataTlbMisses' ? data : 2 },
  }));
}

const paper = { geometry: 'paper', pageBytes: 4096, dataEntries: 64, instructionEntries: 32 };
const machine = { ...paper, geometry: 'machine', dataEntries: 96, secondLevelEntries: 2048 };

test('simulated misses are called so in the caption, the panels, the findings and the table', () => {
  const records = [paper, machine].flatMap((geometry) =>
    ['native', 'uml-256'].flatMap((environment) =>
      [1000, 2000].flatMap((n) => recordsOf({ environment, n, data: 0.5 * n * n, geometry })),
    ),
  );
  const exhibits = tlbExhibits(viewRecords(records, [identity]));
  assert.deepEqual(
    exhibits.map(({ name }) => name),
    ['figure-14', 'figure-15'],
  );
  const [data, instructions] = exhibits;
  assert.ok(data?.kind === 'figure' && instructions?.kind === 'figure');
  assert.equal(
    data.measured,
    'Simulated: the paper’s TLB, 64 data and 32 instruction entries; in native and uml-256, n = 1000 to 2000. ' +
      'Simulated: this machine’s TLB, 96 + 2048 data and 32 instruction entries; in native and uml-256, n = 1000 to 2000.',
  );
  assert.equal(
    data.findings[1]?.sentence,
    '2,000,000 at n = 2000, 0.50 n² (simulated: the paper’s TLB, 64 data and 32 instruction entries); ' +
      '2,000,000 at n = 2000, 0.50 n² (simulated: this machine’s TLB, 96 + 2048 data and 32 instruction entries)',
  );
  for (const shape of ['alone', 'wide', 'narrow'] as const) {
    const panels = data.drawing[shape]['concat'] as { title: { text: string } }[];
    assert.equal(panels.length, 2);
    assert.ok(panels.every(({ title }) => title.text.startsWith('simulated: ')));
  }
  assert.match(JSON.stringify(data.drawing.alone), /SIMULATED, not counted/);
  assert.match(data.notes[0]!, /^SIMULATED, not counted/);
  assert.equal(data.data?.text.match(/<td>simulated: /g)?.length, 8);
  assert.match(instructions.findings[0]!.sentence, /^2 at n = 2000/);
});

test('counted misses have a panel of their own, with the least and the greatest of the runs', () => {
  const records = [
    ...[900, 1100].flatMap((data, run) => recordsOf({ environment: 'native', n: 1000, data, run })),
    ...recordsOf({ environment: 'native', n: 1000, data: 5000, geometry: paper }),
  ];
  const [figure] = tlbExhibits(viewRecords(records, [identity]));
  assert.match(
    figure?.measured ?? '',
    /^Counted by the hardware in up to 2 runs of each; in native, n = 1000\. Simulated: /,
  );
  assert.match(
    figure?.findings[0]?.sentence ?? '',
    /^1,000 at n = 1000, 0\.0010 n² \(counted by the hardware\); 5,000 /,
  );
  assert.ok(figure?.kind === 'figure');
  assert.doesNotMatch(JSON.stringify(figure.drawing.alone), /SIMULATED/);
  assert.match(JSON.stringify(figure.drawing.alone), /"value":1000,"minimum":900,"maximum":1100/);
});

test('one panel alone, which has no title, has the TLB in its subtitle', () => {
  const records = recordsOf({ environment: 'native', n: 1000, data: 5000, geometry: paper });
  const [figure] = tlbExhibits(viewRecords(records, [identity]));
  assert.match(
    figure?.notes[0] ?? '',
    /^SIMULATED.* Simulated: the paper’s TLB, 64 data and 32 instruction entries\.$/,
  );
});

test('nothing is a figure with nothing in it', () => {
  for (const { findings, measured } of tlbExhibits(viewRecords([], [])))
    assert.deepEqual([findings, measured], [[], undefined]);
});
