import {
  advance,
  all,
  block,
  branchIf,
  type Local,
  loop,
  type Node,
  type Operand,
  plain,
  repeat,
  repeatWhile,
  when,
} from './_wasm_code.ts';
import { scaleFunction, type WasmContext, wasmKernel } from './_wasm_kernel.ts';
import { ofType } from './_wasm_module.ts';
import { gemmWasmAbi } from './gemm_abi.ts';
import type { GemmSpec } from './gemm_spec.ts';
import { defaultWasmMemory, type WasmMemory } from './wasm_memory.ts';

/** What the functions of a module share. */
interface Context extends WasmContext {
  readonly spec: GemmSpec;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

const packingParameters = ['source', 'widthStride', 'depthStride', 'width', 'depth', 'target'] as const;

/**
 * The function that copies `width` x `depth` elements into panels of `unit` across, one step of depth after the other. The
 * last panel is filled up with zeros.
 */
function packing({ module, elements, int }: Context, name: string, unit: number) {
  const pack = module.function(name, ofType(int.type, packingParameters));
  const { source, widthStride, depthStride, width, depth, target } = pack.parameters;
  const { from, depthLeft, at, to, elementsLeft, unitLeft } = pack.locals(int.type, [
    'from',
    'depthLeft',
    'at',
    'to',
    'elementsLeft',
    'unitLeft',
  ]);
  /** A panel, of which `step` copies what begins at `from`. */
  const panel = (step: readonly Node[]): Node[] => [
    from.set(source),
    depthLeft.set(depth),
    repeat(int, depthLeft, [...step, advance(int, from, depthStride), advance(int, target, elements.bytesOf(unit))]),
  ];
  const wholePanels = (step: readonly Node[]): Node =>
    block((end) => [
      loop((again) => [
        branchIf(int.less(width, unit), end),
        ...panel(step),
        advance(int, source, int.multiply(widthStride, unit)),
        width.set(int.subtract(width, unit)),
        branchIf(int.greater(width, 0), again),
      ]),
    ]);
  const byVectors = range(unit / elements.lanes).map((vector) => {
    const offset = elements.bytesOf(vector * elements.lanes);
    return elements.store(target, elements.load(from, { offset }), { offset });
  });
  const byElements = [
    at.set(from),
    ...range(unit).flatMap((index) => [
      ...(index === 0 ? [] : [advance(int, at, widthStride)]),
      elements.storeOne(target, elements.loadOne(at), { offset: elements.bytesOf(index) }),
    ]),
  ];
  const upToTheEdge = [
    at.set(from),
    to.set(target),
    elementsLeft.set(width),
    unitLeft.set(int.constant(unit)),
    repeat(int, unitLeft, [
      when(
        int.greater(elementsLeft, 0),
        [elements.storeOne(to, elements.loadOne(at))],
        [elements.storeOne(to, elements.constant(0))],
      ),
      elementsLeft.set(int.subtract(elementsLeft, 1)),
      advance(int, at, widthStride),
      advance(int, to, elements.bytes),
    ]),
  ];
  pack.define([
    unit % elements.lanes === 0
      ? when(int.equal(widthStride, elements.bytes), [wholePanels(byVectors)], [wholePanels(byElements)])
      : wholePanels(byElements),
    when(int.greater(width, 0), panel(upToTheEdge)),
  ]);
  return pack;
}

const tileParameters = ['a', 'b', 'depth', 'c', 'cRowStride', 'cColumnStride', 'rows', 'columns', 'tile'] as const;

/**
 * The micro-kernel: C = alpha A B + beta C for a panel of A, a panel of B and the tile of C that is theirs, `rows` x `columns` of
 * it. A function of its own, since engines replace code that was made in haste when it is called again.
 */
function microKernel({ module, spec, elements, int }: Context) {
  const { mu, nu, ku } = spec;
  const { lanes, vectorType } = elements;
  const kernel = module.function('microKernel', {
    ...ofType(int.type, tileParameters),
    ...ofType(elements.type, ['alpha', 'beta']),
  });
  const { a, b, depth, c, cRowStride, cColumnStride, rows, columns, tile, alpha, beta } = kernel.parameters;
  const vectorsOfRows = range(mu / lanes);
  const sums = range(nu).map((j) => vectorsOfRows.map((i) => kernel.local(`c${i * lanes}_${j}`, vectorType)));
  const columnOfA = vectorsOfRows.map((i) => kernel.local(`a${i * lanes}`, vectorType));
  const elementOfB = kernel.local('b0', vectorType);
  const { alphas, betas } = kernel.locals(vectorType, ['alphas', 'betas']);
  const { aEnd, at, from, rowsLeft } = kernel.locals(int.type, ['aEnd', 'at', 'from', 'rowsLeft']);

  /** Step `step` of a turn. */
  const multiplyAdd = (step: number): Node[] => [
    ...columnOfA.map((vector, i) => vector.set(elements.load(a, { offset: elements.bytesOf(step * mu + i * lanes) }))),
    ...sums.flatMap((sumsOfColumn, j) => [
      elementOfB.set(elements.loadSplat(b, { offset: elements.bytesOf(step * nu + j) })),
      ...sumsOfColumn.map((sum, i) => sum.set(elements.multiplyAdd(columnOfA[i]!, elementOfB, sum))),
    ]),
  ];
  /**
   * So many turns of so many steps of k. It is written for V8: addresses are advanced before their use, which shows that they are
   * extended to 64 bits; and what leaves the loop meets what goes around it, which keeps arithmetic between the loads that it needs.
   */
  const turns = (count: Node | Local, steps: number): Node[] => {
    const [bytesOfA, bytesOfB] = [elements.bytesOf(steps * mu), elements.bytesOf(steps * nu)];
    return [
      aEnd.set(int.add(a, int.multiply(int.subtract(count, 1), bytesOfA))),
      advance(int, a, -bytesOfA),
      advance(int, b, -bytesOfB),
      when(int.unequal(a, aEnd), [
        repeatWhile(int.unequal(a, aEnd), [
          advance(int, a, bytesOfA),
          advance(int, b, bytesOfB),
          ...range(steps).flatMap(multiplyAdd),
        ]),
      ]),
    ];
  };
  const product =
    ku === 1
      ? turns(depth, 1)
      : [
          ...turns(int.divide(depth, ku), ku),
          advance(int, a, elements.bytesOf(ku * mu)),
          advance(int, b, elements.bytesOf(ku * nu)),
          ...turns(int.remainder(depth, ku), 1),
        ];
  /** The tile where it is whole and its columns are contiguous. */
  const wholeColumns = (scaled: (ofC: Node) => Node): Node[] =>
    sums.flatMap((sumsOfColumn, j) => [
      ...(j === 0 ? [] : [advance(int, c, cColumnStride)]),
      ...sumsOfColumn.map((sum, i) => {
        const offset = elements.bytesOf(i * lanes);
        // In two steps, as `elementByElement` has it: an element is rounded alike wherever it lies in its tile.
        const product = elements.multiply(alphas, sum);
        return elements.store(c, elements.add(scaled(elements.load(c, { offset })), product), { offset });
      }),
    ]);
  /** Any other, by way of memory. */
  const elementByElement = (scaled: (ofC: Node) => Operand): Node =>
    repeat(int, columns, [
      at.set(c),
      from.set(tile),
      rowsLeft.set(rows),
      repeat(int, rowsLeft, [
        elements.storeOne(
          at,
          elements.addOne(scaled(elements.loadOne(at)), elements.multiplyOne(alpha, elements.loadOne(from))),
        ),
        advance(int, at, cRowStride),
        advance(int, from, elements.bytes),
      ]),
      advance(int, c, cColumnStride),
      advance(int, tile, elements.bytesOf(mu)),
    ]);
  const betaIsZero = elements.equalOne(beta, elements.constant(0));
  kernel.define([
    ...product,
    when(
      all(int.equal(cRowStride, elements.bytes), int.equal(rows, mu), int.equal(columns, nu)),
      [
        alphas.set(elements.splat(alpha)),
        betas.set(elements.splat(beta)),
        when(
          betaIsZero,
          wholeColumns(() => elements.zeros()),
          wholeColumns((ofC) => elements.multiply(betas, ofC)),
        ),
      ],
      [
        ...sums.flatMap((sumsOfColumn, j) =>
          sumsOfColumn.map((sum, i) => elements.store(tile, sum, { offset: elements.bytesOf(j * mu + i * lanes) })),
        ),
        when(
          betaIsZero,
          [elementByElement(() => elements.constant(0))],
          [elementByElement((ofC) => elements.multiplyOne(beta, ofC))],
        ),
      ],
    ),
  ]);
  return kernel;
}

const blockParameters = [
  'packedA',
  'packedB',
  'depth',
  'rows',
  'columns',
  'c',
  'cRowStride',
  'cColumnStride',
  'tile',
] as const;

/** The loops over the tiles of C that belong to a packed block of A and one of B. */
function macroKernel(context: Context) {
  const { module, spec, elements, int } = context;
  const { mu, nu } = spec;
  const kernel = microKernel(context);
  const macro = module.function('macroKernel', {
    ...ofType(int.type, blockParameters),
    ...ofType(elements.type, ['alpha', 'beta']),
  });
  const { packedA, packedB, depth, rows, columns, c, cRowStride, cColumnStride, tile, alpha, beta } = macro.parameters;
  const { panelA, tileOfC, rowsLeft } = macro.locals(int.type, ['panelA', 'tileOfC', 'rowsLeft']);
  const panelBytes = (unit: number) => int.multiply(depth, elements.bytesOf(unit));
  macro.define([
    repeatWhile(int.greater(columns, 0), [
      panelA.set(packedA),
      tileOfC.set(c),
      rowsLeft.set(rows),
      repeatWhile(int.greater(rowsLeft, 0), [
        kernel.call(
          ...[panelA, packedB, depth, tileOfC, cRowStride, cColumnStride],
          ...[int.smaller(rowsLeft, mu), int.smaller(columns, nu), tile, alpha, beta],
        ),
        advance(int, panelA, panelBytes(mu)),
        advance(int, tileOfC, int.multiply(cRowStride, mu)),
        rowsLeft.set(int.subtract(rowsLeft, mu)),
      ]),
      advance(int, packedB, panelBytes(nu)),
      advance(int, c, int.multiply(cColumnStride, nu)),
      columns.set(int.subtract(columns, nu)),
    ]),
  ]);
  return macro;
}

const sizes = ['m', 'n', 'k', 'mc', 'kc', 'nc'] as const;
const strides = ['aRowStride', 'aColumnStride', 'bRowStride', 'bColumnStride', 'cRowStride', 'cColumnStride'] as const;
const addresses = ['a', 'b', 'c', 'packedA', 'packedB', 'tile'] as const;

/** The loops over blocks: columns, depth, rows. Strides are in bytes. */
function blocks(context: Context) {
  const { module, spec, elements, int } = context;
  const packA = packing(context, 'packA', spec.mu);
  const packB = packing(context, 'packB', spec.nu);
  const macro = macroKernel(context);
  const scale = scaleFunction(context);
  const product = module.function('product', {
    ...ofType(int.type, [...sizes, ...strides, ...addresses]),
    ...ofType(elements.type, ['alpha', 'beta']),
  });
  const { m, n, k, mc, kc, nc, a, b, c, packedA, packedB, tile, alpha, beta } = product.parameters;
  const { aRowStride, aColumnStride, bRowStride, bColumnStride, cRowStride, cColumnStride } = product.parameters;
  const { depth, depthLeft, rows, rowsLeft, columns, aDepthAt, aRowsAt, bDepthAt, cRowsAt } = product.locals(int.type, [
    ...(['depth', 'depthLeft', 'rows', 'rowsLeft', 'columns'] as const),
    ...(['aDepthAt', 'aRowsAt', 'bDepthAt', 'cRowsAt'] as const),
  ]);
  const betaNow = product.local('betaNow', elements.type);

  const blocksOfRows = repeatWhile(int.greater(rowsLeft, 0), [
    rows.set(int.smaller(rowsLeft, mc)),
    packA.call(aRowsAt, aRowStride, aColumnStride, rows, depth, packedA),
    macro.call(packedA, packedB, depth, rows, columns, cRowsAt, cRowStride, cColumnStride, tile, alpha, betaNow),
    advance(int, aRowsAt, int.multiply(rows, aRowStride)),
    advance(int, cRowsAt, int.multiply(rows, cRowStride)),
    rowsLeft.set(int.subtract(rowsLeft, rows)),
  ]);
  const isBetweenOneAndTwo = all(int.greater(depthLeft, kc), int.less(depthLeft, int.add(kc, kc)));
  const blocksOfDepth = repeatWhile(int.greater(depthLeft, 0), [
    // Two even blocks cost less than a full one and a shallow one.
    depth.set(
      plain('select', [int.shiftRight(int.add(depthLeft, 1), 1), int.smaller(depthLeft, kc), isBetweenOneAndTwo]),
    ),
    packB.call(bDepthAt, bColumnStride, bRowStride, columns, depth, packedB),
    rowsLeft.set(m),
    aRowsAt.set(aDepthAt),
    cRowsAt.set(c),
    blocksOfRows,
    // The later blocks of k are added to what the first has left.
    betaNow.set(elements.constant(1)),
    advance(int, aDepthAt, int.multiply(depth, aColumnStride)),
    advance(int, bDepthAt, int.multiply(depth, bRowStride)),
    depthLeft.set(int.subtract(depthLeft, depth)),
  ]);
  const blocksOfColumns = repeatWhile(int.greater(n, 0), [
    columns.set(int.smaller(n, nc)),
    depthLeft.set(k),
    aDepthAt.set(a),
    bDepthAt.set(b),
    betaNow.set(beta),
    blocksOfDepth,
    advance(int, b, int.multiply(columns, bColumnStride)),
    advance(int, c, int.multiply(columns, cColumnStride)),
    n.set(int.subtract(n, columns)),
  ]);
  product.define([
    when(all(int.greater(m, 0), int.greater(n, 0)), [
      when(
        all(int.greater(k, 0), elements.unequalOne(alpha, elements.constant(0))),
        [blocksOfColumns],
        [when(elements.unequalOne(beta, elements.constant(1)), [scale.call(m, n, c, cRowStride, cColumnStride, beta)])],
      ),
    ]),
  ]);
  return product;
}

/**
 * Generates a GEMM kernel as a WebAssembly module.
 *
 * The module imports its memory as `env.memory` and exports the function `gemm`, whose arguments {@linkcode gemmWasmAbi} names; the
 * operands and the buffers lie in that memory. The loops are those of the machine code: blocks of B and A are packed into
 * panels of nu columns and mu rows, and a register block of mu x nu runs over k, unrolled ku times, in vectors of 128 bits. Any
 * strides will do; columns of C whose elements are contiguous are the fast case. The rules for special values are those of
 * {@linkcode x64Gemm}. The module keeps no state and grows no memory, so threads may run instances of it over a shared memory.
 *
 * `muladd: 'fused'` takes the instructions of relaxed SIMD, which an engine may lack, and which round once or twice as the processor
 * does. An engine schedules and fetches as it likes: `latency`, the prefetches, and who wrote the kernel say nothing to it.
 *
 * @param spec The kernel; its `isa` is `'simd128'` or `'scalar'`.
 * @param memory What memory the module is for.
 * @returns The module and a function that lists it in the text format.
 * @example
 * ```ts
 * import { gemmSpec, wasmGemm } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const { bytes, listing } = wasmGemm(gemmSpec({ isa: 'simd128' }));
 * assert.deepEqual([...bytes.subarray(0, 4)], [0x00, 0x61, 0x73, 0x6d]);
 * assert.match(listing(), /f64x2\.mul/);
 * ```
 */
export function wasmGemm(
  spec: GemmSpec,
  memory: WasmMemory = defaultWasmMemory,
): { bytes: Uint8Array; listing: () => string } {
  return wasmKernel(spec, memory, gemmWasmAbi, addresses, (context) => blocks({ ...context, spec }));
}
