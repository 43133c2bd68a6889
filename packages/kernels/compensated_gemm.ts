import { checkArguments, roundingOf } from './_arguments.ts';

/** Veltkamp's splitting constant for 53-bit significands, 2^27 + 1 (Dekker, Numer. Math. 18 (1971), sect. 5). */
const SPLITTER = 134217729;

/** An unevaluated sum `high + low` with |low| at most half a unit in the last place of `high`. */
interface DoubleDouble {
  high: number;
  low: number;
}

/** Adds x * y exactly rounded to double-double, unless that overflows the splitting; then the plain product serves. */
function addProduct(sum: DoubleDouble, x: number, y: number): void {
  const product = x * y;
  const xBig = SPLITTER * x;
  const yBig = SPLITTER * y;
  const xHigh = xBig - (xBig - x);
  const yHigh = yBig - (yBig - y);
  const xLow = x - xHigh;
  const yLow = y - yHigh;
  const error = xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow);
  add(sum, product, Number.isFinite(error) ? error : 0);
}

/** Adds the double-double `high + low`: Knuth's two-sum, then renormalisation. */
function add(sum: DoubleDouble, high: number, low: number): void {
  const total = sum.high + high;
  const part = total - sum.high;
  const error = sum.high - (total - part) + (high - part);
  const rest = error + sum.low + low;
  if (!Number.isFinite(total) || !Number.isFinite(rest)) {
    sum.high = total;
    sum.low = 0;
    return;
  }
  sum.high = total + rest;
  sum.low = rest - (sum.high - total);
}

/**
 * Computes C = alpha A B + beta C with sums in double-double arithmetic, rounded once at the end.
 *
 * The reference that kernels are measured against: its own error is near one unit in the last place of the result, where
 * a plain loop loses about k of them (about 106 bits are carried; Dekker 1971; Ogita, Rump and Oishi, SIAM J. Sci. Comput.
 * 26 (2005)). Operands, strides and special values are as in {@linkcode referenceGemm}. Values beyond 2^996 cannot be
 * split; their products are rounded to double. On Float32Arrays `alpha` and `beta` are first rounded to single precision,
 * as kernels do, and the result is at the end.
 *
 * @param m Rows of A and C.
 * @param n Columns of B and C.
 * @param k Columns of A and rows of B.
 * @param alpha Factor of the product.
 * @param a A, m x k.
 * @param aOffset Index of A's first element.
 * @param aRowStride Elements from one row of A to the next, of any sign.
 * @param aColumnStride Elements from one column of A to the next, of any sign.
 * @param b B, k x n.
 * @param bOffset Index of B's first element.
 * @param bRowStride Elements from one row of B to the next.
 * @param bColumnStride Elements from one column of B to the next.
 * @param beta Factor of C.
 * @param c C, m x n, overwritten; it must share no element with A or B.
 * @param cOffset Index of C's first element.
 * @param cRowStride Elements from one row of C to the next.
 * @param cColumnStride Elements from one column of C to the next.
 * @throws {TypeError} When the operands are not all Float64Arrays or all Float32Arrays, or a number is none.
 * @throws {RangeError} When a size is negative or fractional, or an operand is too short for its strides.
 * @example
 * ```ts
 * import { compensatedGemm, referenceGemm } from '@paratune/kernels';
 * import assert from 'node:assert/strict';
 *
 * const a = new Float64Array([1e16, 1, -1e16]);
 * const b = new Float64Array([1, 1, 1]);
 * const c = new Float64Array(1);
 * referenceGemm(1, 1, 3, 1, a, 0, 3, 1, b, 0, 1, 1, 0, c, 0, 1, 1);
 * assert.equal(c[0], 0); // the 1 is lost
 * compensatedGemm(1, 1, 3, 1, a, 0, 3, 1, b, 0, 1, 1, 0, c, 0, 1, 1);
 * assert.equal(c[0], 1);
 * ```
 */
export function compensatedGemm<Elements extends Float64Array | Float32Array>(
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
): void {
  checkArguments(
    m,
    n,
    k,
    alpha,
    a,
    aOffset,
    aRowStride,
    aColumnStride,
    b,
    bOffset,
    bRowStride,
    bColumnStride,
    beta,
    c,
    cOffset,
    cRowStride,
    cColumnStride,
  );
  const round = roundingOf(c);
  const [productFactor, cFactor] = [round(alpha), round(beta)];
  const depth = productFactor === 0 ? 0 : k;
  if (depth === 0 && cFactor === 1) return;
  const sum: DoubleDouble = { high: 0, low: 0 };
  const result: DoubleDouble = { high: 0, low: 0 };
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < m; i++) {
      const at = cOffset + i * cRowStride + j * cColumnStride;
      if (depth === 0) {
        c[at] = cFactor === 0 ? 0 : cFactor * c[at]!;
        continue;
      }
      sum.high = sum.low = 0;
      for (let p = 0; p < depth; p++) {
        addProduct(
          sum,
          a[aOffset + i * aRowStride + p * aColumnStride]!,
          b[bOffset + p * bRowStride + j * bColumnStride]!,
        );
      }
      result.high = result.low = 0;
      if (cFactor !== 0) addProduct(result, cFactor, c[at]!);
      addProduct(result, productFactor, sum.high);
      addProduct(result, productFactor, sum.low);
      c[at] = result.high + result.low;
    }
  }
}
