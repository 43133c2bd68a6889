import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record } from '@paratune/record';
import { makeIdentity } from './_fixture.ts';
import { kernelMemoryExhibit } from './_kernel_memory_exhibit.ts';
import { viewRecords } from './_view.ts';

const sizes: [environment: string, code: number, data: number][] = [
  ['native', 16, 4],
  ['uml-256', 8, 1],
];

/** Records of the experiment, in MiB. */
function records(status: 'measured' | 'simulated'): Record[] {
  return sizes.flatMap(([environment, code, data]) =>
    [
      ['kernelCodeBytes', code],
      ['kernelDataBytes', data],
    ].map(
      ([metric, value]): Record => ({
        ...{ version: 1, experiment: 'kernel-memory', environment, factors: {}, metric: String(metric), unit: 'bytes' },
        ...{ run: 0, repetition: 0, time: '2026-01-31T12:00:00.000Z', identity: '0123456789abcdef', status },
        value: Number(value) * 2 ** 20,
      }),
    ),
  );
}

test('a guest’s kernel is beside that of the machine, and the paper’s below', () => {
  const exhibit = kernelMemoryExhibit(viewRecords(records('measured'), [makeIdentity('native', 2 ** 34)]));
  assert.deepEqual(
    exhibit.findings.map(({ sentence }) => sentence),
    ['16.00 MB of code, 4.00 MB of data', '8.00 MB of code, 1.00 MB of data: 50 % and 25 % of what native has'],
  );
  assert.ok(exhibit.kind === 'figure');
  const drawn = JSON.stringify(exhibit.drawing.alone);
  for (const said of ['16.00 + 4.00', 'data 0.52', 'the paper']) assert.ok(drawn.includes(said), said);
  // The first part of a bar is filled, the second begins where it ends.
  assert.match(drawn, /"from":0,"to":16,"fill":"#87929e"/);
  assert.match(drawn, /"from":16,"to":20,"fill":"#ffffff"/);
});

test('nothing measured, and nothing but simulated values, is no figure of its own', () => {
  for (const given of [[], records('simulated')]) {
    const { findings, measured } = kernelMemoryExhibit(viewRecords(given, []));
    assert.deepEqual([findings, measured], [[], undefined]);
  }
});
