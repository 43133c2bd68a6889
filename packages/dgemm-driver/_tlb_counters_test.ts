import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocate, free } from '@paratune/native';
import { tlbCounters } from './_tlb_counters.ts';

test('where the hardware counts, touching pages misses; where it does not, there are no counters', () => {
  const counters = tlbCounters();
  if (counters === undefined) return;
  counters.start();
  const pages = 20_000;
  const array = allocate(Float64Array, pages * 512, { huge: false });
  for (let page = 0; page < pages; page++) array[page * 512] = 1;
  free(array);
  const { dataTlbMisses, instructionTlbMisses } = counters.stop();
  assert.ok(dataTlbMisses >= pages / 2 && instructionTlbMisses >= 0);
});
