import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { configure, info, readTuning } from '@paratune/blas';
import { saveCacheEdge } from './save_cache_edge.ts';
import { searchCacheEdge } from './search_cache_edge.ts';

const skip = info().backend === 'x64' ? false : 'there is no machine code here';
const folder = mkdtempSync(join(tmpdir(), 'paratune-cachedge-'));
const path = join(folder, 'tuning.json');
after(() => rmSync(folder, { recursive: true }));

test('the edge chosen becomes part of a tuning, and dgemm blocks by it', { skip }, () => {
  const search = searchCacheEdge({ n: 100, repetitions: 1, edges: [32768] });
  assert.equal(saveCacheEdge(search, path), path);
  const tuning = readTuning(path);
  const [{ mc, kc }] = search.candidates as [(typeof search.candidates)[number]];
  assert.deepEqual([tuning.cacheEdge, tuning.dgemm.mc, tuning.dgemm.kc], [32768, mc, kc]);
  const used = configure({ tuning });
  assert.ok(used.backend === 'x64' && used.mc === mc && used.kc === kc);
  configure({ tuning: 'auto' });
});

test('a search continues from the tuning that is in use, and what it saves keeps the rest', { skip }, () => {
  const before = readTuning(path);
  process.env['PARATUNE_TUNING'] = path;
  try {
    const search = searchCacheEdge({ n: 100, repetitions: 1, edges: [16384] });
    saveCacheEdge(search, path);
  } finally {
    delete process.env['PARATUNE_TUNING'];
    configure({ tuning: 'auto' });
  }
  const { cacheEdge, dgemm, time, ...rest } = readTuning(path);
  const { cacheEdge: _edge, dgemm: dgemmBefore, time: _time, ...restBefore } = before;
  assert.equal(cacheEdge, 16384);
  assert.deepEqual(rest, restBefore);
  assert.deepEqual({ ...dgemm, mc: 0, kc: 0 }, { ...dgemmBefore, mc: 0, kc: 0 });
  assert.ok(Date.parse(time) > 0);
});
