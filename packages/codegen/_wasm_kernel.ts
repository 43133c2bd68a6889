import { advance, type Integers, integers, type Node, type Operand, repeat, when } from './_wasm_code.ts';
import { WasmElements } from './_wasm_elements.ts';
import { ofType, type WasmFunction, WasmModule } from './_wasm_module.ts';
import type { InstructionSet } from './gemm_spec.ts';
import type { WasmMemory } from './wasm_memory.ts';

/** What the functions of a kernel's module share. */
export interface WasmContext {
  readonly module: WasmModule;
  readonly elements: WasmElements;
  /** Sizes, strides and addresses. */
  readonly int: Integers;
}

/**
 * Makes the module of a kernel.
 *
 * Its one export takes doubles, so that JavaScript has no need of BigInt whatever the size of addresses, and calls the function that
 * does the work with the arguments of the same names as integers, strides in bytes, and factors as elements.
 *
 * @param spec The kernel, as far as all routines have the same.
 * @param memory What memory it is for.
 * @param abi What its function is called, and its arguments in their order.
 * @param addresses Which of them are addresses.
 * @param work Makes the function that does the work.
 */
export function wasmKernel<Parameter extends string>(
  { isa, precision, muladd }: { isa: InstructionSet; precision: 'double' | 'single'; muladd: 'fused' | 'separate' },
  memory: WasmMemory,
  { name, parameters }: { readonly name: string; readonly parameters: readonly Parameter[] },
  addresses: readonly Parameter[],
  work: (context: WasmContext) => WasmFunction<Parameter>,
): { bytes: Uint8Array; listing: () => string } {
  const module = new WasmModule(memory);
  const elements = new WasmElements(isa, precision, muladd);
  const int = integers(memory.addressBits === 64 ? 'i64' : 'i32');
  const inner = work({ module, elements, int });
  const entry = module.function(name, ofType('f64', parameters));
  const convert = (own: Parameter): Operand => {
    const given = entry.parameters[own];
    if (own === 'alpha' || own === 'beta') return elements.fromDouble(given);
    if (addresses.includes(own)) return int.addressFromDouble(given);
    return own.endsWith('Stride') ? int.multiply(int.fromDouble(given), elements.bytes) : int.fromDouble(given);
  };
  entry.define([inner.call(...(Object.keys(inner.parameters) as Parameter[]).map(convert))]);
  module.export(entry);
  return { bytes: module.bytes(), listing: () => module.listing() };
}

/** The function C = beta C of m x n elements, neither of which is 0: where no product is to be added, or before it is. */
export function scaleFunction({ module, elements, int }: WasmContext) {
  const scale = module.function('scale', {
    ...ofType(int.type, ['m', 'n', 'c', 'cRowStride', 'cColumnStride']),
    beta: elements.type,
  });
  const { m, n, c, cRowStride, cColumnStride, beta } = scale.parameters;
  const { at, rowsLeft } = scale.locals(int.type, ['at', 'rowsLeft']);
  const columns = (value: Operand): Node =>
    repeat(int, n, [
      at.set(c),
      rowsLeft.set(m),
      repeat(int, rowsLeft, [elements.storeOne(at, value), advance(int, at, cRowStride)]),
      advance(int, c, cColumnStride),
    ]);
  scale.define([
    when(
      elements.equalOne(beta, elements.constant(0)),
      [columns(elements.constant(0))],
      [columns(elements.multiplyOne(beta, elements.loadOne(at)))],
    ),
  ]);
  return scale;
}
