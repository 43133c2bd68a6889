import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record } from '@paratune/record';
import { communicationExhibits } from './_communication_exhibits.ts';
import { makeIdentity } from './_fixture.ts';
import { viewRecords } from './_view.ts';

const identity = makeIdentity('native', 2 ** 34);

/** Records of a benchmark whose runs all take about as long. */
function records(benchmark: string, between: string, nanoseconds: number): Record[] {
  const common = {
    ...{ version: 1 as const, experiment: 'shm', environment: 'native', unit: 'ns', identity: identity.id, run: 0 },
    ...{ time: '2026-01-31T12:00:00.000Z', status: 'measured' as const },
  };
  const factors = { benchmark, between, iterations: 1000 };
  const runs = [0.99, 1, 1.01].flatMap((factor, repetition) =>
    [
      ['iterationNanoseconds', nanoseconds],
      ['medianNanoseconds', 0.9 * nanoseconds],
      ['jsIterationNanoseconds', 2 * nanoseconds],
    ].map(([metric, value]) => ({
      ...{ ...common, factors, metric: String(metric), repetition, value: Number(value) * factor },
    })),
  );
  const quantiles = [0, 0.5, 0.999, 1].map((part) => ({
    ...{ ...common, factors: { ...factors, part }, metric: 'quantileNanoseconds', repetition: 0 },
    value: nanoseconds * (1 + part),
  }));
  return [...runs, ...quantiles];
}

test('means, medians and deviations beside the paper’s; guests are tested against processes', () => {
  const all = [
    ...records('tcp', 'uml-uml', 200_000),
    ...records('raw', 'uml-uml', 251),
    ...records('raw', 'processes', 250),
    ...records('sync', 'host-uml', 900),
    ...records('sync', 'processes', 600),
  ];
  const [table, figure, ...others] = communicationExhibits(viewRecords(all, [identity]));
  assert.deepEqual(others, []);
  assert.deepEqual(
    table?.findings.map(({ environment, sentence }) => [environment, sentence]),
    [
      ['processes', 'Raw 0.250 (median 0.225), Sync 0.600 (median 0.540) µs'],
      ['host-uml', 'Sync 0.900 (median 0.810) µs'],
      [
        'uml-uml',
        'Raw 0.251 (median 0.226), TCP 200 (median 180) µs; TCP takes 797 times as long as Raw (medians: 797 times)',
      ],
    ],
  );
  assert.ok(table?.kind === 'table');
  const { text } = table.table;
  assert.match(
    text,
    /Raw<\/th><td>0.36 \(0.009\)<\/td><td>0.35 \(0.005\)<\/td><td>0.39 \(0.03\)<\/td><td>0.250 \(0.00250\)<small>median 0.225/,
  );
  // Within 5 %, and 50 % more.
  assert.match(text, /Raw<\/th><td>uml-uml<\/td><td>100.4 %<\/td><td>0\.\d+<\/td><td>equivalent<\/td>/);
  assert.match(text, /Sync<\/th><td>host-uml<\/td><td>150.0 %<\/td><td>&#60; 0.001<\/td><td>different<\/td>/);
  assert.match(text, /Raw<\/th><td>processes<\/td><td>0.500<\/td><td>0.250<\/td><td>0.250<\/td>/);
  assert.equal(
    table.measured,
    '3 runs of each between processes, host-uml and uml-uml, each side on a CPU of its own.',
  );

  assert.ok(figure?.kind === 'figure');
  assert.equal(
    figure.findings.find(({ environment }) => environment === 'host-uml')?.sentence,
    'Sync 1.35 µs, one in 1000 at least 1.80',
  );
  const drawn = JSON.stringify(figure.drawing.alone);
  assert.match(drawn, /"n":1000,"value":499.75/);
});

test('nothing measured is an empty table, and no figure', () => {
  const [table, ...others] = communicationExhibits(viewRecords([], []));
  assert.deepEqual([table?.findings, table?.measured, others], [[], undefined, []]);
  assert.ok(table?.kind === 'table' && table.table.text.includes('38.4 (0.3)'));
});
