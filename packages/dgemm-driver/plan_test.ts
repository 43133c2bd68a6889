import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { plan } from './plan.ts';

test('every observation is planned once, dimensions rise, environments take turns', () => {
  const names = fc.uniqueArray(fc.constantFrom('native', 'native-256', 'uml-256', 'uml-756'), { minLength: 1 });
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(names, numbers, fc.integer({ min: 1, max: 5 }), (environments, dimensions, runs) => {
      const planned = plan(environments, [{ dimensions, runs }]);
      assert.equal(
        new Set(planned.map((run) => JSON.stringify(run))).size,
        environments.length * dimensions.length * runs,
      );
      planned.forEach(({ environment, n, run }, index) => {
        assert.equal(environment, environments[index % environments.length]);
        const before = planned[index - environments.length];
        if (before) assert.ok(before.n < n || (before.n === n && before.run === run - 1));
      });
    }),
  );
});

test('series have runs of their own', () => {
  const series = [
    { dimensions: [300], runs: 1 },
    { dimensions: [200, 100], runs: 2 },
  ];
  assert.deepEqual(
    plan(['native'], series).map(({ n, run }) => [n, run]),
    [
      [100, 0],
      [100, 1],
      [200, 0],
      [200, 1],
      [300, 0],
    ],
  );
});

for (const [environments, series, error, message] of [
  [[], [{ dimensions: [1], runs: 1 }], RangeError, /'environments' must not be empty/],
  [['native', 'native'], [{ dimensions: [1], runs: 1 }], RangeError, /'environments' .* "native" twice/],
  [['native'], [], RangeError, /'dimensions' must not be empty/],
  [['native'], [{ dimensions: [1, 1], runs: 1 }], RangeError, /'dimensions' .* 1 twice/],
  [['native'], [{ dimensions: [0], runs: 1 }], RangeError, /'series\[0\].dimensions\[0\]' .* got 0/],
  [['native'], [{ dimensions: [1], runs: 2.5 }], RangeError, /'series\[0\].runs' .* got 2.5/],
  [['native'], [{ dimensions: 100, runs: 1 }], TypeError, /'series\[0\].dimensions' must be an array, got number/],
  ['native', [{ dimensions: [1], runs: 1 }], TypeError, /'environments' must be an array, got string/],
  [['native'], {}, TypeError, /'series' must be an array, got object/],
] as const) {
  test(`refuses ${JSON.stringify([environments, series])}`, () => {
    assert.throws(
      () => plan(environments as never, series as never),
      (thrown) => thrown instanceof error && message.test(thrown.message),
    );
  });
}
