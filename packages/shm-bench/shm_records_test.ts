import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRecord } from '@paratune/record';
import type { Measurement } from './measurement.ts';
import { shmRecords } from './shm_records.ts';

const context = { environment: 'native', run: 3, identity: '0123456789abcdef' };
const measured: Measurement = {
  ...{ version: 1, benchmark: 'sync', between: 'uml-uml', implementation: 'x64', unit: 'ns' },
  ...{ time: '2026-01-31T12:00:00.000Z', cpus: [0, 1], iterations: 10, runs: 2, mean: 250, sd: 1.5 },
  ...{ p50: 240, p99: 300, p999: 400, max: 900, means: [249, 251], medians: [239, 241] },
  quantiles: [
    { part: 0.5, nanoseconds: 240 },
    { part: 1, nanoseconds: 900 },
  ],
};

test('means, medians and quantiles become records', () => {
  const records = shmRecords(measured, context);
  for (const record of records) checkRecord(record);
  const factors = { benchmark: 'sync', between: 'uml-uml', iterations: 10 };
  assert.deepEqual(
    records.map((record) => [record.metric, record.repetition, 'value' in record && record.value, record.factors]),
    [
      ['iterationNanoseconds', 0, 249, factors],
      ['iterationNanoseconds', 1, 251, factors],
      ['medianNanoseconds', 0, 239, factors],
      ['medianNanoseconds', 1, 241, factors],
      ['quantileNanoseconds', 0, 240, { ...factors, part: 0.5 }],
      ['quantileNanoseconds', 0, 900, { ...factors, part: 1 }],
    ],
  );
});

test('JavaScript is apart, and what was skipped says why', () => {
  const [record] = shmRecords({ ...measured, implementation: 'js', medians: [], quantiles: [] }, context);
  assert.equal(record?.metric, 'jsIterationNanoseconds');
  const { benchmark, between, implementation } = measured;
  const skipped = { version: 1, benchmark, between, implementation, skipped: 'no such guest' } as const;
  const [reason, ...others] = shmRecords(skipped, context);
  checkRecord(reason);
  assert.deepEqual(others, []);
  assert.ok(reason?.status === 'skipped' && reason.reason === 'no such guest');
});
