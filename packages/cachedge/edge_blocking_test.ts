import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { edgeBlocking } from './edge_blocking.ts';

test('a block is whole register blocks, fits its edge, and would not with one more', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 8, max: 512 }),
      fc.integer({ min: 8192, max: 2 ** 23 }),
      (mu, depth, edge) => {
        const { mc, kc } = edgeBlocking(edge, { rows: 4000, mu, kc: depth });
        assert.ok(mc % mu === 0 && kc >= 1 && kc <= depth);
        assert.ok(mc * kc * 8 <= edge);
        if (kc === depth) assert.ok((mc + mu) * kc * 8 > edge);
        else assert.ok(mc === mu && mc * (kc + 1) * 8 > edge);
      },
    ),
  );
});

test('without an edge the block is all rows', () => {
  assert.deepEqual(edgeBlocking(0, { rows: 1, mu: 24, kc: 384 }), { mc: 24, kc: 384 });
  assert.deepEqual(edgeBlocking(0, { rows: 48, mu: 24, kc: 384 }), { mc: 48, kc: 384 });
});

test('an edge below one row of one register block still is a block', () => {
  assert.deepEqual(edgeBlocking(1, { rows: 100, mu: 24, kc: 384 }), { mc: 24, kc: 1 });
});
