import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record } from '@paratune/record';
import { concurrentExhibits } from './_concurrent_exhibits.ts';
import { makeIdentity } from './_fixture.ts';
import { viewRecords } from './_view.ts';

const identities = [makeIdentity('native', 512 * 2 ** 20), makeIdentity('uml', 256 * 2 ** 20)];

interface Run {
  environment: string;
  apart: boolean;
  n: number;
  /** Of the drivers. */
  rates: number[];
  run?: number;
}

/** The records of one run of several drivers. */
function recordsOf({ environment, apart, n, rates, run = 0 }: Run): Record[] {
  const identity = identities[environment.startsWith('uml') ? 1 : 0]!.id;
  const factors = { n, drivers: rates.length, arrangement: apart ? 'apart' : 'together' };
  const common = {
    ...{ version: 1 as const, experiment: 'concurrent-drivers', environment, factors, unit: '', run, identity },
    ...{ time: '2026-01-31T12:00:00.000Z', status: 'measured' as const },
  };
  const sum = rates.reduce((total, rate) => total + rate);
  return [
    ...rates.flatMap((value, repetition) => [
      { ...common, metric: 'mflops', value, repetition },
      { ...common, metric: 'baselineBytes', value: 2 ** 25, repetition },
    ]),
    { ...common, metric: 'aggregateMflops', value: sum, repetition: 0 },
    { ...common, metric: 'fairness', value: 0.9, repetition: 0 },
  ];
}

test('two drivers: the rate where it is greatest, what is left at the end, and how much it varies', () => {
  const records = [
    { environment: 'native-512', apart: false, n: 1000, rates: [100, 100] },
    { environment: 'native-512', apart: false, n: 3200, rates: [30, 10] },
    { environment: 'uml-256', apart: true, n: 1000, rates: [90, 110] },
    { environment: 'uml-256', apart: true, n: 1000, rates: [90, 110], run: 1 },
    { environment: 'uml-256', apart: true, n: 3200, rates: [50, 50] },
  ].flatMap(recordsOf);
  const [figure, ...others] = concurrentExhibits(viewRecords(records, identities));
  assert.deepEqual(others, []);
  assert.deepEqual(
    figure?.findings.map(({ environment, sentence }) => [environment, sentence]),
    [
      ['2 in native-512', '100 Mflops a driver at n = 1000 (deviation 0 %); 20 % of that at n = 3200 (deviation 71 %)'],
      ['2 × uml-256', '100 Mflops a driver at n = 1000 (deviation 12 %); 50 % of that at n = 3200 (deviation 0 %)'],
    ],
  );
  assert.match(figure?.measured ?? '', /2 in native-512 and 2 × uml-256; 1 to 2 runs of each/);
  // Half of 512 MB, and all of 256, less what the process needs: the same.
  assert.ok(figure?.kind === 'figure');
  const drawn = JSON.stringify(figure.drawing.alone);
  assert.match(drawn, /native-512 predicted: 3129/);
  assert.match(drawn, /uml-256 predicted: 3129/);
});

test('more drivers: what all do together, at the dimension that has most of them', () => {
  const records = [1, 2, 4].flatMap((drivers) =>
    recordsOf({ environment: 'native', apart: false, n: 500, rates: Array<number>(drivers).fill(100) }),
  );
  records.push(...recordsOf({ environment: 'native-512', apart: false, n: 2000, rates: [70, 70] }));
  const [, crowd] = concurrentExhibits(viewRecords(records, identities));
  assert.deepEqual(
    crowd?.findings.map(({ environment, sentence }) => [environment, sentence]),
    [['processes in native', '1: 100; 2: 200; 4: 400 Mflops together; fairness at least 0.900, with 1']],
  );
  assert.deepEqual(concurrentExhibits(viewRecords([], []))[0]?.findings, []);
});
