import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Record } from '@paratune/record';
import { paperLike } from './_fixture.ts';
import { unmadeGood } from './_unmade_good.ts';

const { records } = paperLike({ environments: ['uml-256'], dimensions: [100], runs: 1 });
const { value: _value, status: _status, ...common } = records[0] as Extract<Record, { value: number }>;
const skipped: Record = { ...common, status: 'skipped', reason: 'no swap' };

test('a skipped observation counts until it was measured, a skipped environment until anything of it was', () => {
  assert.deepEqual(unmadeGood([skipped]), [skipped]);
  assert.deepEqual(unmadeGood([...records, skipped]), []);
  assert.deepEqual(unmadeGood([...records, { ...skipped, factors: {} }]), []);
});

test('another run, dimension, environment or experiment makes nothing good', () => {
  for (const change of [{ run: 1 }, { factors: { n: 200 } }, { environment: 'uml-756' }, { experiment: 'another' }]) {
    assert.equal(unmadeGood([...records, { ...skipped, ...change }]).length, 1, JSON.stringify(change));
  }
});
