import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from './_histogram.ts';

test('a quantile is the value of that rank, to 0.05 %, and the largest exactly', () => {
  const value = fc.oneof(fc.integer({ min: 0, max: 4096 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, part) => {
      const histogram = new Histogram();
      // Counted apart, then together.
      const half = values.length >> 1;
      const other = new Histogram();
      histogram.add(Uint32Array.from(values.slice(0, half)));
      other.add(Uint32Array.from(values.slice(half)));
      histogram.merge(other);
      const sorted = [...values].sort((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(part * values.length)) - 1]!;
      assert.ok(Math.abs(histogram.quantile(part) - exact) <= exact / 2048);
      assert.equal(histogram.quantile(1), sorted.at(-1));
    }),
  );
  assert.ok(Number.isNaN(new Histogram().quantile(0.5)));
});
