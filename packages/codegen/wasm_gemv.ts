import { advance, all, type Local, type Node, plain, repeat, repeatWhile, when } from './_wasm_code.ts';
import { scaleFunction, type WasmContext, wasmKernel } from './_wasm_kernel.ts';
import { ofType } from './_wasm_module.ts';
import { gemvWasmAbi } from './gemv_abi.ts';
import type { GemvSpec } from './gemv_spec.ts';
import { defaultWasmMemory, type WasmMemory } from './wasm_memory.ts';

const addresses = ['a', 'x', 'y'] as const;

/** What walks along some lines of A at once: columns beside y, or rows beside x. */
const walkParameters = ['length', 'a', 'elementStride', 'lineStride', 'x', 'xStride', 'y', 'yStride'] as const;

/** The start of each of the lines that are walked along, at the first element that is left. */
function startsOfLines({ int }: WasmContext, a: Local, lineStride: Local, lines: readonly Local[]): Node[] {
  return lines.map((line, index) => line.set(index === 0 ? a : int.add(lines[index - 1]!, lineStride)));
}

/** The function that adds `count` columns, each times its element of x and alpha, to y. */
function addColumns(context: WasmContext, count: number) {
  const { module, elements, int } = context;
  const add = module.function(`add${count}Columns`, {
    ...ofType(int.type, walkParameters),
    alpha: elements.type,
  });
  const { length, a, elementStride, lineStride, x, xStride, y, yStride, alpha } = add.parameters;
  const numbers = Array.from({ length: count }, (_, index) => index);
  const lines = numbers.map((index) => add.local(`line${index}`, int.type));
  const factors = numbers.map((index) => add.local(`x${index}`, elements.type));
  const vectors = numbers.map((index) => add.local(`xs${index}`, elements.vectorType));
  const { sum } = add.locals(elements.type, ['sum']);
  const { sums } = add.locals(elements.vectorType, ['sums']);
  const advanceAll = (amount: Local | number, amountOfY: Local | number) => [
    ...lines.map((line) => advance(int, line, amount)),
    advance(int, y, amountOfY),
  ];
  const bytes = elements.bytesOf(elements.lanes);
  add.define([
    ...startsOfLines(context, a, lineStride, lines),
    ...factors.flatMap((factor, index) => [
      factor.set(elements.multiplyOne(alpha, elements.loadOne(x))),
      vectors[index]!.set(elements.splat(factor)),
      advance(int, x, xStride),
    ]),
    when(
      all(
        int.equal(elementStride, elements.bytes),
        int.equal(yStride, elements.bytes),
        int.atLeast(length, elements.lanes),
      ),
      [
        repeatWhile(int.atLeast(length, elements.lanes), [
          sums.set(elements.load(y)),
          ...lines.map((line, index) => sums.set(elements.multiplyAdd(elements.load(line), vectors[index]!, sums))),
          elements.store(y, sums),
          ...advanceAll(bytes, bytes),
          length.set(int.subtract(length, elements.lanes)),
        ]),
      ],
    ),
    when(int.greater(length, 0), [
      repeat(int, length, [
        sum.set(elements.loadOne(y)),
        ...lines.map((line, index) =>
          sum.set(elements.addOne(sum, elements.multiplyOne(elements.loadOne(line), factors[index]!))),
        ),
        elements.storeOne(y, sum),
        ...advanceAll(elementStride, yStride),
      ]),
    ]),
  ]);
  return add;
}

/** The function that multiplies `count` rows by x and adds the products, times alpha, to beta times their elements of y. */
function multiplyRows(context: WasmContext, count: number) {
  const { module, elements, int } = context;
  const multiply = module.function(`multiply${count}Rows`, {
    ...ofType(int.type, walkParameters),
    ...ofType(elements.type, ['alpha', 'beta']),
  });
  const { length, a, elementStride, lineStride, x, xStride, y, yStride, alpha, beta } = multiply.parameters;
  const numbers = Array.from({ length: count }, (_, index) => index);
  const lines = numbers.map((index) => multiply.local(`line${index}`, int.type));
  const sums = numbers.map((index) => multiply.local(`sum${index}`, elements.type));
  const vectors = numbers.map((index) => multiply.local(`sums${index}`, elements.vectorType));
  const { element } = multiply.locals(elements.type, ['element']);
  const { several } = multiply.locals(elements.vectorType, ['several']);
  const advanceAll = (amount: Local | number, amountOfX: Local | number) => [
    ...lines.map((line) => advance(int, line, amount)),
    advance(int, x, amountOfX),
  ];
  const bytes = elements.bytesOf(elements.lanes);
  const lanes = Array.from({ length: elements.lanes }, (_, index) => index);
  const products = (scaled: () => Node): Node[] =>
    sums.flatMap((sum) => [
      elements.storeOne(y, elements.addOne(scaled(), elements.multiplyOne(alpha, sum))),
      advance(int, y, yStride),
    ]);
  multiply.define([
    ...startsOfLines(context, a, lineStride, lines),
    when(
      all(
        int.equal(elementStride, elements.bytes),
        int.equal(xStride, elements.bytes),
        int.atLeast(length, elements.lanes),
      ),
      [
        repeatWhile(int.atLeast(length, elements.lanes), [
          several.set(elements.load(x)),
          ...lines.map((line, index) =>
            vectors[index]!.set(elements.multiplyAdd(elements.load(line), several, vectors[index]!)),
          ),
          ...advanceAll(bytes, bytes),
          length.set(int.subtract(length, elements.lanes)),
        ]),
        ...sums.map((sum, index) =>
          sum.set(
            lanes
              .map((lane) => elements.extract(vectors[index]!, lane))
              .reduce((one, other) => elements.addOne(one, other)),
          ),
        ),
      ],
    ),
    when(int.greater(length, 0), [
      repeat(int, length, [
        element.set(elements.loadOne(x)),
        ...lines.map((line, index) =>
          sums[index]!.set(elements.addOne(sums[index]!, elements.multiplyOne(elements.loadOne(line), element))),
        ),
        ...advanceAll(elementStride, xStride),
      ]),
    ]),
    when(
      elements.equalOne(beta, elements.constant(0)),
      products(() => elements.constant(0)),
      products(() => elements.multiplyOne(beta, elements.loadOne(y))),
    ),
  ]);
  return multiply;
}

