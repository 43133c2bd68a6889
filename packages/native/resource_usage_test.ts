import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocate } from './allocate.ts';
import { free } from './free.ts';
import { resourceUsage } from './resource_usage.ts';

test('touching memory shows as faults and in the peak', () => {
  const before = resourceUsage();
  const array = allocate(Float64Array, 2 ** 23); // 64 MiB
  for (let at = 0; at < array.length; at += 512) array[at] = 1;
  const after = resourceUsage();
  assert.ok(after.minorFaults - before.minorFaults >= (64 * 2 ** 20) / 4096 / 512);
  assert.ok(after.peakResidentBytes >= 64 * 2 ** 20);
  assert.ok(after.userSeconds >= before.userSeconds && after.systemSeconds >= before.systemSeconds);
  assert.ok(after.majorFaults >= before.majorFaults);
  free(array);
});
