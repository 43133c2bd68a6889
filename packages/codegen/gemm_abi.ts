import type { Numbers } from './_numbers.ts';
/** How the machine code of a GEMM kernel is called. */
export interface GemmX64Abi {
  /** The calling convention: System V x86-64, `void gemm(double *block)`. */
  kind: 'x64-block';
  /** Index of each field in the block. */
  fields: Record<GemmBlockField, number>;
  /** Length of the block, in doubles. */
  blockLength: number;
  /** Alignment that `packedA` and `packedB` must have, in bytes. */
  packedAlignmentBytes: number;
}

/** A field of the argument block of a GEMM kernel in machine code; see {@linkcode gemmX64Abi}. */
export type GemmBlockField = (typeof blockFields)[number];

const blockFields = [
  'm',
  'n',
  'k',
  'alpha',
  'a',
  'aRowStride',
  'aColumnStride',
  'b',
  'bRowStride',
  'bColumnStride',
  'beta',
  'c',
  'cRowStride',
  'cColumnStride',
  'packedA',
  'packedB',
  'mc',
  'kc',
  'nc',
  'batch',
  'aBatchStride',
  'bBatchStride',
  'cBatchStride',
] as const;

/**
 * The argument block of every GEMM kernel in machine code.
 *
 * One Float64Array holds everything, so that a call passes one pointer and JavaScript fills it without BigInt: sizes
 * (`m`, `n`, `k`, `mc`, `kc`, `nc`, `batch`), strides in elements and addresses in bytes are integers below 2^53 stored as
 * doubles. C = alpha A B + beta C; A is m x k, B is k x n; a transposed operand has its strides exchanged. `batch` such products
 * are computed one after another, from each to the next the matrices lie a batch stride apart: 1 is a plain product, whose
 * batch strides do not count, and a stride of zero uses a matrix for all. `packedA` holds mc x kc elements, `packedB` kc x nc,
 * both aligned to 64 bytes and untouched by others during the call; `mc` is a multiple of mu, `nc` of nu, `kc` at least 1. A
 * kernel of single precision rounds `alpha` and `beta` to it. The code checks nothing: the caller answers for every field.
 *
 * @example
 * ```ts
 * import { gemmX64Abi } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const block = new Float64Array(gemmX64Abi.blockLength);
 * block[gemmX64Abi.fields.alpha] = 2.5;
 * assert.equal(gemmX64Abi.fields.m, 0);
 * assert.equal(block.length, 23);
 * ```
 */
export const gemmX64Abi: GemmX64Abi = {
  kind: 'x64-block',
  fields: Object.fromEntries(blockFields.map((name, index) => [name, index])) as Record<GemmBlockField, number>,
  blockLength: blockFields.length,
  packedAlignmentBytes: 64,
};

/** How the JavaScript of a GEMM kernel is called. */
export interface GemmJsAbi {
  /** The text is an expression whose value is a function of these parameters. */
  kind: 'js-expression';
  /** Names of the parameters, in order. */
  parameters: readonly string[];
}

/**
 * The function that the text of a GEMM kernel in JavaScript evaluates to; offsets and strides are in elements. A kernel of
 * single precision works on Float32Arrays.
 */
export type GemmJsFunction<Elements extends Float64Array | Float32Array = Float64Array> = (
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: Elements,
  aOffset: number,
  aRowStride: number,
  aColumnStride: number,
  b: Elements,
  bOffset: number,
  bRowStride: number,
  bColumnStride: number,
  beta: number,
  c: Elements,
  cOffset: number,
  cRowStride: number,
  cColumnStride: number,
) => void;

/**
 * The parameters of every GEMM kernel in JavaScript: those of {@linkcode GemmJsFunction}.
 *
 * @example
 * ```ts
 * import { gemmJsAbi } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(gemmJsAbi.parameters.length, 17);
 * assert.equal(gemmJsAbi.parameters[3], 'alpha');
 * ```
 */
export const gemmJsAbi: GemmJsAbi = {
  kind: 'js-expression',
  parameters: [
    ...['m', 'n', 'k', 'alpha', 'a', 'aOffset', 'aRowStride', 'aColumnStride'],
    ...['b', 'bOffset', 'bRowStride', 'bColumnStride'],
    ...['beta', 'c', 'cOffset', 'cRowStride', 'cColumnStride'],
  ],
};

/** How the WebAssembly module of a GEMM kernel is called. */
export interface GemmWasmAbi {
  /** The module imports `env.memory` and exports a function whose arguments are all doubles. */
  kind: 'wasm-function';
  /** Its name. */
  name: 'gemm';
  /** Names of the parameters, in order. */
  parameters: readonly GemmWasmParameter[];
}

/** A parameter of a GEMM kernel in WebAssembly; see {@linkcode gemmWasmAbi}. */
export type GemmWasmParameter = (typeof wasmParameters)[number];

const wasmParameters = [
  ...(['m', 'n', 'k', 'alpha', 'a', 'aRowStride', 'aColumnStride', 'b', 'bRowStride', 'bColumnStride'] as const),
  ...(['beta', 'c', 'cRowStride', 'cColumnStride', 'packedA', 'packedB', 'tile', 'mc', 'kc', 'nc'] as const),
] as const;

/** The function that the module of a GEMM kernel exports; see {@linkcode gemmWasmAbi}. */
export type GemmWasmFunction = (...values: Numbers<typeof wasmParameters>) => void;

/**
 * The parameters of every GEMM kernel in WebAssembly, of either precision.
 *
 * As for {@linkcode gemmX64Abi}, sizes, strides in elements of any sign and addresses in bytes are numbers, and the code checks nothing.
 * All addresses are in the memory that the module imports. `packedA` holds mc x kc elements, `packedB` kc x nc, `tile` mu x nu, which
 * nobody else touches during the call; `mc` is a multiple of mu, `nc` of nu, `kc` at least 1.
 *
 * @example
 * ```ts
 * import { gemmWasmAbi } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(gemmWasmAbi.parameters.length, 20);
 * assert.equal(gemmWasmAbi.parameters[4], 'a');
 * ```
 */
export const gemmWasmAbi: GemmWasmAbi = { kind: 'wasm-function', name: 'gemm', parameters: wasmParameters };
