import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, load, processor } from '@paratune/native';
import fc from 'fast-check';
import { blockGemv, blockGer, guardedVectors } from './_block_gemv_test.ts';
import { random } from './_gemm_cases_test.ts';
import { checkGemv, checkGer, type Elements, vectorCase } from './_gemv_cases_test.ts';
import type { InstructionSet } from './gemm_spec.ts';
import { type GemvJsFunction, gemvX64Abi } from './gemv_abi.ts';
import { type GemvSpec, gemvSpec } from './gemv_spec.ts';
import { generate } from './generate.ts';
import { type GerJsFunction, gerX64Abi } from './ger_abi.ts';
import { type GerSpec, gerSpec } from './ger_spec.ts';

const usable = process.arch === 'x64' && process.platform === 'linux' ? processor().instructionSets : [];
const isas: InstructionSet[] = usable.length === 0 ? [] : ['scalar', ...usable];
const skip = isas.length === 0 ? 'machine code runs on Linux on x86-64 only' : false;
const precisions = [
  ['double', Float64Array],
  ['single', Float32Array],
] as const;

/** Native kernels called as the JavaScript ones are. */
const nativeGemv = (partial: Partial<GemvSpec>) =>
  blockGemv(partial, (complete) => load(generate(gemvSpec(complete), { target: 'x64' }).bytes));
const nativeGer = (partial: Partial<GerSpec>) =>
  blockGer(partial, (complete) => load(generate(gerSpec(complete), { target: 'x64' }).bytes));

/** Unrolling that differs in what the generator must do: odd groups, one line at a time, all registers. */
const gemvShapes: Partial<GemvSpec>[] = [
  {},
  { xUnroll: 1, yUnroll: 1, unroll: 2 },
  { xUnroll: 3, yUnroll: 6, unroll: 2, prefetch: 256 },
  { xUnroll: 7, yUnroll: 8, unroll: 1, muladd: 'separate' },
  { xUnroll: 8, yUnroll: 3, unroll: 4, layout: 'spaced columns' },
  { xUnroll: 2, yUnroll: 7, unroll: 1, layout: 'spaced rows' },
];
const gerShapes: Partial<GerSpec>[] = [
  {},
  { xUnroll: 1, yUnroll: 2 },
  { xUnroll: 3, yUnroll: 7, prefetch: 64 },
  { xUnroll: 8, yUnroll: 8, muladd: 'separate' },
  { yUnroll: 3, layout: 'spaced columns' },
];

for (const [precision, ArrayType] of precisions) {
  test(`gemv in ${precision} precision keeps the error bound and its operands, for all instruction sets, layouts and edges`, {
    skip,
  }, () => {
    const kernels = isas.flatMap((isa) =>
      gemvShapes.map((shape): [string, GemvJsFunction<Elements>] => {
        const spec = { isa, precision, ...shape };
        return [JSON.stringify(spec), nativeGemv(spec)];
      }),
    );
    const arena = guardedVectors(ArrayType);
    fc.assert(
      fc.property(vectorCase, (one) => checkGemv(one, arena, kernels)),
      { numRuns: 250 },
    );
  });

  test(`ger in ${precision} precision keeps the error bound and its operands, for all instruction sets, layouts and edges`, {
    skip,
  }, () => {
    const kernels = isas.flatMap((isa) =>
      gerShapes.map((shape): [string, GerJsFunction<Elements>] => {
        const spec = { isa, precision, ...shape };
        return [JSON.stringify(spec), nativeGer(spec)];
      }),
    );
    const arena = guardedVectors(ArrayType);
    fc.assert(
      fc.property(vectorCase, (one) => checkGer(one, arena, kernels)),
      { numRuns: 250 },
    );
  });

  test(`every small size is right in ${precision} precision`, { skip }, () => {
    const arena = guardedVectors(ArrayType);
    const gemvs = isas.map((isa): [string, GemvJsFunction<Elements>] => [isa, nativeGemv({ isa, precision })]);
    const gers = isas.map((isa): [string, GerJsFunction<Elements>] => [isa, nativeGer({ isa, precision })]);
    for (let m = 1; m <= 35; m += m < 19 ? 1 : 4) {
      for (let n = 1; n <= 35; n += n < 19 ? 1 : 4) {
        const one = {
          ...{ m, n, alpha: 1, beta: 1, gap: 0, negateRows: false, negateColumns: false, xStride: 1, yStride: 1 },
          ...({ kind: (m + n) % 2 ? 'rows' : 'columns', flush: 'end', seed: m * n, values: 'integer' } as const),
        };
        checkGemv(one, arena, gemvs);
        checkGer(one, arena, gers);
      }
    }
  });
}

