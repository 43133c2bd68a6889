import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheEdges } from './cache_edges.ts';

test('edges reach from below a level 1 cache to past a level 2 cache, each once, rising', () => {
  const edges = cacheEdges();
  assert.equal(edges[0], 0);
  assert.deepEqual(
    edges,
    [...new Set(edges)].sort((a, b) => a - b),
  );
  assert.ok(edges[1]! <= 32768 / 4 && edges.at(-1)! >= 2 * 2 ** 21);
  assert.ok(edges.includes(2 ** 20) && edges.includes(1.5 * 2 ** 20));
});

test('both ends are included, whether powers or steps', () => {
  assert.deepEqual(cacheEdges({ from: 24576, to: 49152 }), [0, 24576, 32768, 49152]);
  assert.deepEqual(cacheEdges({ from: 1, to: 3 }), [0, 1, 2, 3]);
  assert.deepEqual(cacheEdges({ from: 17, to: 18 }), [0]);
});

test('ends that are none are refused by name', () => {
  assert.throws(() => cacheEdges({ from: 0 }), { name: 'RangeError', message: /'from' .* got 0/ });
  assert.throws(() => cacheEdges({ from: 64, to: 32 }), { name: 'RangeError', message: /'to' .* from 64 .* got 32/ });
  assert.throws(() => cacheEdges({ to: '1M' as never }), { name: 'TypeError', message: /'to' .* got "1M"/ });
});
