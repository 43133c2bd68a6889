import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  batchSharesElement,
  type Dimension,
  highestIndex,
  lowestIndex,
  rangeOf,
  repeatsElement,
  sharesElement,
} from './_overlap.ts';

function places(dimensions: readonly Dimension[], offset: number): number[] {
  return dimensions.reduce(
    (all, [count, stride]) =>
      all.flatMap((place) => Array.from({ length: count }, (_, index) => place + index * stride)),
    [offset],
  );
}

/** -0 is the same place as 0. */
const asIndices = (places: readonly number[]) => places.map((place) => place + 0);

const count = fc.integer({ min: 1, max: 7 });
const stride = fc.integer({ min: -13, max: 13 });
const dimensions = fc.array(fc.tuple(count, stride), { minLength: 1, maxLength: 3 });

test('sharesElement agrees with listing every element', () => {
  fc.assert(
    fc.property(dimensions, dimensions, fc.integer({ min: -60, max: 60 }), (x, y, distance) => {
      const inX = new Set(places(x, 0));
      const expected = places(y, distance).some((place) => inX.has(place));
      assert.equal(sharesElement(x, y, distance), expected);
      // With too few steps to know, they may.
      if (expected) assert.ok(sharesElement(x, y, distance, 1));
    }),
    { numRuns: 20_000 },
  );
});

test('sharesElement tells blocks of one matrix apart, also when their ranges interleave', () => {
  const n = 1000;
  const matrix = (rowStride: number, columnStride: number): Dimension[] => [
    [n, rowStride],
    [n, columnStride],
  ];
  const rows = matrix(2 * n, 1);
  assert.equal(sharesElement(rows, rows, n), false, 'left and right half');
  assert.equal(sharesElement(rows, rows, n - 1), true, 'one column in common');
  assert.equal(sharesElement(matrix(2 * n, 2), matrix(2 * n, 2), 1), false, 'even and odd columns');
  assert.equal(sharesElement(rows, matrix(1, 2 * n), n), false, 'the second half seen transposed');
  assert.equal(sharesElement(rows, matrix(2 * n, -1), 2 * n - 1), false, 'the second half seen from its end');
});

test('sharesElement takes no more steps than it is given', () => {
  const strides = [99_991_000_003, 99_989_000_021, 99_971_000_039, 99_961_000_057, 99_929_000_071, 99_923_000_093];
  const layout = (count: number): [Dimension[], Dimension[]] => {
    const all = strides.map((each): Dimension => [count, each]);
    return [all.slice(0, 3), all.slice(3)];
  };
  const [x, y] = layout(3);
  assert.equal(sharesElement(x, y, 7), false);
  assert.equal(sharesElement(x, y, 7, 100), true);
  // Without a limit this would take years.
  assert.equal(sharesElement(...layout(10_000), 7, 100_000), true);
});

test('rangeOf, lowestIndex and highestIndex are those of the elements listed', () => {
  fc.assert(
    fc.property(dimensions, (given) => {
      const all = places(given, 0);
      const range = [Math.min(...all), Math.max(...all)];
      assert.deepEqual(asIndices(rangeOf(given)), asIndices(range));
      if (given.length !== 2) return;
      const [[rows, rowStride], [columns, columnStride]] = given as unknown as [Dimension, Dimension];
      const matrix = [rows, columns, rowStride, columnStride] as const;
      assert.deepEqual(asIndices([lowestIndex(...matrix), highestIndex(...matrix)]), asIndices(range));
    }),
  );
});

test('repeatsElement and batchSharesElement agree with listing every element', () => {
  fc.assert(
    fc.property(count, count, count, stride, stride, stride, (rows, columns, batch, ...strides) => {
      const [rowStride, columnStride, batchStride] = strides;
      const matrix: Dimension[] = [
        [rows, rowStride],
        [columns, columnStride],
      ];
      const one = places(matrix, 0);
      assert.equal(repeatsElement(rows, columns, rowStride, columnStride), new Set(one).size < one.length);
      const sets = Array.from({ length: batch }, (_, index) => new Set(places(matrix, index * batchStride)));
      const shared = new Set(sets.flatMap((set) => [...set])).size < sets.reduce((sum, { size }) => sum + size, 0);
      const given = [rows, columns, rowStride, columnStride, batch, batchStride] as const;
      assert.equal(batchSharesElement(...given, Number.POSITIVE_INFINITY), shared);
    }),
    { numRuns: 20_000 },
  );
  assert.equal(batchSharesElement(0, 3, 0, 0, 5, 0, 10), false);
});
