import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { GuestPool } from '@paratune/guest';
import { identify, type Record as Observation, openStore } from '@paratune/record';
import type { Setting } from './_experiment.ts';
import { tlbSweep } from './_tlb_sweep.ts';
import { profiles } from './profiles.ts';

const scratch = mkdtempSync(join(tmpdir(), 'paratune-tlb-'));
after(() => rmSync(scratch, { recursive: true }));

test('the paper’s TLB, and this machine’s once it was probed: every value is simulated, and none is made twice', async () => {
  const store = openStore(scratch);
  const profile = { ...profiles.tiny, tlbModel: true, driver: [{ dimensions: [40, 80], runs: 3 }] };
  await using pool = new GuestPool();
  const setting: Setting = { store, profile, environments: ['native'], pool };
  const control = { signal: new AbortController().signal, onProgress() {} };
  assert.deepEqual(tlbSweep.plan({ ...setting, profile: profiles.tiny }).total, 0);
  assert.equal(tlbSweep.plan(setting).missing, 2);
  assert.deepEqual(await tlbSweep.run(setting, control), { measured: 2, failed: 0, skipped: [] });
  assert.equal(tlbSweep.plan(setting).missing, 0);

  const identity = store.addIdentity(identify({ kind: 'native' }));
  const found = (metric: string, value: number, source: string): Observation => ({
    ...{ version: 1, experiment: 'probe', environment: 'native', factors: { source }, metric, unit: 'entries' },
    ...{ run: 0, repetition: 0, time: '2026-01-31T12:00:00.000Z', identity, status: 'measured', value },
  });
  store.append([
    found('dtlbEntries', 7, 'reported'),
    found('dtlbEntries', 80, 'measured'),
    found('stlbEntries', 1000, 'reported'),
  ]);
  assert.equal(tlbSweep.plan(setting).missing, 2);
  await tlbSweep.run(setting, control);
  assert.equal(tlbSweep.plan(setting).missing, 0);
  const records = store.read().records.filter(({ experiment }) => experiment === 'tlb');
  assert.ok(records.every(({ status }) => status === 'simulated'));
  const ofMachine = records.filter(({ factors }) => factors['geometry'] === 'machine');
  assert.equal(ofMachine.length, 4);
  for (const { factors } of ofMachine) {
    assert.deepEqual([factors['dataEntries'], factors['secondLevelEntries']], [80, 1000]);
  }
  store.close();
});
