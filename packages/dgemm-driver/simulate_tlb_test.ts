import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure, dgemmPlan, info } from '@paratune/blas';
import { paperTlb, simulateTlb, type TlbGeometry, type TlbMisses } from './simulate_tlb.ts';

const skip = info().backend === 'x64' ? false : 'no machine code here';
const machine: TlbGeometry = { name: 'machine', dataEntries: 96, secondLevelEntries: 2048, instructionEntries: 32 };

for (const isa of ['sse2', 'auto'] as const) {
  test(`passing steps over changes the misses by less than 3 %: ${isa}`, { skip }, () => {
    configure({ backend: 'x64', isa, threads: 1 });
    // As a small product is computed, and as a large one is, in blocks as small as a product of 250 needs.
    const [small, large] = [dgemmPlan(130, 130, 130), dgemmPlan(2000, 2000, 2000)];
    assert.ok(large.spec.packA && !small.spec.packA);
    const { mu, nu } = large.spec;
    const packed = { ...dgemmPlan(250, 250, 250), spec: large.spec, mc: 4 * mu, kc: 100, nc: 12 * nu };
    for (const plan of [small, packed]) {
      const geometries = [paperTlb, machine, { ...paperTlb, dataWays: 4 }];
      const exact = simulateTlb(plan, geometries, { everyStep: true });
      const passing = simulateTlb(plan, geometries);
      for (const [index, { dataTlbMisses, instructionTlbMisses }] of passing.entries()) {
        const { dataTlbMisses: right, instructionTlbMisses: rightToo } = exact[index]!;
        assert.ok(Math.abs(dataTlbMisses / right - 1) < 0.03, `${dataTlbMisses}, exactly ${right}`);
        assert.equal(instructionTlbMisses, rightToo);
      }
    }
    configure({ isa: 'auto' });
  });
}

test('a TLB that holds everything misses each page once; a second level takes up what the first gave up', {
  skip,
}, () => {
  configure({ threads: 1 });
  const n = 256;
  const plan = dgemmPlan(n, n, n);
  const geometry = (dataEntries: number, secondLevelEntries?: number): TlbGeometry => ({
    ...{ name: 'x', dataEntries, secondLevelEntries, instructionEntries: 32 },
  });
  const [all, one, two, large] = simulateTlb(plan, [
    ...[geometry(4096), geometry(64), geometry(64, 4096)],
    { ...geometry(64), pageBytes: 2 ** 21 },
  ]) as [TlbMisses, TlbMisses, TlbMisses, TlbMisses];
  // The matrices and the page of the stack; the packing buffer where it is used.
  const pages = (3 * 8 * n * n) / 4096 + 1;
  const packing = plan.spec.packA || plan.spec.packB ? plan.packingBytes / 4096 : 0;
  assert.ok(all.dataTlbMisses >= pages && all.dataTlbMisses <= pages + packing);
  assert.equal(two.dataTlbMisses, all.dataTlbMisses);
  assert.ok(one.dataTlbMisses > 2 * all.dataTlbMisses);
  assert.ok(large.dataTlbMisses < 8);
  assert.equal(all.instructionTlbMisses, Math.ceil(plan.codeBytes / 4096));
});

test('bad geometries are refused', { skip }, () => {
  const plan = dgemmPlan(8, 8, 8);
  assert.throws(() => simulateTlb(plan, [{ ...paperTlb, dataEntries: 0 }]), /^RangeError: 'entries'/);
  assert.throws(() => simulateTlb(plan, [paperTlb, { ...paperTlb, pageBytes: 1.5 }]), /'geometries\[1\].pageBytes'/);
});
