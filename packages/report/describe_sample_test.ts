import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { describeSample } from './describe_sample.ts';

/** Hours of sleep gained with the first drug: Student's data, which R has as `sleep`. */
const sleep = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];

test('quartiles and deviation are those of numpy 2 (percentile, std with ddof=1)', () => {
  const { lowerQuartile, median, upperQuartile, standardDeviation, minimum, maximum, outliers } = describeSample(sleep);
  assert.deepEqual(
    [lowerQuartile, median, upperQuartile].map((value) => value.toFixed(3)),
    ['-0.175', '0.350', '1.700'],
  );
  assert.equal(standardDeviation.toFixed(12), '1.789009657759');
  assert.deepEqual([minimum, maximum, outliers], [-1.6, 3.7, []]);
});

test('an outlier is named and counts; what is within the fences is none', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 4 }), (values) => {
      const quiet = describeSample(values);
      for (const { index, value } of quiet.outliers) assert.equal(values[index], value);
      const far = describeSample([...values, 10_000]);
      assert.ok(far.outliers.some(({ index }) => index === values.length));
      assert.equal(far.maximum, 10_000);
      assert.equal(far.count, values.length + 1);
    }),
  );
});

test('one value is its own everything; none, and what is no number, are errors that name the argument', () => {
  const one = describeSample([7]);
  assert.deepEqual([one.standardDeviation, one.low, one.median, one.upperQuartile, one.outliers], [0, 7, 7, 7, []]);
  assert.throws(() => describeSample([]), {
    name: 'RangeError',
    message: "'values' must hold at least one value, got 0",
  });
  assert.throws(() => describeSample([1, Number.NaN]), { message: "'values[1]' must be a finite number, got NaN" });
  assert.throws(() => describeSample('1' as never), { name: 'TypeError', message: /'values'/ });
});
