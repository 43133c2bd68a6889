import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type AnyGemm,
  ARENA_LENGTH,
  type Arena,
  arrayOf,
  checkFactors,
  checkGemm,
  checkZeros,
  type Elements,
  gemmCase,
  precisions,
} from './_gemm_cases_test.ts';
import { elementBytes } from './_vector_class.ts';
import { Instance, isUsable } from './_wasm_instance_test.ts';
import { gemmWasmAbi } from './gemm_abi.ts';
import { type GemmSpec, gemmSpec } from './gemm_spec.ts';
import { generate } from './generate.ts';
import type { WasmMemory } from './wasm_memory.ts';

/** Small blocks, so that small matrices cross all the edges of the loops around the micro-kernel. */
interface Blocks {
  mc: number;
  kc: number;
  nc: number;
}

function wasmGemm(spec: GemmSpec, { mc, kc, nc }: Blocks, memory?: Partial<WasmMemory>): AnyGemm {
  const instance = new Instance(spec, memory);
  const bytes = elementBytes[spec.precision];
  const [a, b, c] = [0, 1, 2].map(() => instance.allocate(bytes * ARENA_LENGTH)) as [number, number, number];
  const [packedA, packedB] = [instance.allocate(bytes * mc * kc), instance.allocate(bytes * kc * nc)];
  const tile = instance.allocate(bytes * spec.mu * spec.nu);
  return (
    ...[m, n, k, alpha, A, aOffset, aRow, aColumn, B, bOffset, bRow, bColumn, beta, C, cOffset, cRow, cColumn]
  ) => {
    instance.copyIn(a, A);
    instance.copyIn(b, B);
    instance.copyIn(c, C);
    instance.call(
      ...[m, n, k, alpha, a + bytes * aOffset, aRow, aColumn, b + bytes * bOffset, bRow, bColumn],
      ...[beta, c + bytes * cOffset, cRow, cColumn, packedA, packedB, tile, mc, kc, nc],
    );
    for (const [address, array] of [[a, A] as const, [b, B] as const, [c, C] as const])
      instance.copyOut(address, array);
    assert.ok(instance.restIsUntouched, 'memory beyond the operands and buffers is written');
  };
}

const blockings: ((spec: GemmSpec) => Blocks)[] = [
  ({ mu, nu }) => ({ mc: mu, kc: 7, nc: nu }),
  ({ mu, nu }) => ({ mc: 3 * mu, kc: 16, nc: 2 * nu }),
  ({ mu, nu }) => ({ mc: 20 * mu, kc: 200, nc: 20 * nu }),
];

const memories: Partial<WasmMemory>[] = [{}, { shared: true }, { addressBits: 64 }];
const fused: Partial<GemmSpec> = { isa: 'simd128', muladd: 'fused' };
const specs: Partial<GemmSpec>[] = [
  { isa: 'simd128' },
  { isa: 'simd128', ku: 4 },
  { isa: 'simd128', nu: 1, ku: 3 },
  { isa: 'sse2' },
  { isa: 'scalar' },
  { isa: 'scalar', mu: 1, nu: 1 },
  fused,
  { ...fused, nu: 6, ku: 2 },
];

const skip = isUsable(gemmSpec({ isa: 'simd128' })) ? false : 'this engine has no vectors in WebAssembly';

for (const precision of precisions) {
  const arrays = { a: 0, b: 0, c: 0 };
  const memory = Object.fromEntries(
    Object.keys(arrays).map((name) => [name, new (arrayOf(precision))(ARENA_LENGTH)]),
  ) as Record<keyof typeof arrays, Elements>;
  const arena: Arena = (operand) => memory[operand];

  test(`WebAssembly keeps the error bound and its operands, for all shapes, strides and edges, in ${precision}`, {
    skip,
  }, () => {
    const kernels = specs.flatMap((partial, index): [string, AnyGemm][] => {
      const spec = gemmSpec({ ...partial, precision });
      const options = memories[index % memories.length]!;
      if (!isUsable(spec, options)) return [];
      const blocks = blockings[index % blockings.length]!(spec);
      return [[JSON.stringify([partial, options, blocks]), wasmGemm(spec, blocks, options)]];
    });
    assert.ok(kernels.length >= 4);
    fc.assert(
      fc.property(gemmCase, (one) => checkGemm(one, arena, kernels)),
      { numRuns: 40 },
    );
  });

  test(`any valid specification makes a kernel that is right, in ${precision}`, { skip }, () => {
    const anySpec = fc
      .record({
        isa: fc.constantFrom('simd128', 'sse2', 'scalar'),
        vectors: fc.integer({ min: 1, max: 5 }),
        nu: fc.integer({ min: 1, max: 12 }),
        ku: fc.integer({ min: 1, max: 8 }),
        muladd: fc.constantFrom('fused', 'separate'),
      })
      .map(({ isa, vectors, nu, ku, muladd }): GemmSpec | undefined => {
        const lanes = isa === 'scalar' ? 1 : 16 / elementBytes[precision];
        try {
          return gemmSpec({ isa, precision, mu: vectors * lanes, nu, ku, muladd });
        } catch (error) {
          assert.ok(error instanceof RangeError);
          return undefined;
        }
      })
      .filter((spec) => spec !== undefined && isUsable(spec));
    const cases = fc.array(gemmCase, { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(anySpec, fc.constantFrom(...blockings), cases, (spec, blocking, some) => {
        const kernel = wasmGemm(spec!, blocking(spec!));
        for (const one of some) checkGemm(one, arena, [[JSON.stringify(spec), kernel]]);
      }),
      { numRuns: 20 },
    );
  });

  test(`zeros have the sign that the reference gives them in ${precision}`, { skip }, () => {
    const spec = gemmSpec({ isa: 'simd128', precision });
    checkZeros(wasmGemm(spec, blockings[1]!(spec)), precision, 40);
  });
}

test('a NaN for alpha or beta makes everything NaN, and factors are rounded to the precision', { skip }, () => {
  for (const precision of precisions) {
    const spec = gemmSpec({ isa: 'simd128', precision });
    checkFactors(wasmGemm(spec, blockings[0]!(spec)), precision);
  }
});

test('without a product A and B may be anywhere, and without an element C too', { skip }, () => {
  const nowhere = 2 ** 32 - 8;
  const { call } = new Instance(gemmSpec({ isa: 'simd128' }));
  const run = (m: number, n: number, k: number, alpha: number, beta: number, c: number) =>
    call(m, n, k, alpha, nowhere, 1, m, nowhere, 1, k, beta, c, 1, m, nowhere, nowhere, nowhere, 4, 8, 5);
  run(3, 3, 3, 0, 2, 0);
  run(3, 3, 0, 1, 2, 0);
  for (const [m, n] of [
    [0, 3],
    [3, 0],
  ] as const) {
    run(m, n, 3, 1, 2, nowhere);
  }
  run(3, 3, 3, 0, 1, nowhere); // nothing changes, so nothing is touched
  assert.throws(() => run(3, 3, 3, 1, 2, 0), { name: 'RuntimeError' });
});

test('the interface says how it is called, and the same specification gives the same bytes', () => {
  const spec = gemmSpec({ isa: 'simd128' });
  const [one, two] = [generate(spec, { target: 'wasm' }), generate(spec, { target: 'wasm' })];
  assert.equal(one.abi, gemmWasmAbi);
  assert.deepEqual(one.bytes, two.bytes);
  assert.notDeepEqual(one.bytes, generate(spec, { target: 'wasm', memory: { shared: true } }).bytes);
});
