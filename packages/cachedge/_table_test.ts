import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatEdge, searchTable, selectionTable } from './_table.ts';
import type { CacheEdgeSearch } from './cache_edge_search.ts';

const search = (cacheEdge: number): CacheEdgeSearch => ({
  version: 1,
  time: '2026-01-31T12:00:00.000Z',
  n: 500,
  kernel: 'dgemm_sse2_6x3',
  cacheEdge,
  candidates: [
    { cacheEdge: 0, mc: 504, kc: 384, mflops: [7000] },
    { cacheEdge: 98304, mc: 24, kc: 384, mflops: [8000, 8000, 8300] },
  ],
});

test('an edge is written in the unit that it is whole in', () => {
  const written = [0, 100, 24576, 2 ** 20, 1.5 * 2 ** 20, 1.25 * 2 ** 20].map(formatEdge);
  assert.deepEqual(written, ['L1 only', '100 B', '24 KiB', '1 MiB', '1.5 MiB', '1280 KiB']);
});

test('a search is a line for each edge, and says which was chosen', () => {
  const [title, head, l1Only, edge] = searchTable(search(98304)).split('\n');
  assert.equal(title, 'dgemm_sse2_6x3, n = 500');
  assert.match(head!, /CacheEdge +block of A +Mflops best +mean +± 95 %/);
  assert.match(l1Only!, /^L1 only +504 x 384 +7000 +7000$/);
  assert.match(edge!, /^96 KiB +24 x 384 +8300 +8100 +430 +chosen$/);
});

test('selections are counted by edge', () => {
  const [, , l1Only, edge] = selectionTable([search(98304), search(0), search(98304)]).split('\n');
  assert.match(l1Only!, /^L1 only +1 +7000$/);
  assert.match(edge!, /^96 KiB +2 +8300$/);
});
