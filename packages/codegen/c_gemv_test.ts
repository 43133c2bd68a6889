import { test } from 'node:test';
import { addressOf, processor } from '@paratune/native';
import fc from 'fast-check';
import { type BlockFunction, blockGemv, blockGer, guardedVectors } from './_block_gemv_test.ts';
import { compiled, compilers, emulated, skipNative, skipNeon, type Written } from './_c_kernel_test.ts';
import { ARENA_LENGTH, checkGemv, checkGer, type Elements, vectorCase } from './_gemv_cases_test.ts';
import type { InstructionSet } from './gemm_spec.ts';
import { type GemvJsFunction, gemvX64Abi } from './gemv_abi.ts';
import { type GemvSpec, gemvSpec } from './gemv_spec.ts';
import { type GerJsFunction, gerX64Abi } from './ger_abi.ts';
import { type GerSpec, gerSpec } from './ger_spec.ts';

const usable: InstructionSet[] = [
  'scalar',
  'simd128',
  ...(process.arch === 'x64' && process.platform === 'linux' ? processor().instructionSets : []),
  ...(process.arch === 'arm64' ? (['neon'] as const) : []),
];
const precisions = [
  ['double', Float64Array],
  ['single', Float32Array],
] as const;
const layouts = ['columns', 'rows', 'spaced columns', 'spaced rows'] as const;

type Shape<Spec> = Partial<Spec> & Pick<Written, 'form'>;
const gemvShapes: Shape<GemvSpec>[] = [
  {},
  { form: 'vectors', xUnroll: 1, yUnroll: 1, unroll: 2 },
  { xUnroll: 3, yUnroll: 5, unroll: 2, prefetch: 256, muladd: 'separate' },
];
const gerShapes: Shape<GerSpec>[] = [
  {},
  { form: 'vectors', xUnroll: 1, yUnroll: 1 },
  { xUnroll: 3, yUnroll: 7, prefetch: 64, muladd: 'separate' },
];

/** All kernels in one library: the specifications of each shape in every layout, and how those become one function. */
function gemvs(isas: readonly InstructionSet[], precision: GemvSpec['precision'], compiler: string) {
  // Each instruction set with one of the shapes: compiling is most of the time.
  const specs = isas.map((isa, index) => {
    const { form, ...shape } = gemvShapes[index % gemvShapes.length]!;
    return { form: isa === 'scalar' ? undefined : form, partial: { isa, precision, ...shape } };
  });
  const written = specs.flatMap(({ form, partial }) =>
    layouts.map((layout): Written => ({ form, spec: gemvSpec({ ...partial, layout }) })),
  );
  const functions = compiled(written, compiler);
  return specs.map(({ partial, form }, index): [string, GemvJsFunction<Elements>] => [
    JSON.stringify({ ...partial, form }),
    blockGemv(partial, ({ layout }) => functions[index * layouts.length + layouts.indexOf(layout!)]!),
  ]);
}

const gerLayouts = ['columns', 'spaced columns'] as const;
function gers(isas: readonly InstructionSet[], precision: GerSpec['precision'], compiler: string) {
  // Each instruction set with one of the shapes: compiling is most of the time.
  const specs = isas.map((isa, index) => {
    const { form, ...shape } = gerShapes[index % gerShapes.length]!;
    return { form: isa === 'scalar' ? undefined : form, partial: { isa, precision, ...shape } };
  });
  const written = specs.flatMap(({ form, partial }) =>
    gerLayouts.map((layout): Written => ({ form, spec: gerSpec({ ...partial, layout }) })),
  );
  const functions = compiled(written, compiler);
  return specs.map(({ partial, form }, index): [string, GerJsFunction<Elements>] => [
    JSON.stringify({ ...partial, form }),
    blockGer(partial, ({ layout }) => functions[index * gerLayouts.length + gerLayouts.indexOf(layout!)]!),
  ]);
}

for (const [precision, ArrayType] of precisions) {
  for (const compiler of skipNative ? ['gcc'] : compilers) {
    test(`GEMV and GER in C keep the error bound and their operands, without a warning of ${compiler}, in ${precision}`, {
      skip: skipNative,
    }, () => {
      // Compiling is most of the time.
      const isas = compiler === 'gcc' ? usable : usable.slice(-1);
      const [someGemvs, someGers] = [gemvs(isas, precision, compiler), gers(isas, precision, compiler)];
      const arena = guardedVectors(ArrayType);
      fc.assert(
        fc.property(vectorCase, (one) => {
          checkGemv(one, arena, someGemvs);
          checkGer(one, arena, someGers);
        }),
        { numRuns: 60 },
      );
    });
  }

  test(`GEMV and GER of NEON are right where they are emulated, in ${precision}`, { skip: skipNeon }, () => {
    const memory = { a: new ArrayType(ARENA_LENGTH), x: new ArrayType(ARENA_LENGTH), y: new ArrayType(ARENA_LENGTH) };
    const gemv = blockGemv({ isa: 'neon', precision }, (partial) => {
      const run = emulated({ spec: gemvSpec(partial) });
      return inProgram(run, gemvX64Abi.fields, memory);
    });
    const ger = blockGer({ isa: 'neon', precision }, (partial) => {
      const run = emulated({ spec: gerSpec(partial), form: 'vectors' });
      return inProgram(run, gerX64Abi.fields, memory);
    });
    fc.assert(
      fc.property(vectorCase, (one) => {
        checkGemv(one, (operand) => memory[operand], [['neon', gemv]]);
        checkGer(one, (operand) => memory[operand], [['neon', ger]]);
      }),
      { numRuns: 10 },
    );
  });
}

/** Calls a program with the block of a native call: addresses in these arrays become places in the program's copies of them. */
function inProgram(
  run: ReturnType<typeof emulated>,
  fields: Readonly<Record<'a' | 'x' | 'y', number>>,
  memory: Readonly<Record<'a' | 'x' | 'y', Elements>>,
): BlockFunction {
  return (block) => {
    const names = ['a', 'x', 'y'] as const;
    const relative = block.slice();
    for (const name of names) relative[fields[name]]! -= addressOf(memory[name]);
    run(
      relative,
      names.map((name) => ({
        field: fields[name],
        bytes: memory[name].byteLength,
        contents: new Uint8Array(memory[name].buffer),
      })),
    );
  };
}
