import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gemvSpec } from '@paratune/codegen';
import { defaultGemv } from './_default_gemv.ts';

const zen4 = { vendor: 'AuthenticAMD', family: 25 };
const use = { isa: 'avx512', precision: 'double', layout: 'rows', source: 'private' } as const;

test('Zen 4 takes four lines at once from its own caches', () => {
  const { xUnroll, yUnroll } = defaultGemv(zen4, use);
  assert.deepEqual([xUnroll, yUnroll], [4, 4]);
});

test('everything else is as the generator has it', () => {
  for (const other of [
    { ...use, source: 'shared' },
    { ...use, isa: 'avx2' },
    { ...use, layout: 'spaced rows' },
  ] as const) {
    assert.deepEqual(defaultGemv(zen4, other), gemvSpec(other));
  }
  for (const processor of [
    { vendor: 'AuthenticAMD', family: 26 },
    { vendor: 'GenuineIntel', family: 25 },
  ]) {
    assert.deepEqual(defaultGemv(processor, use), gemvSpec(use));
  }
});
