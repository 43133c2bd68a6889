import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { predictedThreshold } from './predicted_threshold.ts';

test('it is the first dimension that does not fit', () => {
  const bytes = fc.integer({ min: 0, max: 2 ** 45 });
  fc.assert(
    fc.property(bytes, bytes, (memoryBytes, baselineBytes) => {
      const n = predictedThreshold({ memoryBytes, baselineBytes });
      assert.ok(Number.isInteger(n) && n >= 1);
      assert.ok(24 * n ** 2 + baselineBytes > memoryBytes);
      if (n > 1) assert.ok(24 * (n - 1) ** 2 + baselineBytes <= memoryBytes);
    }),
  );
});

test('the paper: 219 MB of matrices, so 37 MB for the rest of 256 MB, give 3100', () => {
  const n = predictedThreshold({ memoryBytes: 256 * 2 ** 20, baselineBytes: 37 * 2 ** 20 });
  assert.equal(Math.round(n / 100) * 100, 3100);
});

test('bad arguments are refused by name', () => {
  assert.throws(() => predictedThreshold({ memoryBytes: -1, baselineBytes: 0 }), /^RangeError: 'memoryBytes' must be/);
  assert.throws(
    () => predictedThreshold({ memoryBytes: 1, baselineBytes: Number.NaN }),
    /^RangeError: 'baselineBytes'/,
  );
  assert.throws(() => predictedThreshold({ memoryBytes: '256M' as never, baselineBytes: 0 }), TypeError);
});
