import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GemvSpec, gemvSpec } from './gemv_spec.ts';
import { type GerSpec, gerSpec } from './ger_spec.ts';

test('what is left out takes the default of the instruction set, sse2 if that is left out too', () => {
  assert.deepEqual(gemvSpec({ xUnroll: undefined } as unknown as Partial<GemvSpec>), gemvSpec({ isa: 'sse2' }));
  assert.equal(gemvSpec({ isa: 'avx2' }).muladd, 'fused');
  assert.equal(gerSpec({ isa: 'scalar', precision: 'single' }).precision, 'single');
  assert.equal(gerSpec({ layout: 'spaced columns' }).prefetch, 0);
  for (const spec of [gemvSpec, gerSpec]) {
    assert.ok(spec({ isa: 'avx2', source: 'memory' }).prefetch > spec({ isa: 'avx2' }).prefetch);
    assert.deepEqual(spec({ layout: 'spaced columns', source: 'memory' }), {
      ...spec({ layout: 'spaced columns' }),
      source: 'memory',
    });
  }
});

test('kernels for caches have as many sums of an element of y, so that it does not matter which of them makes it', () => {
  for (const isa of ['avx512', 'avx2', 'sse2', 'scalar'] as const) {
    const [one, other] = (['private', 'shared'] as const).map((source) => gemvSpec({ isa, layout: 'rows', source }));
    assert.equal(one!.unroll, other!.unroll);
  }
});

test('a specification is plain JSON and its own completion', () => {
  for (const isa of ['avx512', 'avx2', 'sse2', 'scalar'] as const) {
    const [gemv, ger] = [gemvSpec({ isa }), gerSpec({ isa })];
    assert.deepEqual(gemvSpec(JSON.parse(JSON.stringify(gemv))), gemv);
    assert.deepEqual(gerSpec(JSON.parse(JSON.stringify(ger))), ger);
  }
});

test('what cannot be generated is refused with what can be', () => {
  for (const [partial, message] of [
    [{ isa: 'vsx' }, "'isa' must be 'avx512' or 'avx2' or 'sse2' or 'simd128' or 'neon' or 'scalar', got 'vsx'"],
    [{ routine: 'gemm' }, "'routine' must be 'gemv', got 'gemm'"],
    [{ precision: 'half' }, "'precision' must be 'double' or 'single', got 'half'"],
    [{ muladd: 'fused' }, "'muladd' must be 'separate' with isa 'sse2', which has no fused form, got 'fused'"],
    [{ xUnroll: 9 }, "'xUnroll' must be an integer from 1 to 8, got 9"],
    [{ yUnroll: 0 }, "'yUnroll' must be an integer from 1 to 8, got 0"],
    [{ layout: 'rows', yUnroll: 4, unroll: 4 }, "'unroll' must be an integer from 1 to 3, got 4"],
    [{ isa: 'avx512', unroll: 3 }, "'unroll' must be a power of two, got 3"],
    [{ layout: 'diagonals' }, /^'layout' must be 'columns' or 'rows' or 'spaced columns' or 'spaced rows', got/],
    [{ source: 'disk' }, "'source' must be 'private' or 'shared' or 'memory', got 'disk'"],
    [{ prefetch: -1 }, "'prefetch' must be an integer from 0 to 4096, got -1"],
  ] as const) {
    assert.throws(() => gemvSpec(partial as Partial<GemvSpec>), { name: 'RangeError', message });
  }
  assert.throws(() => gerSpec({ xUnroll: 9 }), {
    name: 'RangeError',
    message: "'xUnroll' must be an integer from 1 to 8, got 9",
  });
  assert.throws(() => gerSpec({ routine: 'gemv' } as unknown as Partial<GerSpec>), /'routine' must be 'ger'/);
  assert.throws(
    () => gemvSpec({ mu: 8 } as unknown as Partial<GemvSpec>),
    /^TypeError: 'mu' is no parameter of a GEMV kernel/,
  );
  assert.throws(() => gemvSpec({ unroll: '2' } as unknown as Partial<GemvSpec>), TypeError);
  assert.throws(() => gerSpec(null as unknown as Partial<GerSpec>), TypeError);
});
