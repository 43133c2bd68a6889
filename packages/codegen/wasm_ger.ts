import { advance, all, type Node, repeat, repeatWhile, when } from './_wasm_code.ts';
import { type WasmContext, wasmKernel } from './_wasm_kernel.ts';
import { ofType } from './_wasm_module.ts';
import { gerWasmAbi } from './ger_abi.ts';
import type { GerSpec } from './ger_spec.ts';
import { defaultWasmMemory, type WasmMemory } from './wasm_memory.ts';

const addresses = ['x', 'y', 'a'] as const;

/** The function that adds x, times a factor, to a column of A. */
function addToColumn({ module, elements, int }: WasmContext, { xUnroll }: GerSpec) {
  const add = module.function('addToColumn', {
    ...ofType(int.type, ['length', 'x', 'xStride', 'a', 'aRowStride']),
    factor: elements.type,
  });
  const { length, x, xStride, a, aRowStride, factor } = add.parameters;
  const { factors } = add.locals(elements.vectorType, ['factors']);
  /** Turns of so many vectors. */
  const turns = (vectors: number): Node => {
    const count = vectors * elements.lanes;
    const bytes = elements.bytesOf(count);
    return when(int.atLeast(length, count), [
      repeatWhile(int.atLeast(length, count), [
        ...Array.from({ length: vectors }, (_, index) => {
          const at = { offset: elements.bytesOf(index * elements.lanes) };
          return elements.store(a, elements.multiplyAdd(elements.load(x, at), factors, elements.load(a, at)), at);
        }),
        advance(int, x, bytes),
        advance(int, a, bytes),
        length.set(int.subtract(length, count)),
      ]),
    ]);
  };
  add.define([
    factors.set(elements.splat(factor)),
    when(
      all(int.equal(xStride, elements.bytes), int.equal(aRowStride, elements.bytes)),
      xUnroll === 1 ? [turns(1)] : [turns(xUnroll), turns(1)],
    ),
    when(int.greater(length, 0), [
      repeat(int, length, [
        elements.storeOne(a, elements.addOne(elements.loadOne(a), elements.multiplyOne(elements.loadOne(x), factor))),
        advance(int, x, xStride),
        advance(int, a, aRowStride),
      ]),
    ]),
  ]);
  return add;
}

/** The function that does the work; strides are in bytes. */
function update(context: WasmContext, spec: GerSpec) {
  const { module, elements, int } = context;
  const add = addToColumn(context, spec);
  const work = module.function('update', {
    ...ofType(int.type, ['m', 'n', 'x', 'xStride', 'y', 'yStride', 'a', 'aRowStride', 'aColumnStride']),
    alpha: elements.type,
  });
  const { m, n, x, xStride, y, yStride, a, aRowStride, aColumnStride, alpha } = work.parameters;
  const { element } = work.locals(elements.type, ['element']);
  const hasUpdate = elements.unequalOne(alpha, elements.constant(0));
  work.define([
    when(all(int.greater(m, 0), int.greater(n, 0), hasUpdate), [
      repeat(int, n, [
        element.set(elements.loadOne(y)),
        when(elements.unequalOne(element, elements.constant(0)), [
          add.call(m, x, xStride, a, aRowStride, elements.multiplyOne(alpha, element)),
        ]),
        advance(int, y, yStride),
        advance(int, a, aColumnStride),
      ]),
    ]),
  ]);
  return work;
}

/**
 * Generates a GER kernel as a WebAssembly module.
 *
 * The module imports its memory as `env.memory` and exports the function `ger`, whose arguments {@linkcode gerWasmAbi} names. It takes any
 * strides, one column after another, `xUnroll` vectors of 128 bits in a turn where elements lie side by side. The rules for special
 * values are those of {@linkcode x64Ger}. `layout`, `source`, `yUnroll` and `prefetch` say nothing to an engine.
 *
 * @param spec The kernel; its `isa` has vectors of at most 128 bits.
 * @param memory What memory the module is for.
 * @returns The module and a function that lists it in the text format.
 * @example
 * ```ts
 * import { gerSpec, wasmGer } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.match(wasmGer(gerSpec({ isa: 'simd128' })).listing(), /\(export "ger"\)/);
 * ```
 */
export function wasmGer(
  spec: GerSpec,
  memory: WasmMemory = defaultWasmMemory,
): { bytes: Uint8Array; listing: () => string } {
  return wasmKernel(spec, memory, gerWasmAbi, addresses, (context) => update(context, spec));
}
