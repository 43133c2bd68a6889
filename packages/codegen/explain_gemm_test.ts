import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { vectorClass } from './_vector_class.ts';
import { explainGemm } from './explain_gemm.ts';
import { type GemmSpec, gemmSpec } from './gemm_spec.ts';
import { generate } from './generate.ts';

/** A specification of some instruction set, register block and unrolling, or undefined where that block does not fit. */
const specs = fc
  .record({
    isa: fc.constantFrom('avx512', 'avx2', 'sse2', 'scalar'),
    precision: fc.constantFrom('double', 'single'),
    vectors: fc.integer({ min: 1, max: 3 }),
    nu: fc.integer({ min: 1, max: 8 }),
    ku: fc.integer({ min: 1, max: 6 }),
    separate: fc.boolean(),
    latency: fc.integer({ min: 1, max: 3 }),
    packB: fc.boolean(),
    prefetched: fc.boolean(),
    layoutC: fc.constantFrom('any', 'column-major', 'strided'),
  } as const)
  .map(({ isa, precision, vectors, separate, prefetched, ...others }): GemmSpec | undefined => {
    const { lanes, fused } = vectorClass(isa, precision);
    const muladd = fused && !separate ? 'fused' : 'separate';
    const latency = muladd === 'fused' ? 1 : others.latency;
    const prefetches = {
      prefetchA: prefetched ? 256 : 0,
      prefetchB: prefetched,
      prefetchBlock: prefetched,
      prefetchC: prefetched,
    };
    try {
      return gemmSpec({ isa, precision, mu: vectors * lanes, ...others, muladd, latency, ...prefetches });
    } catch (error) {
      assert.ok(error instanceof RangeError);
      return undefined;
    }
  })
  .filter((spec) => spec !== undefined);

test('what is counted in the code is what the specification asks for', () => {
  fc.assert(
    fc.property(specs, (spec) => {
      const { isa, precision, mu, nu, ku, muladd, latency, prefetchA } = spec;
      const { lanes, registers: available } = vectorClass(isa, precision);
      const { turn, registers, predicted, codeBytes } = explainGemm(spec);
      const products = (mu / lanes) * nu * ku;
      assert.equal(turn.flops, 2 * mu * nu * ku);
      assert.equal(turn.fusedMultiplyAdds, muladd === 'fused' ? products : 0);
      assert.equal(turn.multiplications, muladd === 'fused' ? 0 : products);
      assert.equal(turn.additions, turn.multiplications);
      // Each element of A is loaded once, and each of B at least once.
      assert.ok(turn.loads >= (mu / lanes + Math.ceil(nu / lanes)) * ku && turn.loads <= (mu / lanes + nu) * ku);
      assert.equal(turn.flopsPerLoad, turn.flops / turn.loads);
      if (prefetchA === 0) assert.deepEqual([turn.prefetches, turn.memoryAccesses], [0, turn.loads]);
      assert.equal(registers.accumulators.length, (mu / lanes) * nu);
      assert.equal(registers.a.length, mu / lanes);
      assert.ok(registers.b.length >= 1 && registers.b.length <= nu);
      assert.ok(registers.products.length <= latency);
      if (muladd === 'fused') assert.equal(registers.products.length, 0);
      // The last product of an element of B may take that element's place.
      else if (latency > 1) assert.ok(registers.products.length > 0);
      const named = [...registers.accumulators, ...registers.a, ...registers.b, ...registers.products];
      assert.equal(new Set(named).size, named.length);
      assert.equal(named.length + registers.free, available);
      assert.ok(registers.free >= 0);
      assert.equal(codeBytes, generate(spec, { target: 'x64' }).bytes.length);
      assert.ok(turn.bytes < codeBytes && turn.instructions > products);
      assert.equal(predicted.cycles, Math.max(predicted.arithmetic, predicted.loads, predicted.latency));
      assert.equal(predicted[predicted.bound], predicted.cycles);
      assert.equal(predicted.latency, 4 * ku);
    }),
    { numRuns: 40 },
  );
});

test('the loop is that of the whole register block, whatever edges there are', () => {
  for (const isa of ['avx512', 'avx2', 'sse2', 'scalar'] as const) {
    for (const ku of [1, 3]) {
      const { mu, nu } = gemmSpec({ isa });
      const [{ turn, registers }, alone] = [
        explainGemm(gemmSpec({ isa, ku })),
        explainGemm(gemmSpec({ isa, ku, m: mu, n: nu })), // there are no edges
      ];
      const { bytes: _, ...counts } = alone.turn; // distances of jumps differ
      assert.deepEqual({ ...turn, bytes: undefined }, { ...counts, bytes: undefined });
      assert.deepEqual(registers, alone.registers);
    }
  }
});

test('the processor decides what a turn is bound by', () => {
  const spec = gemmSpec({ isa: 'avx512', mu: 24, nu: 8, ku: 4 });
  const { predicted, model } = explainGemm(spec);
  assert.deepEqual(model, { arithmeticPerCycle: 2, loadsPerCycle: 2, latencyCycles: 4 });
  assert.deepEqual([predicted.cycles, predicted.bound, predicted.flopsPerCycle], [48, 'arithmetic', 32]);
  // Zen 4: half as many of 512 bits.
  const zen4 = explainGemm(spec, { arithmeticPerCycle: 1, loadsPerCycle: 1 });
  assert.deepEqual([zen4.predicted.cycles, zen4.predicted.flopsPerCycle], [96, 16]);
  assert.equal(explainGemm(spec, { loadsPerCycle: 0.5 }).predicted.bound, 'loads');
  assert.equal(explainGemm(spec, { latencyCycles: 13 }).predicted.bound, 'latency');
});

test('what cannot be explained is refused by name and value', () => {
  const spec = gemmSpec({ isa: 'avx2' });
  for (const [given, model, message] of [
    [gemmSpec({ isa: 'neon' }), {}, /'isa' must be 'avx512' or .*, got 'neon'/],
    [gemmSpec({ kernel: 'hand-written' }), {}, /'kernel' must be 'generated', got 'hand-written'/],
    [gemmSpec({ isa: 'avx2', m: 5 }), {}, /'m' must be 'any' or at least mu, 12, .*, got 5/],
    [gemmSpec({ isa: 'avx2', n: 3 }), {}, /'n' must be 'any' or at least nu, 4, .*, got 3/],
    [spec, { loadsPerCycle: 0 }, /'loadsPerCycle' must be a finite number above 0, got 0/],
    [spec, { latencyCycles: Number.NaN }, /'latencyCycles' must be a finite number above 0, got NaN/],
  ] as const) {
    assert.throws(() => explainGemm(given, model), { name: 'RangeError', message });
  }
  assert.throws(() => explainGemm(spec, { arithmeticPerCycle: '2' as never }), TypeError);
  assert.throws(() => explainGemm(spec, { ports: 2 } as never), /'ports' is no parameter/);
  assert.throws(() => explainGemm({ ...spec, nu: 40 }), /'nu' must be/);
});
