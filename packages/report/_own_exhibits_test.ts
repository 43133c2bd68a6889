import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record } from '@paratune/record';
import { makeIdentity } from './_fixture.ts';
import { ownExhibits } from './_own_exhibits.ts';
import { viewRecords } from './_view.ts';

const record = (environment: string, files: number, value: number, repetition: number): Record => ({
  ...{ version: 1, experiment: 'file-making', environment, factors: { files }, metric: 'seconds', unit: 's' },
  ...{ run: 0, repetition, time: '2026-01-31T12:00:00.000Z', identity: '0123456789abcdef', status: 'measured', value },
});

test('an experiment of a user’s own has a figure for each metric, with every environment beside native', () => {
  const records = [0, 1, 2].flatMap((repetition) => [
    record('native', 10, 2 + repetition / 10, repetition),
    record('uml-256', 10, 4 + repetition / 5, repetition),
  ]);
  const [exhibit, ...others] = ownExhibits(viewRecords(records, [makeIdentity('native', 2 ** 34)]));
  assert.equal(others.length, 0);
  assert.ok(exhibit?.kind === 'figure');
  assert.deepEqual([exhibit.name, exhibit.title], ['own-01', 'file-making: seconds']);
  assert.deepEqual(
    exhibit.findings.map(({ environment, sentence }) => [environment, sentence]),
    [['uml-256', 'files 10, 200.0 % of native']],
  );
});

test('many groups are a table only; the paper’s own experiments and simulated values are none of these', () => {
  const many = Array.from({ length: 40 }, (_, files) => record('native', files, 1, 0));
  const [exhibit] = ownExhibits(viewRecords(many, [makeIdentity('native', 2 ** 34)]));
  assert.ok(exhibit?.kind === 'figure' && JSON.stringify(exhibit.drawing.alone).includes('see the table'));
  const others = [{ ...many[0]!, experiment: 'tune' }, { ...many[0]!, status: 'simulated' } as Record];
  assert.deepEqual(ownExhibits(viewRecords(others, [])), []);
});
