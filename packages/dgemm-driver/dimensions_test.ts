import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dimensions, maximumDimension } from './dimensions.ts';

test("the paper's dimensions are 40", () => {
  const paper = dimensions({ from: 100, to: 4000, step: 100 });
  assert.equal(paper.length, 40);
  assert.deepEqual([paper[0], paper.at(-1)], [100, 4000]);
});

test('a range holds from, and every step up to to', () => {
  const whole = fc.integer({ min: 1, max: 5000 });
  fc.assert(
    fc.property(whole, whole, whole, (from, extent, step) => {
      const range = dimensions({ from, to: from + extent, step });
      assert.equal(range[0], from);
      assert.ok(range.every((n, index) => n === from + index * step && n <= from + extent));
      assert.ok(range.at(-1)! + step > from + extent);
    }),
  );
});

for (const [range, error, message] of [
  [{ from: -1, to: 10, step: 1 }, RangeError, /'from' must be a whole number from 1 to 65535, got -1/],
  [{ from: 1.5, to: 10, step: 1 }, RangeError, /'from' .* got 1.5/],
  [{ from: 1, to: Number.NaN, step: 1 }, RangeError, /'to' .* got NaN/],
  [{ from: 1, to: maximumDimension + 1, step: 1 }, RangeError, /'to' .* got 65536/],
  [{ from: 1, to: 10, step: 0 }, RangeError, /'step' must be a whole number of at least 1, got 0/],
  [{ from: 20, to: 10, step: 1 }, RangeError, /'from' must not be above 'to', got 20 and 10/],
  [{ from: '1', to: 10, step: 1 }, TypeError, /'from' .* got "1"/],
  [{ from: 1, step: 1 }, TypeError, /'to' .* got undefined/],
] as const) {
  test(`refuses ${JSON.stringify(range)}`, () => {
    assert.throws(
      () => dimensions(range as never),
      (thrown) => thrown instanceof error && message.test(thrown.message),
    );
  });
}
