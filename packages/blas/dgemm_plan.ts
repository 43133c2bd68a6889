import type { GemmBlocking, GemmSpec } from '@paratune/codegen';
import { UnsupportedError } from '@paratune/native';
import { checkOrder, checkSize, checkTransposition } from './_arguments.ts';
import { activeBackend, type GemmKernel } from './_backend.ts';
import { computeGemm } from './_compute_gemm.ts';
import { double } from './_element_type.ts';
import type { Order, TransposeOperation } from './dgemm.ts';

/** Elements from a row of a matrix to the next, and from a column to the next. */
export interface MatrixStrides {
  readonly rowStride: number;
  readonly columnStride: number;
}

/** How {@linkcode dgemm} computes a product: a kernel in machine code, its operands in the order that it takes them, and its blocks. */
export interface DgemmPlan extends GemmBlocking {
  /** What the kernel is generated from. */
  readonly spec: GemmSpec;
  /** Whether it computes C^T = B^T A^T, its `a` being B and its `b` being A. */
  readonly exchanged: boolean;
  /** Rows and columns of the C that the kernel computes, and the depth of the product. */
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: MatrixStrides;
  readonly b: MatrixStrides;
  readonly c: MatrixStrides;
  /** Bytes of the kernel's code. */
  readonly codeBytes: number;
  /** Bytes from the start of the packing buffer to what is packed of B. */
  readonly packedABytes: number;
  /** Bytes that the packing buffer may take, as far as matrices need them. */
  readonly packingBytes: number;
}

/**
 * How {@linkcode dgemm} computes a product of contiguous matrices with one thread, as it is configured and tuned now: what a model of
 * its accesses to memory starts from.
 *
 * @param M Rows of op(A) and of C.
 * @param N Columns of op(B) and of C.
 * @param K Columns of op(A), rows of op(B).
 * @param how How the matrices lie and what op is, as for `dgemm`: row-major and no transposition when absent.
 * @returns The kernel, the sizes, strides and blocks that it is called with.
 * @throws {TypeError} When an argument has the wrong type.
 * @throws {RangeError} When a size is not a positive integer.
 * @throws {UnsupportedError} (of `@paratune/native`) When no machine code computes: there is no plan of its accesses.
 * @example
 * ```ts
 * import { configure, dgemmPlan, info } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * configure({ threads: 1 });
 * if (info().backend === 'x64') {
 *   const { exchanged, spec, mc } = dgemmPlan(2000, 2000, 2000);
 *   assert.ok(exchanged, 'columns of C are contiguous for the kernel');
 *   assert.equal(mc % spec.mu, 0);
 * }
 * ```
 */
export function dgemmPlan(
  M: number,
  N: number,
  K: number,
  how: { order?: Order; transA?: TransposeOperation; transB?: TransposeOperation } = {},
): DgemmPlan {
  for (const [name, size] of Object.entries({ M, N, K })) {
    checkSize(name, size);
    if (size === 0) throw new RangeError(`'${name}' must be a positive integer, got 0`);
  }
  const byRows = checkOrder(how.order ?? 'row-major');
  const across = (name: string, transposition: TransposeOperation = 'no-transpose') =>
    checkTransposition(name, transposition) === byRows;
  const [acrossA, acrossB] = [across('transA', how.transA), across('transB', how.transB)];
  const backend = activeBackend();
  if (backend.gemmPlan === undefined) {
    const { info } = backend;
    const reason = 'reason' in info ? `: ${info.reason}` : '';
    throw new UnsupportedError('the plan of dgemm', `no machine code computes, but ${info.kernel}${reason}`);
  }
  let plan: DgemmPlan | undefined;
  const [placeOfA, placeOfB] = [0, 1];
  const recorder: GemmKernel = {
    run(m, n, k, _alpha, _a, aPosition, _aOffset, aRow, aColumn, _b, _bPosition, _bOffset, bRow, bColumn, ...rest) {
      const [, , , , cRow, cColumn] = rest;
      plan = {
        ...backend.gemmPlan!(double, m, n, k, aRow, aColumn, bRow, bColumn, cRow),
        ...{ exchanged: aPosition === placeOfB, m, n, k },
        a: { rowStride: aRow, columnStride: aColumn },
        b: { rowStride: bRow, columnStride: bColumn },
        c: { rowStride: cRow, columnStride: cColumn },
      };
    },
  };
  const none = new Float64Array(0);
  const strides = (transposed: boolean, rows: number, columns: number) =>
    (transposed ? [1, rows] : [columns, 1]) as [rowStride: number, columnStride: number];
  const stridesA = strides(acrossA, M, K);
  const stridesB = strides(acrossB, K, N);
  const stridesC = strides(!byRows, M, N);
  const [a, b] = [
    [none, placeOfA, 0, ...stridesA],
    [none, placeOfB, 0, ...stridesB],
  ] as const;
  const arguments_ = [recorder, M, N, K, 1, ...a, ...b, 1, none, 0, 0, ...stridesC, undefined] as const;
  computeGemm(...arguments_);
  return plan!;
}
