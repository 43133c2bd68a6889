import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedSeconds } from './expected_seconds.ts';

test('more takes longer, in every environment', () => {
  for (const environment of ['native', 'native-256', 'uml', 'uml-256', 'uml-756']) {
    let before = 0;
    for (let n = 100; n <= 4000; n += 100) {
      const { seconds, startSeconds } = expectedSeconds(environment, n);
      assert.ok(seconds > before && startSeconds > 0);
      before = seconds;
    }
  }
});

test('the paper’s threshold: 256 MB hold 3000 and not 3300, 756 MB hold 4000', () => {
  for (const kind of ['native', 'uml']) {
    assert.equal(expectedSeconds(`${kind}-256`, 3000).swapping, false);
    assert.equal(expectedSeconds(`${kind}-256`, 3300).swapping, true);
    assert.equal(expectedSeconds(`${kind}-756`, 4000).swapping, false);
  }
  assert.equal(expectedSeconds('native', 60_000).swapping, false);
});

test('refuses what is no environment or no dimension', () => {
  assert.throws(() => expectedSeconds('nothing', 100), RangeError);
  assert.throws(() => expectedSeconds('native', 0), RangeError);
  assert.throws(() => expectedSeconds('native', '100' as never), TypeError);
});
