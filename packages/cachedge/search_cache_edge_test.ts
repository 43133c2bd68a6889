import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure, info } from '@paratune/blas';
import { checkRecord } from '@paratune/record';
import * as v from 'valibot';
import { cacheEdgeRecords, selectionRecords } from './cache_edge_records.ts';
import { cacheEdgeSearchSchema } from './cache_edge_search.ts';
import { searchCacheEdge } from './search_cache_edge.ts';

const skip = info().backend === 'x64' ? false : 'there is no machine code here';

test('a search times each edge in each turn, chooses one, and leaves the library as it is by itself', { skip }, () => {
  configure({ tuning: 'auto', threads: 'all' });
  const before = info();
  const turns: number[] = [];
  const search = searchCacheEdge({
    n: 300,
    repetitions: 3,
    edges: [0, 12288, 131072],
    onProgress: ({ done, total }) => turns.push(done / total),
  });
  assert.deepEqual(info(), before);
  assert.deepEqual(turns, [1 / 3, 2 / 3, 1]);
  assert.deepEqual(v.parse(cacheEdgeSearchSchema, JSON.parse(JSON.stringify(search))), search);
  assert.deepEqual(
    search.candidates.map(({ cacheEdge, mflops }) => [cacheEdge, mflops.length]),
    [
      [0, 3],
      [12288, 3],
      [131072, 3],
    ],
  );
  assert.ok(search.candidates.some(({ cacheEdge }) => cacheEdge === search.cacheEdge));
});

test('edges that would hold all of A are what 0 is, and are left out', { skip }, () => {
  const { candidates } = searchCacheEdge({ n: 100, repetitions: 1, edges: [0, 16384, 0, 2 ** 30] });
  assert.deepEqual(
    candidates.map(({ cacheEdge }) => cacheEdge),
    [0, 16384],
  );
  assert.throws(() => searchCacheEdge({ n: 100, edges: [2 ** 30] }), {
    name: 'RangeError',
    message: /'edges' .* 100 rows/,
  });
});

test('records carry every rate and every choice', { skip }, () => {
  const search = searchCacheEdge({ n: 64, repetitions: 2, edges: [0, 8192] });
  const context = { environment: 'native', run: 4, identity: '0123456789abcdef' };
  const records = [...cacheEdgeRecords(search, context), ...selectionRecords([search, search], context)];
  for (const record of records) checkRecord(record);
  assert.deepEqual(
    records.map(({ metric, factors, run, repetition }) => [metric, factors['cacheEdge'], run, repetition]),
    [
      ['mflops', 0, 4, 0],
      ['mflops', 0, 4, 1],
      ['mflops', 8192, 4, 0],
      ['mflops', 8192, 4, 1],
      ['cacheEdgeBytes', undefined, 4, 0],
      ['cacheEdgeBytes', undefined, 5, 0],
    ],
  );
});

test('wrong options are refused by name, before anything is timed', () => {
  for (const [options, message] of [
    [{ n: 0 }, /'n' must be a whole number from 1 to 20000, got 0/],
    [{ n: 1.5 }, /'n' .* got 1.5/],
    [{ repetitions: 0 }, /'repetitions' .* got 0/],
    [{ edges: [] }, /'edges' must name at least one edge/],
    [{ edges: [0, -1] }, /'edges\[1\]' .* got -1/],
  ] as const) {
    assert.throws(() => searchCacheEdge(options), { name: 'RangeError', message });
  }
  assert.throws(() => searchCacheEdge({ n: '9' as never }), { name: 'TypeError', message: /'n' .* got "9"/ });
  assert.throws(() => searchCacheEdge({ edges: 8 as never }), {
    name: 'TypeError',
    message: /'edges' must be an array/,
  });
});
