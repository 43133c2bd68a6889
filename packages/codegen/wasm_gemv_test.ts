import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { precisions } from './_gemm_cases_test.ts';
import { ARENA_LENGTH, type Arena, checkGemv, checkGer, type Elements, vectorCase } from './_gemv_cases_test.ts';
import { elementBytes } from './_vector_class.ts';
import { Instance, isUsable } from './_wasm_instance_test.ts';
import { type GemvJsFunction, gemvWasmAbi } from './gemv_abi.ts';
import { type GemvSpec, gemvSpec } from './gemv_spec.ts';
import { generate } from './generate.ts';
import { type GerJsFunction, gerWasmAbi } from './ger_abi.ts';
import { type GerSpec, gerSpec } from './ger_spec.ts';

/** An instance with a place for each of three operands, into which they are copied, and from which they come back. */
function withOperands(spec: GemvSpec | GerSpec) {
  const instance = new Instance(spec);
  const bytes = elementBytes[spec.precision];
  const places = [0, 1, 2].map(() => instance.allocate(bytes * ARENA_LENGTH)) as [number, number, number];
  const around = (arrays: readonly Elements[], call: () => void) => {
    for (const [index, array] of arrays.entries()) instance.copyIn(places[index]!, array);
    call();
    for (const [index, array] of arrays.entries()) instance.copyOut(places[index]!, array);
    assert.ok(instance.restIsUntouched, 'memory beyond the operands is written');
  };
  return { call: instance.call, bytes, places, around };
}

function wasmGemv(spec: GemvSpec): GemvJsFunction<Elements> {
  const { call, bytes, places, around } = withOperands(spec);
  const [a, x, y] = places;
  return (m, n, alpha, A, aOffset, aRow, aColumn, X, xOffset, xStride, beta, Y, yOffset, yStride) =>
    around([A, X, Y], () =>
      call(
        ...[m, n, alpha, a + bytes * aOffset, aRow, aColumn],
        ...[x + bytes * xOffset, xStride, beta, y + bytes * yOffset, yStride],
      ),
    );
}

function wasmGer(spec: GerSpec): GerJsFunction<Elements> {
  const { call, bytes, places, around } = withOperands(spec);
  const [x, y, a] = places;
  return (m, n, alpha, X, xOffset, xStride, Y, yOffset, yStride, A, aOffset, aRow, aColumn) =>
    around([X, Y, A], () =>
      call(
        ...[m, n, alpha, x + bytes * xOffset, xStride, y + bytes * yOffset, yStride],
        ...[a + bytes * aOffset, aRow, aColumn],
      ),
    );
}

const skip = isUsable(gemvSpec({ isa: 'simd128' })) ? false : 'this engine has no vectors in WebAssembly';

for (const precision of precisions) {
  const ArrayType = precision === 'double' ? Float64Array : Float32Array;
  const memory = new Map<string, Elements>(['a', 'x', 'y'].map((name) => [name, new ArrayType(ARENA_LENGTH)]));
  const arena: Arena = (operand) => memory.get(operand)!;

  test(`gemv and ger in WebAssembly, ${precision} precision, keep the error bound and their operands`, { skip }, () => {
    const usable = <Spec extends GemvSpec | GerSpec>(given: readonly Spec[]) => given.filter((spec) => isUsable(spec));
    const gemvs = usable([
      gemvSpec({ isa: 'simd128', precision }),
      gemvSpec({ isa: 'simd128', precision, xUnroll: 1, yUnroll: 1, muladd: 'fused' }),
      gemvSpec({ isa: 'simd128', precision, xUnroll: 5, yUnroll: 3 }),
      gemvSpec({ isa: 'scalar', precision }),
    ]).map((spec): [string, GemvJsFunction<Elements>] => [JSON.stringify(spec), wasmGemv(spec)]);
    const gers = usable([
      gerSpec({ isa: 'simd128', precision }),
      gerSpec({ isa: 'simd128', precision, xUnroll: 1, muladd: 'fused' }),
      gerSpec({ isa: 'scalar', precision, xUnroll: 3 }),
    ]).map((spec): [string, GerJsFunction<Elements>] => [JSON.stringify(spec), wasmGer(spec)]);
    fc.assert(
      fc.property(vectorCase, (one) => {
        checkGemv(one, arena, gemvs);
        checkGer(one, arena, gers);
      }),
      { numRuns: 80 },
    );
  });
}

test('the interface says how they are called', () => {
  assert.equal(generate(gemvSpec({ isa: 'simd128' }), { target: 'wasm' }).abi, gemvWasmAbi);
  assert.equal(generate(gerSpec({ isa: 'simd128' }), { target: 'wasm' }).abi, gerWasmAbi);
});
