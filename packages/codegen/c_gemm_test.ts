import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processor } from '@paratune/native';
import fc from 'fast-check';
import { blockGemm, blockings, guardedArena, packingBuffers } from './_block_gemm_test.ts';
import { compiled, compilers, emulated, skipNative, skipNeon, type Written } from './_c_kernel_test.ts';
import {
  type AnyGemm,
  type AnyGemmBatch,
  ARENA_LENGTH,
  type Arena,
  arrayOf,
  checkFactors,
  checkGemm,
  checkZeros,
  type Elements,
  gemmBatchCase,
  gemmCase,
  precisions,
} from './_gemm_cases_test.ts';
import { type Precision, vectorClass } from './_vector_class.ts';
import type { CForm } from './c_form.ts';
import { gemmX64Abi } from './gemm_abi.ts';
import { type GemmSpec, gemmSpec, type InstructionSet } from './gemm_spec.ts';
import { generate } from './generate.ts';

const usable: InstructionSet[] = [
  'scalar',
  'simd128',
  ...(process.arch === 'x64' && process.platform === 'linux' ? processor().instructionSets : []),
  ...(process.arch === 'arm64' ? (['neon'] as const) : []),
];

interface WrittenGemm extends Written {
  readonly spec: GemmSpec;
}

/** A specification whose rows are counted in vectors. */
function written(
  precision: Precision,
  { vectors, form, ...partial }: Partial<GemmSpec> & { isa: InstructionSet; vectors?: number; form?: CForm },
): WrittenGemm {
  const rows = vectors === undefined ? {} : { mu: vectors * vectorClass(partial.isa, precision).lanes };
  return { spec: gemmSpec({ ...partial, ...rows, precision }), form };
}

const inPlace = { layoutA: 'column-major', packA: false, packB: false } as const;

/** What differs in what the generator must do: forms, few and many vectors, products that wait, operands in place. */
const shapes: Parameters<typeof written>[1][] = [
  { isa: 'scalar' },
  { isa: 'scalar', vectors: 4, nu: 1, ku: 3, latency: 4 },
  { isa: 'simd128', muladd: 'fused' },
  { isa: 'sse2' },
  { isa: 'sse2', form: 'vectors', latency: 3, ...inPlace },
  { isa: 'avx2' },
  { isa: 'avx2', form: 'vectors', vectors: 1, nu: 7, ku: 5, layoutC: 'strided' },
  { isa: 'avx2', vectors: 2, nu: 4, muladd: 'separate', latency: 4, packB: false },
  { isa: 'avx512' },
  { isa: 'avx512', form: 'vectors' },
  { isa: 'avx512', vectors: 2, nu: 12, ku: 1, muladd: 'separate' },
  { isa: 'avx512', vectors: 4, nu: 5, ku: 2, ...inPlace },
];

/** Kernels by name, each with blocks that make small matrices cross all edges; A is made what they must read in place. */
function kernelsOf(kernels: readonly WrittenGemm[], compiler?: string): [string, AnyGemmBatch][] {
  const functions = compiled(kernels, compiler);
  return kernels.map(({ spec, form }, index) => {
    const blocks = blockings[index % blockings.length]!(spec);
    const gemm = blockGemm(functions[index]!, blocks, packingBuffers(spec, blocks));
    return [`${JSON.stringify({ ...spec, form, ...blocks })}`, forItsLayouts(spec, gemm)];
  });
}

/** A kernel that is given copies of those A that it cannot read in place. */
function forItsLayouts(spec: GemmSpec, gemm: (...call: Parameters<AnyGemmBatch>) => void): AnyGemmBatch {
  if (spec.packA) return gemm;
  return (...call) => {
    const [m, n, k, alpha, a, aOffset, aRow, aColumn, b, bOffset, bRow, bColumn] = call;
    const [beta, c, cOffset, cRow, cColumn, batch, aBatch, bBatch, cBatch] = call.slice(12) as [
      ...[number, Elements, number, number, number],
      ...[number, number, number, number],
    ];
    if (aRow === 1) {
      gemm(...call);
      return;
    }
    for (let product = 0; product < batch; product++) {
      const copy = new (arrayOf(spec.precision))(Math.max(1, m * k));
      for (let at = 0; at < m * k; at++) {
        copy[at] = a[aOffset + product * aBatch + (at % m) * aRow + Math.floor(at / m) * aColumn]!;
      }
      gemm(
        ...([m, n, k, alpha, copy, 0, 1, m, b, bOffset + product * bBatch, bRow, bColumn] as const),
        ...([beta, c, cOffset + product * cBatch, cRow, cColumn, 1, 0, 0, 0] as const),
      );
    }
  };
}

const anyCase = fc.oneof({ weight: 4, arbitrary: gemmCase }, { weight: 1, arbitrary: gemmBatchCase });

