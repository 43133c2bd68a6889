import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseCacheEdge } from './choose_cache_edge.ts';

const steady = (rates: { readonly [edge: number]: number }) =>
  Object.entries(rates).map(([edge, rate]) => ({ cacheEdge: Number(edge), mflops: [rate, rate, rate] }));

test('the fastest edge is chosen when it is faster by more than a tie', () => {
  assert.equal(chooseCacheEdge(steady({ 0: 100, 1024: 101, 2048: 105, 4096: 103 })), 2048);
  assert.equal(chooseCacheEdge(steady({ 0: 107, 1024: 101, 2048: 105, 4096: 103 })), 0);
});

test('of equals the smallest is chosen, and blocking for the level 1 cache only before it', () => {
  assert.equal(chooseCacheEdge(steady({ 0: 90, 1024: 99.1, 2048: 99.8, 4096: 100 })), 1024);
  assert.equal(chooseCacheEdge(steady({ 0: 99.1, 1024: 99.7, 2048: 100 })), 0);
  assert.equal(chooseCacheEdge(steady({ 0: 98.9, 1024: 98.9, 2048: 100 })), 2048);
});

test('disturbed repetitions change nothing, also where most are', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 9 }), (disturbed) => {
      const candidates = steady({ 0: 80, 1024: 100, 2048: 90 }).map(({ cacheEdge, mflops }) => ({
        cacheEdge,
        mflops: [...disturbed, ...mflops],
      }));
      assert.equal(chooseCacheEdge(candidates), 1024);
    }),
  );
});

test('the order of the candidates does not matter', () => {
  const candidates = steady({ 0: 90, 1024: 99.7, 2048: 100 });
  assert.equal(chooseCacheEdge(candidates), chooseCacheEdge([...candidates].reverse()));
});
