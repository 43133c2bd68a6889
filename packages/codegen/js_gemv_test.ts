import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ARENA_LENGTH, type Arena, checkGemv, checkGer, type Elements, vectorCase } from './_gemv_cases_test.ts';
import type { GemvJsFunction } from './gemv_abi.ts';
import { gemvJsAbi } from './gemv_abi.ts';
import { gemvSpec } from './gemv_spec.ts';
import { generate } from './generate.ts';
import type { GerJsFunction } from './ger_abi.ts';
import { gerJsAbi } from './ger_abi.ts';
import { gerSpec } from './ger_spec.ts';

for (const [precision, ArrayType] of [
  ['double', Float64Array],
  ['single', Float32Array],
] as const) {
  const memory = new Map<string, Elements>(['a', 'x', 'y'].map((name) => [name, new ArrayType(ARENA_LENGTH)]));
  const arena: Arena = (operand) => memory.get(operand)!;

  test(`gemv and ger in JavaScript, ${precision} precision, keep the error bound and their operands`, () => {
    const gemvs = [{}, { xUnroll: 1, yUnroll: 1 }, { xUnroll: 5, yUnroll: 3 }].map(
      (shape): [string, GemvJsFunction<Elements>] => {
        const { text } = generate(gemvSpec({ precision, ...shape }), { target: 'js' });
        return [JSON.stringify(shape), new Function(`return ${text}`)() as GemvJsFunction<Elements>];
      },
    );
    const { text } = generate(gerSpec({ precision }), { target: 'js' });
    const ger = new Function(`return ${text}`)() as GerJsFunction<Elements>;
    fc.assert(
      fc.property(vectorCase, (one) => {
        checkGemv(one, arena, gemvs);
        checkGer(one, arena, [['js', ger]]);
      }),
      { numRuns: 300 },
    );
  });
}

test('the interface says how they are called', () => {
  assert.equal(generate(gemvSpec(), { target: 'js' }).abi, gemvJsAbi);
  assert.equal(generate(gerSpec(), { target: 'js' }).abi, gerJsAbi);
});
