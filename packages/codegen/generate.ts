import { type GemmJsAbi, type GemmX64Abi, gemmJsAbi, gemmX64Abi } from './gemm_abi.ts';
import type { GemmSpec } from './gemm_spec.ts';
import { gemmSpec } from './gemm_spec.ts';
import { jsGemm } from './js_gemm.ts';
import { x64Gemm } from './x64_gemm.ts';

/** A kernel as machine code. */
export interface X64Kernel {
  target: 'x64';
  /** Position-independent code; the entry is its first byte. */
  bytes: Uint8Array;
  /** How it is called. */
  abi: GemmX64Abi;
  /** The code in Intel syntax. */
  listing(): string;
}

/** A kernel as JavaScript. */
export interface JsKernel {
  target: 'js';
  /** An expression whose value is the function. */
  text: string;
  /** How it is called. */
  abi: GemmJsAbi;
  /** The text. */
  listing(): string;
}

/** A kernel in the form of its target. */
export type Kernel = X64Kernel | JsKernel;

/** What {@linkcode generate} is to make. */
export interface GenerateOptions<Target extends Kernel['target'] = Kernel['target']> {
  /** `'x64'` for machine code, `'js'` for JavaScript. */
  target: Target;
}

/**
 * Generates the code of a kernel for a target. Pure: the same specification gives the same code, everywhere.
 *
 * @param spec The kernel; checked as by {@linkcode gemmSpec}.
 * @param options The target.
 * @throws {TypeError} When `spec` or `options` is no object, or a parameter has the wrong type.
 * @throws {RangeError} When a parameter or the target has a value that cannot be generated.
 * @example
 * ```ts
 * import { generate, gemmSpec } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const spec = gemmSpec({ isa: 'avx2' });
 * const native = generate(spec, { target: 'x64' });
 * assert.equal(native.abi.fields.alpha, 3);
 * assert.match(native.listing(), /vfmadd231pd ymm/);
 * const portable = generate(spec, { target: 'js' });
 * assert.equal(typeof new Function(`return ${portable.text}`)(), 'function');
 * ```
 */
export function generate<Target extends Kernel['target']>(
  spec: GemmSpec,
  options: GenerateOptions<Target>,
): Extract<Kernel, { target: Target }>;
export function generate(spec: GemmSpec, options: GenerateOptions): Kernel {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`'options' must be an object with a target, got ${String(options)}`);
  }
  const checked = gemmSpec(spec);
  if (options.target === 'js') {
    const text = jsGemm(checked);
    return { target: 'js', text, abi: gemmJsAbi, listing: () => text };
  }
  if (options.target === 'x64') {
    const { bytes, listing } = x64Gemm(checked);
    return { target: 'x64', bytes, abi: gemmX64Abi, listing };
  }
  throw new RangeError(`'target' must be 'x64' or 'js', got ${String(options.target)}`);
}