for (const precision of precisions) {
  for (const compiler of skipNative ? ['gcc'] : compilers) {
    test(`C keeps the error bound and its operands, without a warning of ${compiler}, in ${precision}`, {
      skip: skipNative,
    }, () => {
      // The rest of them is there for gcc alone: compiling is most of the time.
      const shown = shapes
        .filter(({ isa }, index) => usable.includes(isa) && (compiler === 'gcc' || index % 3 === 0))
        .map((shape) => written(precision, shape));
      const kernels = kernelsOf(shown, compiler);
      const arena = guardedArena(precision);
      fc.assert(
        fc.property(anyCase, (one) => checkGemm(one, arena, kernels)),
        { numRuns: 50 },
      );
      for (const [, gemm] of kernels) {
        checkZeros((...call) => gemm(...call, 1, 0, 0, 0), precision, 20);
      }
    });
  }

  test(`any valid specification makes C that is right, in ${precision}`, { skip: skipNative }, () => {
    const valid = fc
      .record({
        isa: fc.constantFrom(...usable),
        vectors: fc.integer({ min: 1, max: 14 }),
        nu: fc.integer({ min: 1, max: 14 }),
        ku: fc.integer({ min: 1, max: 9 }),
        muladd: fc.constantFrom('fused' as const, 'separate' as const),
        latency: fc.constantFrom(1, 1, 2, 3, 5),
        prefetchA: fc.constantFrom(0, 64, 700),
        prefetchB: fc.boolean(),
        prefetchBlock: fc.boolean(),
        prefetchC: fc.boolean(),
        packing: fc.constantFrom({}, { packB: false }, { packA: false, layoutA: 'column-major' as const }, inPlace),
        form: fc.constantFrom(undefined, 'vectors' as const),
      })
      .map(({ packing, form, ...rest }) => {
        try {
          const one = written(precision, { ...rest, ...packing });
          return rest.isa === 'scalar' ? one : { ...one, form };
        } catch (error) {
          assert.ok(error instanceof RangeError);
          return undefined;
        }
      })
      .filter((one) => one !== undefined);
    const kernels = kernelsOf(fc.sample(valid, 6));
    const arena = guardedArena(precision);
    fc.assert(
      fc.property(anyCase, (one) => checkGemm(one, arena, kernels)),
      { numRuns: 30 },
    );
  });

  test(`NEON is right where it is emulated, in ${precision}`, { skip: skipNeon }, () => {
    const memory = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, new (arrayOf(precision))(ARENA_LENGTH)]),
    ) as Record<'a' | 'b' | 'c', Elements>;
    const arena: Arena = (operand) => memory[operand];
    const neon = [
      written(precision, { isa: 'neon' }),
      written(precision, { isa: 'neon', form: 'vectors', vectors: 2, nu: 5, ku: 3, packB: false }),
      written(precision, { isa: 'neon', vectors: 3, nu: 3, ku: 1, muladd: 'separate', latency: 3 }),
    ];
    const kernels = neon.map((one, index): [string, AnyGemm] => [
      JSON.stringify(one),
      emulatedGemm(one, blockings[index]!(one.spec)),
    ]);
    fc.assert(
      fc.property(gemmCase, (one) => checkGemm(one, arena, kernels)),
      { numRuns: 12 },
    );
  });
}

/** A kernel that an emulated program runs. */
function emulatedGemm(kernel: WrittenGemm, { mc, kc, nc }: { mc: number; kc: number; nc: number }): AnyGemm {
  const run = emulated(kernel);
  const { fields, blockLength } = gemmX64Abi;
  return (...call) => {
    const [m, n, k, alpha, a, aOffset, aRow, aColumn, b, bOffset, bRow, bColumn, beta, c, cOffset, cRow, cColumn] =
      call;
    const bytes = a.BYTES_PER_ELEMENT;
    const block = new Float64Array(blockLength);
    Object.assign(block, {
      ...{ [fields.m]: m, [fields.n]: n, [fields.k]: k, [fields.alpha]: alpha, [fields.beta]: beta, [fields.batch]: 1 },
      ...{ [fields.a]: bytes * aOffset, [fields.aRowStride]: aRow, [fields.aColumnStride]: aColumn },
      ...{ [fields.b]: bytes * bOffset, [fields.bRowStride]: bRow, [fields.bColumnStride]: bColumn },
      ...{ [fields.c]: bytes * cOffset, [fields.cRowStride]: cRow, [fields.cColumnStride]: cColumn },
      ...{ [fields.mc]: mc, [fields.kc]: kc, [fields.nc]: nc },
    });
    const operand = (field: number, array: Elements) => ({
      field,
      bytes: array.byteLength,
      contents: new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
    });
    run(block, [
      operand(fields.a, a),
      operand(fields.b, b),
      operand(fields.c, c),
      { field: fields.packedA, bytes: bytes * mc * kc },
      { field: fields.packedB, bytes: bytes * kc * nc },
    ]);
  };
}

test('a NaN for alpha or beta makes everything NaN, and factors are rounded to the precision', {
  skip: skipNative,
}, () => {
  const kernels = kernelsOf(precisions.map((precision) => written(precision, { isa: 'simd128' })));
  for (const [index, precision] of precisions.entries()) {
    const gemm = kernels[index]![1];
    checkFactors((...call) => gemm(...call, 1, 0, 0, 0), precision);
  }
});

test("Table 2's parameters are in the text, and a form that there is not is refused", () => {
  const spec = gemmSpec({ isa: 'scalar', mu: 3, nu: 2, ku: 3, latency: 4 });
  const { text, symbol, abi } = generate(spec, { target: 'c' });
  assert.equal(symbol, 'dgemm_kernel');
  assert.equal(abi, gemmX64Abi);
  for (const constant of ['MU = 3,', 'NU = 2,', 'KU = 3,', 'LATENCY = 4,'])
    assert.ok(text.includes(constant), constant);
  assert.equal(generate(spec, { target: 'c' }).text, text);
  assert.throws(() => generate(spec, { target: 'c', form: 'vectors' }), {
    name: 'RangeError',
    message: "'form' must be 'scalar' with isa 'scalar', got 'vectors'",
  });
  assert.throws(() => generate(gemmSpec({ isa: 'avx2' }), { target: 'c', form: 'assembly' as CForm }), {
    name: 'RangeError',
    message: "'form' must be 'intrinsics' or 'vectors' with isa 'avx2', got 'assembly'",
  });
  assert.throws(
    () => generate(spec, { target: 'c', symbol: 'a b' }),
    /'symbol' must be a name as C has them, got 'a b'/,
  );
});
