import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type GemmSpec, gemmSpec, type InstructionSet } from './gemm_spec.ts';

const isas: InstructionSet[] = ['avx512', 'avx2', 'sse2', 'simd128', 'scalar'];

test('every instruction set has defaults that pass their own check', () => {
  for (const isa of isas) {
    for (const precision of ['double', 'single'] as const) {
      const spec = gemmSpec({ isa, precision });
      assert.deepEqual(gemmSpec(spec), spec);
      assert.deepEqual(gemmSpec(JSON.parse(JSON.stringify(spec))), spec);
      assert.deepEqual([spec.isa, spec.precision], [isa, precision]);
    }
    assert.equal(gemmSpec({ isa }).precision, 'double');
  }
  assert.deepEqual([gemmSpec({ isa: 'avx512' }).mu, gemmSpec({ isa: 'avx512', precision: 'single' }).mu], [24, 48]);
  assert.equal(gemmSpec().isa, 'sse2');
  assert.deepEqual(gemmSpec({ isa: 'avx2', mu: undefined } as unknown as GemmSpec), gemmSpec({ isa: 'avx2' }));
});

test('what cannot be generated is refused by name, value and what could be', () => {
  const refusals: [Partial<Record<keyof GemmSpec, unknown>>, string][] = [
    [{ isa: 'vsx' }, "'isa' must be 'avx512' or 'avx2' or 'sse2' or 'simd128' or 'neon' or 'scalar', got 'vsx'"],
    [
      { isa: 'avx512', mu: 20 },
      "'mu' must be a multiple of 8 from 8 to 120 with isa 'avx512' in double precision, got 20",
    ],
    [
      { isa: 'avx512', precision: 'single', mu: 24 },
      "'mu' must be a multiple of 16 from 16 to 240 with isa 'avx512' in single precision, got 24",
    ],
    [{ isa: 'avx2', mu: 0 }, "'mu' must be a multiple of 4 from 4 to 28 with isa 'avx2' in double precision, got 0"],
    [
      { isa: 'avx512', nu: 10 },
      "'nu' must be an integer from 1 to 9 with isa 'avx512' (32 registers) and mu 24, got 10",
    ],
    [{ isa: 'sse2', nu: 1.5 }, "'nu' must be an integer from 1 to 6 with isa 'sse2' (16 registers) and mu 4, got 1.5"],
    [{ ku: 0 }, "'ku' must be an integer from 1 to 32, got 0"],
    [
      { isa: 'sse2', muladd: 'fused' },
      "'muladd' must be 'separate' with isa 'sse2', which has no fused form, got 'fused'",
    ],
    [{ isa: 'avx512', latency: 2 }, "'latency' must be an integer from 1 to 1, got 2"],
    [{ isa: 'sse2', latency: 14 }, "'latency' must be an integer from 1 to 13, got 14"],
    [
      { isa: 'sse2', mu: 6, latency: 4 },
      "'nu' must be an integer from 1 to 2 with isa 'sse2' (16 registers) and mu 6, got 4",
    ],
    [{ muladd: 'both' }, "'muladd' must be 'fused' or 'separate', got 'both'"],
    [{ prefetchA: -64 }, "'prefetchA' must be an integer from 0 to 32768, got -64"],
    [{ prefetchA: Number.NaN }, "'prefetchA' must be an integer from 0 to 32768, got NaN"],
    [{ layoutA: 'diagonal' }, "'layoutA' must be 'any' or 'column-major' or 'row-major' or 'strided', got 'diagonal'"],
    [{ layoutC: 'row-major' }, "'layoutC' must be 'any' or 'column-major' or 'strided', got 'row-major'"],
    [
      { packA: false, layoutA: 'row-major' },
      "'packA' must be true with layoutA 'row-major': only a column-major A is read in place, got false",
    ],
    [
      { isa: 'avx512', mu: 8, nu: 9, packB: false },
      "'packB' must be true with nu 9: only up to 8 columns of B are read in place, got false",
    ],
    [{ isa: 'avx512', m: 48 }, "'m' must be an integer from 1 to 47, got 48"],
    [{ isa: 'avx512', n: 0 }, "'n' must be an integer from 1 to 15, got 0"],
    [{ kernel: 'copied' }, "'kernel' must be 'generated' or 'hand-written', got 'copied'"],
    [{ precision: 'half' }, "'precision' must be 'double' or 'single', got 'half'"],
    [{ version: 2 }, "'version' must be 1, got 2"],
    [{ routine: 'gemv' }, "'routine' must be 'gemm', got 'gemv'"],
  ];
  for (const [partial, message] of refusals) {
    assert.throws(() => gemmSpec(partial as Partial<GemmSpec>), { name: 'RangeError', message });
  }
  for (const partial of [
    null,
    3,
    { mu: '8' },
    { prefetchC: 1 },
    { prefetchB: Number.NaN },
    { packA: 'no' },
    { m: 'all' },
    { colour: 'red' },
    { ku: 1n },
  ]) {
    assert.throws(() => gemmSpec(partial as unknown as Partial<GemmSpec>), TypeError);
  }
});

test('the limits that a refusal names are the limits', () => {
  const limit = (partial: Partial<GemmSpec>, name: string): [number, number] => {
    try {
      gemmSpec({ ...partial, [name]: 10000 });
    } catch (error) {
      const [, low, high] = / from (\d+) to (\d+)/.exec((error as Error).message)!;
      return [Number(low), Number(high)];
    }
    throw new Error('no limit');
  };
  fc.assert(
    fc.property(fc.constantFrom(...isas), fc.boolean(), fc.nat(), (isa, fused, pick) => {
      const muladd = fused && isa !== 'sse2' && isa !== 'scalar' ? 'fused' : 'separate';
      const [step, most] = limit({ isa, muladd, nu: 1 }, 'mu');
      const mu = step * (1 + (pick % (most / step)));
      const [, nu] = limit({ isa, muladd, mu }, 'nu');
      assert.equal(gemmSpec({ isa, muladd, mu, nu }).nu, nu);
      assert.throws(() => gemmSpec({ isa, muladd, mu, nu: nu + 1 }), RangeError);
      assert.throws(() => gemmSpec({ isa, muladd, mu: most + step, nu: 1 }), RangeError);
    }),
  );
});
