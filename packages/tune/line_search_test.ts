import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Line, lineSearch, type Outcome } from './line_search.ts';

type Point = readonly [number, number];

const lines: Line<Point>[] = [
  { name: 'first', from: ([x, y]) => [[x + 1, y] as const, [x - 1, y] as const] },
  { name: 'second', from: ([x, y]) => [[x, y + 1] as const, [x, y - 1] as const] },
];

test('it climbs to the top of a hill, and tries nothing twice', () => {
  fc.assert(
    fc.property(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), (top, other) => {
      const height = ([x, y]: Point) => -((x - top) ** 2) - (y - other) ** 2;
      const tried: string[] = [];
      const { best, finished } = lineSearch<Point>([0, 0], lines, (incumbent, challenger) => {
        tried.push(String(challenger));
        return height(challenger) > height(incumbent) ? 'kept' : 'dropped';
      });
      assert.deepEqual([best, finished], [[top, other], true]);
      assert.equal(new Set(tried).size, tried.length);
      assert.ok(!tried.includes('0,0'));
    }),
  );
});

test('when time is up the best so far stands', () => {
  const outcomes: Outcome[] = ['kept', 'dropped', 'out of time'];
  const { best, finished } = lineSearch<Point>([0, 0], lines, () => outcomes.shift()!);
  assert.deepEqual([best, finished], [[1, 0], false]);
  assert.equal(outcomes.length, 0);
});

test('rounds end when one keeps nothing', () => {
  let asked = 0;
  const line: Line<Point> = {
    name: 'none',
    from: () => {
      asked++;
      return [];
    },
  };
  lineSearch<Point>([0, 0], [line], () => 'dropped', 5);
  assert.equal(asked, 1);
});
