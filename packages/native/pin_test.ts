import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { affinity } from './affinity.ts';
import { pin } from './pin.ts';

/** The kernel's own list, such as `0-1,4`. */
function allowed(status: string): number[] {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)![1]!;
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

const own = () => allowed(readFileSync('/proc/thread-self/status', 'utf8'));

test('affinity is what the kernel says', () => {
  assert.deepEqual(affinity(), own());
});

test('a thread is pinned to each CPU in turn, its children with it, and released', () => {
  const all = affinity();
  try {
    for (const cpu of all) {
      pin(cpu);
      assert.deepEqual(affinity(), [cpu]);
      assert.deepEqual(own(), [cpu]);
    }
    assert.deepEqual(allowed(execFileSync('cat', ['/proc/self/status'], { encoding: 'utf8' })), affinity());
    assert.deepEqual(pin(all), [all.at(-1)]);
    assert.deepEqual(pin([all[0]!, all[0]!]), all);
  } finally {
    pin(all);
  }
  assert.deepEqual(affinity(), all);
});

test('CPUs that there are not are refused, and nothing changes', () => {
  const all = affinity();
  for (const cpus of [8191, [all[0]!, 8191], [], -1, 0.5, Number.NaN, 8192, [all[0]!, -1]]) {
    assert.throws(() => pin(cpus), { name: 'RangeError', message: /'cpus'/ });
    assert.deepEqual(affinity(), all);
  }
  for (const cpus of [undefined, null, '0', 0n, {}, ['0'], [null], new Set([0])]) {
    assert.throws(() => pin(cpus as never), { name: 'TypeError', message: /'cpus'/ });
  }
  assert.deepEqual(affinity(), all);
});