test('an element of the result has the same bits wherever the operands lie and whatever rows are beside it', {
  skip,
}, () => {
  const room = 16;
  fc.assert(
    fc.property(
      fc.constantFrom(...isas),
      fc.constantFrom(...precisions),
      fc.constantFrom<GemvSpec['layout']>('columns', 'rows'),
      fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 2000, max: 5000 })),
      fc.array(fc.integer({ min: 0, max: room }), { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 0, max: 9 }),
      fc.nat(),
      (isa, [precision, ArrayType], layout, long, [aAt, xAt, yAt], first, seed) => {
        const next = random(seed);
        const [m, n] = layout === 'columns' ? [long, 10] : [10, long];
        const lineStride = long + 3;
        const [row, column] = layout === 'columns' ? [1, lineStride] : [lineStride, 1];
        const placed = (length: number, at: number) => {
          const array = new ArrayType(length + room);
          for (let i = 0; i < length; i++) array[at + i] = next() - 0.5;
          return array;
        };
        const [a, x] = [placed(10 * lineStride, 0), placed(n, 0)];
        const moved = [a, x].map((array, index) => {
          const copy = new ArrayType(array.length + room);
          copy.set(array, [aAt!, xAt!][index]);
          return copy;
        }) as [Elements, Elements];
        const [y, part] = [new ArrayType(m), new ArrayType(m + room)];
        const [unroll, alone] = [4, { xUnroll: 1, yUnroll: 1 }];
        nativeGemv({ isa, precision, layout, unroll, ...alone })(m, n, 1, a, 0, row, column, x, 0, 1, 0, y, 0, 1);
        const lines = { xUnroll: 8, yUnroll: 3, unroll, prefetch: 64 };
        const left = Math.max(0, m - first);
        nativeGemv({ isa, precision, layout, ...lines })(
          ...([left, n, 1, moved[0], aAt! + first * row, row, column, moved[1], xAt!, 1, 0, part, yAt!, 1] as const),
        );
        assert.deepEqual(part.slice(yAt, yAt! + left), y.slice(Math.min(first, m)));
      },
    ),
    { numRuns: 300 },
  );
});

test('what is not needed may be nowhere', { skip }, () => {
  for (const isa of isas) {
    const gemv = load(generate(gemvSpec({ isa }), { target: 'x64' }).bytes);
    const y = Float64Array.of(1, 2);
    const { fields } = gemvX64Abi;
    const block = new Float64Array(gemvX64Abi.blockLength); // all addresses null
    Object.assign(block, {
      [fields.m]: 2,
      [fields.n]: 3,
      [fields.beta]: 2,
      [fields.y]: addressOf(y),
      [fields.yStride]: 1,
    });
    gemv(block); // alpha is 0
    assert.deepEqual([...y], [2, 4]);
    block[fields.y] = 0;
    for (const size of [fields.m, fields.n]) {
      Object.assign(block, { [fields.alpha]: 1, [size]: 0 });
      gemv(block);
      block[size] = 2;
    }
    const ger = load(generate(gerSpec({ isa }), { target: 'x64' }).bytes);
    const update = new Float64Array(gerX64Abi.blockLength);
    Object.assign(update, { [gerX64Abi.fields.m]: 2, [gerX64Abi.fields.n]: 2 });
    ger(update); // alpha is 0
    Object.assign(update, { [gerX64Abi.fields.m]: 0, [gerX64Abi.fields.alpha]: 1 });
    ger(update);
  }
});

test('-0 stays -0 when y is only scaled, and zeros of a matrix that is only scaled by an empty column stay', {
  skip,
}, () => {
  for (const isa of isas) {
    const y = new Float64Array(11).fill(-0);
    nativeGemv({ isa })(11, 1, 0, y, 0, 1, 1, y, 0, 1, 2, y, 0, 1);
    assert.ok(y.every((value) => Object.is(value, -0)));
    nativeGer({ isa })(11, 1, 1, new Float64Array(11).fill(Number.NaN), 0, 1, Float64Array.of(-0), 0, 1, y, 0, 1, 11);
    assert.ok(y.every((value) => Object.is(value, -0)));
  }
});

test('factors of single precision are rounded to it', { skip }, () => {
  for (const isa of isas) {
    const y = Float32Array.of(1);
    nativeGemv({ isa, precision: 'single' })(1, 1, 1e-60, Float32Array.of(Number.NaN), 0, 1, 1, y, 0, 1, 0.1, y, 0, 1);
    assert.equal(y[0], Math.fround(0.1)); // alpha is 0 in single precision, so A is not read
  }
});

test('the same specification gives the same bytes, without any address of this process', () => {
  for (const isa of ['avx512', 'avx2', 'sse2', 'scalar'] as const) {
    for (const [precision] of precisions) {
      for (const spec of [gemvSpec({ isa, precision }), gerSpec({ isa, precision })]) {
        assert.deepEqual(generate(spec, { target: 'x64' }).bytes, generate(spec, { target: 'x64' }).bytes);
      }
    }
  }
});
