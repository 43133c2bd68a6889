import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnsupportedError } from '@paratune/native';
import { configure } from './configure.ts';
import { dgemmPlan } from './dgemm_plan.ts';
import { info } from './info.ts';

const x64 = { skip: info().backend === 'x64' ? false : 'no machine code here' };

test(
  'operands are exchanged so that columns of C are contiguous, and packed from the size of the caches on',
  x64,
  () => {
    configure({ backend: 'x64', isa: 'sse2', threads: 1 });
    const byRows = dgemmPlan(700, 500, 300);
    assert.deepEqual([byRows.exchanged, byRows.m, byRows.n, byRows.k], [true, 500, 700, 300]);
    assert.deepEqual(byRows.a, { rowStride: 1, columnStride: 500 });
    assert.deepEqual(byRows.b, { rowStride: 1, columnStride: 300 });
    assert.deepEqual(byRows.c, { rowStride: 1, columnStride: 500 });
    const byColumns = dgemmPlan(700, 500, 300, { order: 'column-major', transA: 'transpose' });
    assert.deepEqual([byColumns.exchanged, byColumns.m, byColumns.n], [false, 700, 500]);
    assert.deepEqual(byColumns.a, { rowStride: 300, columnStride: 1 });
    assert.ok(byColumns.spec.packA);
    const [small, large] = [dgemmPlan(20, 20, 20), dgemmPlan(4000, 4000, 4000)];
    assert.deepEqual([small.spec.packA, large.spec.packA], [false, true]);
    for (const { spec, mc, nc, kc, codeBytes, packedABytes, packingBytes } of [small, large]) {
      assert.ok(codeBytes > 1000 && codeBytes < 30_000);
      assert.deepEqual([mc % spec.mu, nc % spec.nu], [0, 0]);
      assert.ok(packedABytes >= 8 * mc * kc && packingBytes >= packedABytes + 8 * kc * nc);
    }
    const used = info();
    assert.ok(used.backend === 'x64');
    assert.deepEqual([large.mc, large.kc, large.nc, large.spec.mu], [used.mc, used.kc, used.nc, used.mu]);
    configure({ backend: 'auto', isa: 'auto' });
  },
);

test('JavaScript has no plan, and sizes must be positive', () => {
  configure({ backend: 'js' });
  assert.throws(() => dgemmPlan(10, 10, 10), UnsupportedError);
  configure({ backend: 'auto' });
  assert.throws(() => dgemmPlan(0, 1, 1), /^RangeError: 'M' must be a positive integer, got 0$/);
  assert.throws(() => dgemmPlan(1, '1' as never, 1), TypeError);
  assert.throws(() => dgemmPlan(1, 1, 1, { order: 'diagonal' as never }), /order/);
});
