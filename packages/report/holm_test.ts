import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holm } from './holm.ts';

test('step by step as Holm (1979) says; R’s p.adjust(method = "holm") gives the same', () => {
  // 0.005 * 4, 0.01 * 3, 0.03 * 2, and 0.04 * 1, which must not be below the one before.
  assert.deepEqual(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
  assert.deepEqual(holm([]), []);
  assert.deepEqual(holm([0.9, 0.8]), [1, 1]);
});

test('a corrected p is at least what it was, at most as many times that as there are tests, and keeps the order', () => {
  const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });
  fc.assert(
    fc.property(ps, (some) => {
      const corrected = holm(some);
      for (const [i, p] of some.entries()) {
        assert.ok(corrected[i]! >= p && corrected[i]! <= Math.min(1, p * some.length));
        for (const [j, other] of some.entries()) if (p < other) assert.ok(corrected[i]! <= corrected[j]!);
      }
    }),
  );
});

test('a p is from 0 to 1', () => {
  assert.throws(() => holm([0.5, 2]), { name: 'RangeError', message: "'ps[1]' must be from 0 to 1, got 2" });
});
