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
  assert.throws(() => generate(undefined as unknown as GemmSpec, { target: 'arm' as 'js' }), RangeError);
  assert.throws(() => generate(gemmSpec(), { target: 'arm' as 'js' }), {
    name: 'RangeError',
    message: "'target' must be 'x64' or 'object' or 'wasm' or 'c' or 'js', got 'arm'",
  });
  assert.throws(() => generate(gemmSpec(), undefined as unknown as { target: 'js' }), TypeError);
});

test('a target has the instructions of a specification, or says which it has', () => {
  const refuse = (isa: GemmSpec['isa'], target: 'x64' | 'wasm', message: string) =>
    assert.throws(() => generate(gemmSpec({ isa }), { target }), { name: 'RangeError', message });
  refuse('avx512', 'wasm', "'isa' must be 'sse2' or 'simd128' or 'scalar' with target 'wasm', got 'avx512'");
  refuse('simd128', 'x64', "'isa' must be 'avx512' or 'avx2' or 'sse2' or 'scalar' with target 'x64', got 'simd128'");
  assert.ok(generate(gemmSpec({ isa: 'simd128' }), { target: 'js' }).text.length > 0);
});

test('memory that there is none of is refused', () => {
  const refuse = (memory: object, name: string, message: string) =>
    assert.throws(() => generate(gemmSpec({ isa: 'simd128' }), { target: 'wasm', memory }), { name, message });
  refuse({ addressBits: 48 }, 'RangeError', "'addressBits' must be 32 or 64, got 48");
  refuse({ shared: 1 }, 'RangeError', "'shared' must be false or true, got 1");
  refuse({ pages: 1 }, 'TypeError', "'pages' is no parameter of a WebAssembly kernel: addressBits, shared are");
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
