import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record } from '@paratune/record';
import { emulatedExhibit } from './_emulated_exhibit.ts';
import { viewRecords } from './_view.ts';

function record(environment: string, n: number, run: number, value: number, status: 'measured' | 'simulated'): Record {
  return {
    ...{ version: 1, experiment: 'dgemm-driver', environment, factors: { n }, metric: 'mflops', unit: 'Mflops' },
    ...{ run, repetition: 0, time: '2026-01-31T12:00:00.000Z', identity: '0123456789abcdef', status, value },
  };
}

const emulated: [environment: string, rates: number[]][] = [
  ['qemu-256', [900, 1000]],
  ['xen-dom0-256', [800, 500]],
  ['xen-domu-256', [1250]],
  ['xen-domu-128', [400]],
];
const records = (status: 'measured' | 'simulated') =>
  emulated.flatMap(([environment, rates]) => rates.map((rate, run) => record(environment, 200, run, rate, status)));

test('the overhead is that of the fastest run beside the same memory without Xen', () => {
  const [exhibit, ...others] = emulatedExhibit(viewRecords(records('simulated'), []));
  assert.equal(others.length, 0);
  assert.ok(exhibit?.kind === 'table');
  assert.match(exhibit.title, /^Simulated/);
  assert.deepEqual(
    exhibit.findings.map(({ environment, sentence }) => [environment, sentence]),
    [
      ['xen-dom0-256', 'time beside qemu-256, by the emulator’s clock: +25.0 % at n = 200'],
      ['xen-domu-256', 'time beside qemu-256, by the emulator’s clock: −20.0 % at n = 200'],
    ],
  );
  assert.match(exhibit.table.text, /<td>900–1,000<\/td>/);
  assert.match(exhibit.table.text, /<td>500–800, \+25\.0 % time<\/td>/);
  assert.match(exhibit.table.text, /<td>400–400<\/td>/);
});

test('measured values are no business of it, nor are other emulated programs', () => {
  assert.deepEqual(emulatedExhibit(viewRecords(records('measured'), [])), []);
  assert.deepEqual(emulatedExhibit(viewRecords([record('uml-256', 200, 0, 1, 'simulated')], [])), []);
});