/** The function that does the work; strides are in bytes. */
function product(context: WasmContext, { xUnroll, yUnroll }: GemvSpec) {
  const { module, elements, int } = context;
  const scale = scaleFunction(context);
  const work = module.function('product', {
    ...ofType(int.type, ['m', 'n', 'a', 'aRowStride', 'aColumnStride', 'x', 'xStride', 'y', 'yStride']),
    ...ofType(elements.type, ['alpha', 'beta']),
  });
  const { m, n, a, aRowStride, aColumnStride, x, xStride, y, yStride, alpha, beta } = work.parameters;
  /** All lines, `most` at once as long as there are so many, then one by one. */
  const inGroups = (most: number, lines: Local, group: (count: number) => readonly Node[]): Node[] =>
    (most === 1 ? [1] : [most, 1]).map((count) =>
      when(int.atLeast(lines, count), [
        repeatWhile(int.atLeast(lines, count), [...group(count), lines.set(int.subtract(lines, count))]),
      ]),
    );
  const columns = inGroups(xUnroll, n, (count) => [
    addColumns(context, count).call(m, a, aRowStride, aColumnStride, x, xStride, y, yStride, alpha),
    advance(int, a, int.multiply(aColumnStride, count)),
    advance(int, x, int.multiply(xStride, count)),
  ]);
  const rows = inGroups(yUnroll, m, (count) => [
    multiplyRows(context, count).call(n, a, aColumnStride, aRowStride, x, xStride, y, yStride, alpha, beta),
    advance(int, a, int.multiply(aRowStride, count)),
    advance(int, y, int.multiply(yStride, count)),
  ]);
  const size = (stride: Local) => plain('select', [stride, int.subtract(0, stride), int.greater(stride, 0)]);
  const hasProduct = elements.unequalOne(alpha, elements.constant(0));
  // The stride of a dimension of 1 says nothing.
  const byColumns = plain('i32.or', [
    int.equal(n, 1),
    all(int.unequal(m, 1), int.atMost(size(aRowStride), size(aColumnStride))),
  ]);
  const scaleAll = when(elements.unequalOne(beta, elements.constant(1)), [
    scale.call(m, int.constant(1), y, yStride, yStride, beta),
  ]);
  work.define([
    when(all(int.greater(m, 0), int.greater(n, 0)), [
      when(hasProduct, [when(byColumns, [scaleAll, ...columns], rows)], [scaleAll]),
    ]),
  ]);
  return work;
}

/**
 * Generates a GEMV kernel as a WebAssembly module.
 *
 * The module imports its memory as `env.memory` and exports the function `gemv`, whose arguments {@linkcode gemvWasmAbi} names. It takes any
 * strides: columns are added to y, `xUnroll` at once, where they are the denser dimension of A; else rows are multiplied by x, `yUnroll`
 * at once; in vectors of 128 bits where elements lie side by side. The rules for special values are those of {@linkcode x64Gemv}. `layout`,
 * `source`, `unroll` and `prefetch` say nothing to an engine.
 *
 * @param spec The kernel; its `isa` has vectors of at most 128 bits.
 * @param memory What memory the module is for.
 * @returns The module and a function that lists it in the text format.
 * @example
 * ```ts
 * import { gemvSpec, wasmGemv } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.match(wasmGemv(gemvSpec({ isa: 'simd128' })).listing(), /\(export "gemv"\)/);
 * ```
 */
export function wasmGemv(
  spec: GemvSpec,
  memory: WasmMemory = defaultWasmMemory,
): { bytes: Uint8Array; listing: () => string } {
  return wasmKernel(spec, memory, gemvWasmAbi, addresses, (context) => product(context, spec));
}
