import type { GemvSpec } from './gemv_spec.ts';

/**
 * The layout of GEMV kernels that fits a matrix: along its columns or rows where their elements lie side by side, otherwise
 * along the denser dimension.
 *
 * A stride between the elements of a dimension of 1 says nothing and is ignored: a single row is walked along, and so is a
 * single column.
 *
 * @param m Rows of the matrix.
 * @param n Columns.
 * @param rowStride Elements from one row to the next.
 * @param columnStride Elements from one column to the next.
 * @example
 * ```ts
 * import { gemvLayout } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.equal(gemvLayout(30, 20, 1, 30), 'columns');
 * assert.equal(gemvLayout(30, 20, 20, 1), 'rows');
 * assert.equal(gemvLayout(30, 20, 40, -2), 'spaced rows');
 * assert.equal(gemvLayout(1, 20, 1, 1), 'rows');
 * ```
 */
export function gemvLayout(m: number, n: number, rowStride: number, columnStride: number): GemvSpec['layout'] {
  if (n === 1 || (m !== 1 && rowStride === 1)) return rowStride === 1 ? 'columns' : 'spaced columns';
  if (m === 1 || columnStride === 1) return columnStride === 1 ? 'rows' : 'spaced rows';
  return Math.abs(rowStride) <= Math.abs(columnStride) ? 'spaced columns' : 'spaced rows';
}
