import type { Numbers } from './_numbers.ts';
/** How the machine code of a GER kernel is called. */
export interface GerX64Abi {
  /** The calling convention: System V x86-64, `void ger(double *block)`. */
  kind: 'x64-block';
  /** Index of each field in the block. */
  fields: Record<GerBlockField, number>;
  /** Length of the block, in doubles. */
  blockLength: number;
}

/** A field of the argument block of a GER kernel in machine code; see {@linkcode gerX64Abi}. */
export type GerBlockField = (typeof blockFields)[number];

const blockFields = [
  ...(['m', 'n', 'alpha', 'x', 'xStride', 'y', 'yStride'] as const),
  ...(['a', 'aRowStride', 'aColumnStride'] as const),
] as const;

/**
 * The argument block of every GER kernel in machine code, of either precision.
 *
 * As for {@linkcode gemmX64Abi}, one Float64Array holds everything as doubles: sizes, strides in elements of any sign,
 * addresses in bytes. A = alpha x y^T + A; A is m x n, x has m elements, y has n. Columns of contiguous elements are the
 * fast case; A stored by rows is its transpose stored by columns, A^T = alpha y x^T + A^T. A kernel in single precision
 * rounds `alpha` to single. The code checks nothing: the caller answers for every field.
 *
 * @example
 * ```ts
 * import { gerX64Abi } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(gerX64Abi.fields.a, 7);
 * assert.equal(gerX64Abi.blockLength, 10);
 * ```
 */
export const gerX64Abi: GerX64Abi = {
  kind: 'x64-block',
  fields: Object.fromEntries(blockFields.map((name, index) => [name, index])) as Record<GerBlockField, number>,
  blockLength: blockFields.length,
};

/** How the JavaScript of a GER kernel is called. */
export interface GerJsAbi {
  /** The text is an expression whose value is a function of these parameters. */
  kind: 'js-expression';
  /** Names of the parameters, in order. */
  parameters: readonly string[];
}

/**
 * The function that the text of a GER kernel in JavaScript evaluates to; offsets and strides are in elements, and all
 * arrays have the precision of the kernel.
 */
export type GerJsFunction<Elements extends Float64Array | Float32Array = Float64Array> = (
  m: number,
  n: number,
  alpha: number,
  x: Elements,
  xOffset: number,
  xStride: number,
  y: Elements,
  yOffset: number,
  yStride: number,
  a: Elements,
  aOffset: number,
  aRowStride: number,
  aColumnStride: number,
) => void;

/**
 * The parameters of every GER kernel in JavaScript: those of {@linkcode GerJsFunction}.
 *
 * @example
 * ```ts
 * import { gerJsAbi } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(gerJsAbi.parameters.length, 13);
 * ```
 */
export const gerJsAbi: GerJsAbi = {
  kind: 'js-expression',
  parameters: [
    ...['m', 'n', 'alpha', 'x', 'xOffset', 'xStride', 'y', 'yOffset', 'yStride'],
    ...['a', 'aOffset', 'aRowStride', 'aColumnStride'],
  ],
};

/** How the WebAssembly module of a GER kernel is called. */
export interface GerWasmAbi {
  /** The module imports `env.memory` and exports a function whose arguments are all doubles. */
  kind: 'wasm-function';
  /** Its name. */
  name: 'ger';
  /** Names of the parameters, in order: the fields of {@linkcode gerX64Abi}. */
  parameters: readonly GerBlockField[];
}

/** The function that the module of a GER kernel exports; see {@linkcode gerWasmAbi}. */
export type GerWasmFunction = (...values: Numbers<typeof blockFields>) => void;

/**
 * The parameters of every GER kernel in WebAssembly, of either precision: as {@linkcode gerX64Abi} has them, with addresses in the
 * memory that the module imports.
 *
 * @example
 * ```ts
 * import { gerWasmAbi } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(gerWasmAbi.parameters.length, 10);
 * ```
 */
export const gerWasmAbi: GerWasmAbi = { kind: 'wasm-function', name: 'ger', parameters: blockFields };
