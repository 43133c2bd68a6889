import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record as Observation } from '@paratune/record';
import { differenceTable } from './_table.ts';
import { diffTunings } from './diff_tunings.ts';

/** The log of tunings of dgemm that chose these `mu` and ran at these rates; the last was broken off if told so. */
function log(tunings: readonly (readonly [mu: number, mflops: number])[], brokenOff = false): Observation[] {
  const common = {
    ...{ version: 1 as const, experiment: 'tune', environment: 'native', repetition: 0, identity: '0123456789abcdef' },
    ...{ time: '2026-01-31T12:00:00.000Z', unit: '', status: 'measured' as const },
  };
  const factors = { routine: 'gemm', precision: 'double' };
  return tunings.flatMap(([mu, mflops], run) => [
    {
      ...common,
      run,
      factors: { ...factors, source: 'any', kept: true },
      metric: 'candidateMflops',
      value: mflops / 2,
    },
    { ...common, run, factors: { ...factors, source: 'any', kept: true }, metric: 'candidateMflops', value: mflops },
    {
      ...common,
      run,
      factors: { ...factors, source: 'any', kept: false },
      metric: 'candidateMflops',
      value: 2 * mflops,
    },
    { ...common, run, factors, metric: 'mu', value: mu },
    ...(brokenOff && run === tunings.length - 1 ? [] : [{ ...common, run, factors: {}, metric: 'seconds', value: 1 }]),
  ]);
}

test('parameters that some tuning of both chose are the same, and rates within three per cent', () => {
  const [mu, mflops] = ['mu', 'mflops'].map((what) =>
    diffTunings(
      log([
        [24, 100],
        [16, 102],
        [24, 98],
      ]),
      log([[16, 101]]),
    ).find((each) => each.what === what),
  );
  assert.deepEqual([mu?.a, mu?.b, mu?.same], [24, 16, true]);
  assert.deepEqual([mflops?.a, mflops?.b, mflops?.same], [100, 101, true]);
});

test('what differs is shown, and how many are the same', () => {
  const differences = diffTunings(log([[24, 100]]), log([[16, 90]]));
  assert.deepEqual(
    differences.map(({ same }) => same),
    [false, false],
  );
  const table = differenceTable(differences);
  assert.match(table, /dgemm +mu +24 +16\n/);
  assert.match(table, /dgemm +mflops +100 +90 +-10.0 %\n/);
  assert.match(table, /\n0 of 1 parameters were chosen in both\n$/);
});

test('a tuning that was broken off does not count', () => {
  assert.deepEqual(diffTunings(log([[24, 100]]), log([[16, 90]], true)), []);
});
