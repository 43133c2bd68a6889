import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cache, Processor } from '@paratune/native';
import { cacheSizes } from './_cache_sizes.ts';

function processor(partial: Partial<Processor>): Processor {
  const none = { stepping: 0, name: '', instructionSets: ['sse2'] as const, caches: [], hypervisor: null };
  return { vendor: 'AuthenticAMD', family: 0x1a, model: 2, ...none, ...partial };
}

const cache = (level: number, kind: Cache['kind'], bytes: number): Cache => ({
  ...{ level, kind, bytes },
  ...{ lineBytes: 64, ways: 8, sets: bytes / 512, sharedBy: 1 },
});

test('what the processor tells is taken, and its instruction cache is not', () => {
  const caches = [cache(1, 'instruction', 1), cache(1, 'data', 2), cache(2, 'unified', 3), cache(3, 'unified', 4)];
  assert.deepEqual(cacheSizes(processor({ caches })), { l1DataBytes: 2, l2Bytes: 3, lastLevelBytes: 4 });
});

test('caches that a hypervisor hides are known by the model', () => {
  assert.deepEqual(cacheSizes(processor({})), { l1DataBytes: 49152, l2Bytes: 2 ** 20, lastLevelBytes: 2 ** 25 });
  const emerald = cacheSizes(processor({ vendor: 'GenuineIntel', family: 6, model: 207 }));
  assert.deepEqual([emerald.l1DataBytes, emerald.l2Bytes], [49152, 2 ** 21]);
});

test('of an unknown processor small caches are assumed, and the last level is never below the second', () => {
  const stranger = { vendor: 'Stranger', family: 1, model: 1 };
  assert.deepEqual(cacheSizes(processor(stranger)), { l1DataBytes: 32768, l2Bytes: 2 ** 18, lastLevelBytes: 2 ** 21 });
  const caches = [cache(2, 'unified', 2 ** 24)];
  assert.equal(cacheSizes(processor({ ...stranger, caches })).lastLevelBytes, 2 ** 24);
});
