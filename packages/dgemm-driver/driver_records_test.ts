import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRecord } from '@paratune/record';
import { driverResult } from './_fixture.ts';
import { driverRecords, metrics, skippedRecord } from './driver_records.ts';

const context = { environment: 'uml-256', factors: { n: 100 }, run: 2, time: new Date(), identity: '0123456789abcdef' };

test('a run that was measured gives a record for each metric', () => {
  const result = { ...driverResult(100), dataTlbMisses: 5000, instructionTlbMisses: 0 };
  const records = driverRecords({ status: 'measured', result }, context);
  assert.deepEqual(
    records.map(({ metric }) => metric),
    Object.keys(metrics),
  );
  for (const record of records) {
    checkRecord(record);
    assert.ok(record.status === 'measured' && record.value === result[record.metric as keyof typeof metrics]);
    assert.deepEqual([record.environment, record.factors, record.run], ['uml-256', { n: 100 }, 2]);
  }
});

test('what the hardware does not count has no record', () => {
  const records = driverRecords({ status: 'measured', result: driverResult(100) }, context);
  const missing = Object.keys(metrics).filter((metric) => !records.some((record) => record.metric === metric));
  assert.deepEqual(missing, ['dataTlbMisses', 'instructionTlbMisses']);
});

test('times of an emulated processor are marked, and what its kernel counted is not', () => {
  const records = driverRecords({ status: 'measured', result: driverResult(100) }, { ...context, emulated: true });
  for (const record of records) checkRecord(record);
  const simulated = records.filter(({ status }) => status === 'simulated').map(({ metric }) => metric);
  assert.deepEqual(simulated.sort(), ['mflops', 'seconds']);
});

test('a run that failed, and one that could not be made, give one record with the reason', () => {
  const [failed, ...others] = driverRecords({ status: 'failed', reason: 'out of memory' }, context);
  assert.equal(others.length, 0);
  for (const [status, record] of [
    ['failed', failed],
    ['skipped', skippedRecord('out of memory', context)],
  ] as const) {
    checkRecord(record);
    assert.ok(record.status === status && 'reason' in record && record.reason === 'out of memory');
    assert.deepEqual([record.metric, record.unit], ['mflops', 'Mflops']);
  }
});
