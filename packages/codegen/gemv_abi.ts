import type { Numbers } from './_numbers.ts';
/** How the machine code of a GEMV kernel is called. */
export interface GemvX64Abi {
  /** The calling convention: System V x86-64, `void gemv(double *block)`. */
  kind: 'x64-block';
  /** Index of each field in the block. */
  fields: Record<GemvBlockField, number>;
  /** Length of the block, in doubles. */
  blockLength: number;
}

/** A field of the argument block of a GEMV kernel in machine code; see {@linkcode gemvX64Abi}. */
export type GemvBlockField = (typeof blockFields)[number];

const blockFields = [
  ...(['m', 'n', 'alpha', 'a', 'aRowStride', 'aColumnStride'] as const),
  ...(['x', 'xStride', 'beta', 'y', 'yStride'] as const),
] as const;

/**
 * The argument block of every GEMV kernel in machine code, of either precision.
 *
 * As for {@linkcode gemmX64Abi}, one Float64Array holds everything as doubles: sizes, strides in elements of any sign,
 * addresses in bytes. y = alpha A x + beta y; A is m x n, x has n elements, y has m; A transposed has its sizes and strides
 * exchanged. Addresses are those of the first elements, with any stride. A kernel in single precision rounds `alpha` and
 * `beta` to single. The code checks nothing: the caller answers for every field.
 *
 * @example
 * ```ts
 * import { gemvX64Abi } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(gemvX64Abi.fields.m, 0);
 * assert.equal(gemvX64Abi.blockLength, 11);
 * ```
 */
export const gemvX64Abi: GemvX64Abi = {
  kind: 'x64-block',
  fields: Object.fromEntries(blockFields.map((name, index) => [name, index])) as Record<GemvBlockField, number>,
  blockLength: blockFields.length,
};

/** How the JavaScript of a GEMV kernel is called. */
export interface GemvJsAbi {
  /** The text is an expression whose value is a function of these parameters. */
  kind: 'js-expression';
  /** Names of the parameters, in order. */
  parameters: readonly string[];
}

/**
 * The function that the text of a GEMV kernel in JavaScript evaluates to; offsets and strides are in elements, and all
 * arrays have the precision of the kernel.
 */
export type GemvJsFunction<Elements extends Float64Array | Float32Array = Float64Array> = (
  m: number,
  n: number,
  alpha: number,
  a: Elements,
  aOffset: number,
  aRowStride: number,
  aColumnStride: number,
  x: Elements,
  xOffset: number,
  xStride: number,
  beta: number,
  y: Elements,
  yOffset: number,
  yStride: number,
) => void;

/**
 * The parameters of every GEMV kernel in JavaScript: those of {@linkcode GemvJsFunction}.
 *
 * @example
 * ```ts
 * import { gemvJsAbi } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(gemvJsAbi.parameters.length, 14);
 * ```
 */
export const gemvJsAbi: GemvJsAbi = {
  kind: 'js-expression',
  parameters: [
    ...['m', 'n', 'alpha', 'a', 'aOffset', 'aRowStride', 'aColumnStride'],
    ...['x', 'xOffset', 'xStride', 'beta', 'y', 'yOffset', 'yStride'],
  ],
};

/** How the WebAssembly module of a GEMV kernel is called. */
export interface GemvWasmAbi {
  /** The module imports `env.memory` and exports a function whose arguments are all doubles. */
  kind: 'wasm-function';
  /** Its name. */
  name: 'gemv';
  /** Names of the parameters, in order: the fields of {@linkcode gemvX64Abi}. */
  parameters: readonly GemvBlockField[];
}

/** The function that the module of a GEMV kernel exports; see {@linkcode gemvWasmAbi}. */
export type GemvWasmFunction = (...values: Numbers<typeof blockFields>) => void;

/**
 * The parameters of every GEMV kernel in WebAssembly, of either precision: as {@linkcode gemvX64Abi} has them, with addresses in the
 * memory that the module imports.
 *
 * @example
 * ```ts
 * import { gemvWasmAbi } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(gemvWasmAbi.parameters.length, 11);
 * ```
 */
export const gemvWasmAbi: GemvWasmAbi = { kind: 'wasm-function', name: 'gemv', parameters: blockFields };
