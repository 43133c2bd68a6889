import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gemmBlocking } from './gemm_blocking.ts';
import { gemmSpec } from './gemm_spec.ts';

test('blocks are multiples of the register block, bounded by the caches and by 4 MB', () => {
  const isas = fc.constantFrom('avx512', 'avx2', 'sse2', 'scalar');
  const precisions = fc.constantFrom('double', 'single');
  const cache = fc.integer({ min: 4096, max: 2 ** 30 });
  fc.assert(
    fc.property(isas, precisions, cache, cache, cache, (isa, precision, one, two, three) => {
      const spec = gemmSpec({ isa, precision });
      const { mc, kc, nc } = gemmBlocking(spec, { l1DataBytes: one, l2Bytes: two, lastLevelBytes: three });
      assert.ok(mc > 0 && mc % spec.mu === 0);
      assert.ok(nc > 0 && nc % spec.nu === 0);
      assert.ok(kc >= 64 && Number.isInteger(kc));
      assert.ok((mc * kc + kc * nc) * (precision === 'double' ? 8 : 4) <= 4 * 2 ** 20);
    }),
  );
});

test('a cache without a size is refused', () => {
  const spec = gemmSpec();
  for (const bytes of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, undefined as unknown as number]) {
    assert.throws(() => gemmBlocking(spec, { l1DataBytes: 32768, l2Bytes: bytes, lastLevelBytes: 2 ** 25 }), {
      name: 'RangeError',
      message: /'l2Bytes' must be a positive number of bytes/,
    });
  }
});
