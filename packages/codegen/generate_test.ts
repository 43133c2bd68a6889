import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gemmJsAbi, gemmX64Abi } from './gemm_abi.ts';
import { type GemmSpec, gemmSpec } from './gemm_spec.ts';
import { generate } from './generate.ts';

test('one specification serves both targets', () => {
  const spec = gemmSpec({ isa: 'avx2', mu: 8, nu: 6 });
  const native = generate(spec, { target: 'x64' });
  assert.equal(native.target, 'x64');
  assert.equal(native.abi, gemmX64Abi);
  assert.ok(native.bytes.length > 0);
  const portable = generate(spec, { target: 'js' });
  assert.equal(portable.target, 'js');
  assert.equal(portable.abi, gemmJsAbi);
  assert.equal(portable.listing(), portable.text);
});

test('a specification is checked and a target must exist', () => {
  assert.throws(() => generate({ ...gemmSpec(), ku: 0 }, { target: 'x64' }), { name: 'RangeError', message: /'ku'/ });
  assert.throws(() => generate(undefined as unknown as GemmSpec, { target: 'wasm' as 'js' }), RangeError);
  assert.throws(() => generate(gemmSpec(), { target: 'wasm' as 'js' }), {
    name: 'RangeError',
    message: "'target' must be 'x64', 'object' or 'js', got wasm",
  });
  assert.throws(() => generate(gemmSpec(), undefined as unknown as { target: 'js' }), TypeError);
});

test('the argument block has its fields in the order of the interface', () => {
  const { fields } = gemmX64Abi;
  assert.deepEqual(
    Object.entries(fields)
      .sort(([, one], [, two]) => one - two)
      .map(([name]) => name),
    [
      ...['m', 'n', 'k', 'alpha', 'a', 'aRowStride', 'aColumnStride', 'b', 'bRowStride', 'bColumnStride'],
      ...['beta', 'c', 'cRowStride', 'cColumnStride', 'packedA', 'packedB', 'mc', 'kc', 'nc'],
      ...['batch', 'aBatchStride', 'bBatchStride', 'cBatchStride'],
    ],
  );
});
