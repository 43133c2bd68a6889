import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { addressOf } from './address_of.ts';
import { adviseHuge } from './advise_huge.ts';

const skip = process.platform !== 'linux' || process.arch !== 'x64' ? 'huge pages are for Linux on x86-64' : false;

/** The flags of the mapping that holds an address. */
function flagsAt(address: number): string {
  let inside = false;
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line);
    if (range) inside = parseInt(range[1]!, 16) <= address && address < parseInt(range[2]!, 16);
    else if (inside && line.startsWith('VmFlags:')) return line;
  }
  throw new Error('no mapping there');
}

test('the memory is marked for huge pages where a whole one fits', { skip }, () => {
  const array = new Float64Array(2 ** 20);
  const middle = addressOf(array) + array.byteLength / 2;
  assert.doesNotMatch(flagsAt(middle), / hg\b/);
  assert.equal(adviseHuge(array), true);
  assert.match(flagsAt(middle), / hg\b/);
  assert.equal(array.fill(1)[12345], 1);
  assert.equal(adviseHuge(new Float64Array(100)), false);
});

test('what has no memory is refused', { skip }, () => {
  assert.throws(() => adviseHuge(new Float64Array(0)), RangeError);
  assert.throws(() => adviseHuge([] as never), { name: 'TypeError', message: /'view' must be a typed array/ });
});
