import assert from 'node:assert/strict';
import { test } from 'node:test';
import { info } from '@paratune/blas';
import { processor } from '@paratune/native';
import { checkRecord } from '@paratune/record';
import * as v from 'valibot';
import { comparisonTable } from './_table.ts';
import { compareKernels } from './compare_kernels.ts';
import { type KernelComparison, kernelComparisonSchema } from './kernel_comparison.ts';
import { kernelRecords } from './kernel_records.ts';

const skip = info().backend === 'x64' ? false : 'machine code cannot run here';

test('each class is timed in both precisions, with each instruction set', { skip }, () => {
  const turns: number[] = [];
  const comparison = compareKernels({ n: 70, repetitions: 2, onProgress: ({ done }) => turns.push(done) });
  assert.deepEqual(v.parse(kernelComparisonSchema, JSON.parse(JSON.stringify(comparison))), comparison);
  assert.deepEqual(turns, [1, 2]);
  const pairs = processor().instructionSets.flatMap((isa) => [`generated ${isa}`, `hand-written ${isa}`]);
  for (const precision of ['double', 'single']) {
    const kernels = comparison.kernels.filter((kernel) => kernel.precision === precision);
    assert.deepEqual(
      kernels.map(({ kernel, isa }) => `${kernel} ${isa}`),
      ['generated scalar scalar', ...pairs],
    );
    for (const { mflops } of kernels) assert.equal(mflops.length, 2);
  }
});

test('every rate becomes a record', { skip }, () => {
  const comparison = compareKernels({ n: 40, repetitions: 3, isas: ['sse2'] });
  const records = kernelRecords(comparison, { environment: 'native', run: 1, identity: '0123456789abcdef' });
  for (const record of records) checkRecord(record);
  assert.equal(records.length, 2 * 3 * 3);
  assert.deepEqual(
    records.slice(-3).map(({ factors, repetition }) => [factors['kernel'], factors['precision'], repetition]),
    [0, 1, 2].map((repetition) => ['hand-written', 'single', repetition]),
  );
});

test('a table says how each kernel does beside the one written by hand, each at its best', () => {
  const kernel = (name: 'generated' | 'hand-written', mflops: number[]): KernelComparison['kernels'][number] => ({
    ...{ kernel: name, isa: 'avx2', precision: 'double', mu: 12, nu: 4, mflops },
  });
  const table = comparisonTable({
    ...{ version: 1, time: '2026-01-31T12:00:00.000Z', n: 9 },
    kernels: [kernel('generated', [110, 55, 109]), kernel('hand-written', [100, 50, 100])],
  });
  assert.match(table, /^n = 9\n/);
  assert.match(table, /double +avx2 +generated +12 x 4 +110 +1.100\n/);
  assert.match(table, /double +avx2 +hand-written +12 x 4 +100 +1.000\n/);
});

test('wrong options are refused by name', () => {
  for (const [options, message] of [
    [{ n: 0 }, /'n' must be a whole number from 1 to 20000, got 0/],
    [{ repetitions: 0.5 }, /'repetitions' .* got 0.5/],
  ] as const) {
    assert.throws(() => compareKernels(options), { name: 'RangeError', message });
  }
});

test('instruction sets that cannot be used here are refused', { skip }, () => {
  assert.throws(() => compareKernels({ isas: ['neon' as never] }), {
    name: 'RangeError',
    message: /'isas' .* got 'neon'/,
  });
  assert.throws(() => compareKernels({ isas: 'avx2' as never }), {
    name: 'TypeError',
    message: /'isas' must be an array/,
  });
});
