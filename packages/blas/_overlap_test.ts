import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { repeatsElement, sharesElement } from './_overlap.ts';

function places(rows: number, columns: number, rowStride: number, columnStride: number, offset: number): number[] {
  const all: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      all.push(offset + i * rowStride + j * columnStride);
    }
  }
  return all;
}

const count = fc.integer({ min: 1, max: 7 });
const stride = fc.integer({ min: -13, max: 13 });

test('sharesElement agrees with listing every element', () => {
  fc.assert(
    fc.property(
      fc.tuple(count, count, stride, stride),
      fc.tuple(count, count, stride, stride),
      fc.integer({ min: -60, max: 60 }),
      (x, y, distance) => {
        const inX = new Set(places(...x, 0));
        const expected = places(...y, distance).some((place) => inX.has(place));
        assert.equal(sharesElement(...x, ...y, distance), expected);
      },
    ),
    { numRuns: 20_000 },
  );
});

test('sharesElement tells blocks of one matrix apart, also when their ranges interleave', () => {
  const n = 1000;
  assert.equal(sharesElement(n, n, 2 * n, 1, n, n, 2 * n, 1, n), false, 'left and right half');
  assert.equal(sharesElement(n, n, 2 * n, 1, n, n, 2 * n, 1, n - 1), true, 'one column in common');
  assert.equal(sharesElement(n, n, 2 * n, 2, n, n, 2 * n, 2, 1), false, 'even and odd columns');
  assert.equal(sharesElement(n, n, 2 * n, 1, n, n, 1, 2 * n, n), false, 'the second half seen transposed');
  assert.equal(sharesElement(n, n, 2 * n, 1, n, n, 2 * n, -1, 2 * n - 1), false, 'the second half seen from its end');
});

test('repeatsElement agrees with listing every element', () => {
  fc.assert(
    fc.property(count, count, stride, stride, (rows, columns, rowStride, columnStride) => {
      const all = places(rows, columns, rowStride, columnStride, 0);
      assert.equal(repeatsElement(rows, columns, rowStride, columnStride), new Set(all).size < all.length);
    }),
    { numRuns: 20_000 },
  );
});
