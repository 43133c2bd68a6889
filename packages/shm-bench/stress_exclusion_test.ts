import assert from 'node:assert/strict';
import { test } from 'node:test';
import { affinity } from '@paratune/native';
import { type StressOptions, stressExclusion } from './stress_exclusion.ts';

const linux = process.platform === 'linux' && process.arch === 'x64';
const skip = !linux ? 'only Linux on x86-64 has it' : affinity().length < 2 ? 'it takes two CPUs' : false;

test('with both fences nobody is inside with another, in as many entries as it takes to see it without', {
  skip,
  timeout: 300_000,
}, async () => {
  let entries = 0;
  let violations = 0;
  for (let attempt = 0; violations === 0 && attempt < 50; attempt++) {
    const seen = await stressExclusion({ entries: 3e5, fences: 'none', between: 'processes' });
    entries += seen.entries;
    violations += seen.violations;
  }
  assert.ok(violations > 0, `no violation in ${entries} entries without fences`);
  const fenced = await stressExclusion({ entries: Math.max(3e5, entries / 2), between: 'processes' });
  assert.equal(fenced.violations, 0);
});

test('wrong options are refused by name', { skip }, async () => {
  for (const [options, message] of [
    [{ entries: 0 }, /'entries' must be a whole number/],
    [{ fences: 'some' }, /'fences' must be one of 'both', 'first', 'second', 'none', got 'some'/],
  ] as const) {
    await assert.rejects(stressExclusion(options as StressOptions), { name: 'RangeError', message });
  }
});
