import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, processor } from '@paratune/native';
import fc from 'fast-check';
import { blockGemv, blockGer, guardedVectors } from './_block_gemv_test.ts';
import { type AnyGemm, ARENA_LENGTH, arrayOf, checkGemm, gemmCase, precisions } from './_gemm_cases_test.ts';
import { checkGemv, checkGer, type Elements, vectorCase } from './_gemv_cases_test.ts';
import { vectorClass } from './_vector_class.ts';
import { type GemmSpec, gemmSpec, type InstructionSet } from './gemm_spec.ts';
import type { GemvJsFunction } from './gemv_abi.ts';
import { type GemvSpec, gemvSpec } from './gemv_spec.ts';
import { generate } from './generate.ts';
import type { GerJsFunction } from './ger_abi.ts';
import { type GerSpec, gerSpec } from './ger_spec.ts';

/*
 * Random specifications: what is let through is generated right, what is not is refused by name. GEMM in machine code, WebAssembly and C has
 * such tests beside its own.
 */

const all: InstructionSet[] = ['scalar', 'sse2', 'avx2', 'avx512', 'simd128', 'neon'];
const native: InstructionSet[] =
  process.arch === 'x64' && process.platform === 'linux' ? ['scalar', ...processor().instructionSets] : [];

const skip = native.length === 0 ? 'machine code runs on Linux on x86-64 only' : false;

const muladd = fc.constantFrom('fused' as const, 'separate' as const);
const unroll = fc.integer({ min: 0, max: 9 });

/** The specification, or undefined where it is refused, which must be by the name of a parameter that it has, and its value. */
function specOf<Spec extends object>(
  check: (partial: Partial<Spec>) => Spec,
  partial: Partial<Spec>,
): Spec | undefined {
  try {
    return check(partial);
  } catch (error) {
    assert.ok(error instanceof RangeError);
    const [, name, value] = /^'(\w+)' must be .+, got '?(.+?)'?$/.exec(error.message) ?? [];
    assert.equal(String((partial as Record<string, unknown>)[name!]), value, error.message);
    return undefined;
  }
}

const evaluated = <Function>(text: string): Function => new Function(`return ${text}`)() as Function;

for (const precision of precisions) {
  test(`any specification of GEMM makes JavaScript that is right, or is refused by name, in ${precision}`, () => {
    const arrays = { a: 0, b: 0, c: 0 };
    const memory = Object.fromEntries(
      Object.keys(arrays).map((name) => [name, new (arrayOf(precision))(ARENA_LENGTH)]),
    ) as Record<keyof typeof arrays, Elements>;
    const partials = fc
      .record({
        isa: fc.constantFrom(...all),
        vectors: fc.integer({ min: 0, max: 6 }),
        nu: fc.integer({ min: 0, max: 9 }),
        ku: fc.integer({ min: 0, max: 6 }),
        muladd,
      })
      .map(({ vectors, ...rest }): Partial<GemmSpec> => {
        return { ...rest, precision, mu: vectors * vectorClass(rest.isa, precision).lanes };
      });
    let right = 0;
    fc.assert(
      fc.property(partials, gemmCase, (partial, one) => {
        const spec = specOf(gemmSpec, partial);
        if (spec === undefined) return;
        const gemm = evaluated<AnyGemm>(generate(spec, { target: 'js' }).text);
        checkGemm(one, (operand) => memory[operand], [[JSON.stringify(spec), gemm]]);
        right++;
      }),
      { numRuns: 200 },
    );
    assert.ok(right >= 5, `only ${right} were let through`);
  });

  test(`any specification of GEMV and GER makes kernels that are right, or is refused by name, in ${precision}`, {
    skip,
  }, () => {
    const arena = guardedVectors(precision === 'double' ? Float64Array : Float32Array);
    const gemvPartial = fc.record({
      ...{ isa: fc.constantFrom(...all), precision: fc.constant(precision), muladd },
      ...{ xUnroll: unroll, yUnroll: unroll, unroll, prefetch: fc.constantFrom(0, 64, 5000) },
    });
    const gerPartial = fc.record({
      ...{ isa: fc.constantFrom(...all), precision: fc.constant(precision), muladd },
      ...{ xUnroll: unroll, yUnroll: unroll, prefetch: fc.constantFrom(0, 64, 5000) },
    });
    let [gemvs, gers] = [0, 0];
    fc.assert(
      fc.property(gemvPartial, gerPartial, vectorCase, (gemvGiven, gerGiven, one) => {
        const spec = specOf<GemvSpec>(gemvSpec, gemvGiven);
        // Rows are summed in registers, so that fewer of them may be walked along than columns.
        if (spec !== undefined && specOf<GemvSpec>(gemvSpec, { ...gemvGiven, layout: 'rows' }) !== undefined) {
          const machine = blockGemv(gemvGiven, (made) => load(generate(gemvSpec(made), { target: 'x64' }).bytes));
          const script = evaluated<GemvJsFunction<Elements>>(generate(spec, { target: 'js' }).text);
          const kernels: [string, GemvJsFunction<Elements>][] = [[`js ${JSON.stringify(spec)}`, script]];
          if (native.includes(spec.isa)) kernels.push([`x64 ${JSON.stringify(spec)}`, machine]);
          checkGemv(one, arena, kernels);
          gemvs++;
        }
        const update = specOf<GerSpec>(gerSpec, gerGiven);
        if (update !== undefined) {
          const machine = blockGer(gerGiven, (made) => load(generate(gerSpec(made), { target: 'x64' }).bytes));
          const script = evaluated<GerJsFunction<Elements>>(generate(update, { target: 'js' }).text);
          const kernels: [string, GerJsFunction<Elements>][] = [[`js ${JSON.stringify(update)}`, script]];
          if (native.includes(update.isa)) kernels.push([`x64 ${JSON.stringify(update)}`, machine]);
          checkGer(one, arena, kernels);
          gers++;
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(gemvs >= 3 && gers >= 10, `only ${gemvs} and ${gers} were let through`);
  });
}
