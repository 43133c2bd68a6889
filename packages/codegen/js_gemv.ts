import { gemvJsAbi } from './gemv_abi.ts';
import type { GemvSpec } from './gemv_spec.ts';

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

/**
 * Generates a GEMV kernel as a JavaScript expression that evaluates to a {@linkcode GemvJsFunction}.
 *
 * Columns are added to y, `xUnroll` at once, where they are the denser dimension of A; else rows are multiplied by x,
 * `yUnroll` at once. The rules for special values are those of {@linkcode x64Gemv}. Sums are carried in double precision,
 * whatever that of the arrays, except those that pass through y. `isa`, `unroll`, `muladd` and `prefetch` say nothing to a
 * JavaScript engine and are ignored.
 *
 * @param spec The kernel.
 * @returns The text of the expression.
 * @example
 * ```ts
 * import { type GemvJsFunction, gemvSpec, jsGemv } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const gemv: GemvJsFunction = new Function(`return ${jsGemv(gemvSpec())}`)();
 * const a = new Float64Array([1, 2, 3, 4]); // row-major: 1 2 / 3 4
 * const y = new Float64Array(2);
 * gemv(2, 2, 1, a, 0, 2, 1, new Float64Array([5, 6]), 0, 1, 0, y, 0, 1);
 * assert.deepEqual([...y], [17, 39]);
 * ```
 */
export function jsGemv(spec: GemvSpec): string {
  const { xUnroll, yUnroll } = spec;
  const at = (index: number) => (index === 0 ? '' : ` + ${index} * step`);
  const columns = (count: number) => `      for (; j + ${count} <= n; j += ${count}) {
        const step = aColumnStride;
        ${range(count)
          .map((i) => `const x${i} = alpha * x[xOffset + (j + ${i}) * xStride];`)
          .join(' ')}
        let from = aOffset + j * aColumnStride;
        for (let i = 0, to = yOffset; i < m; i++, to += yStride, from += aRowStride) {
          y[to] += ${range(count)
            .map((i) => `x${i} * a[from${at(i)}]`)
            .join(' + ')};
        }
      }`;
  const rows = (count: number) => `    for (; i + ${count} <= m; i += ${count}) {
      const step = aRowStride;
      ${range(count)
        .map((r) => `let sum${r} = 0;`)
        .join(' ')}
      let from = aOffset + i * aRowStride;
      for (let j = 0, at = xOffset; j < n; j++, at += xStride, from += aColumnStride) {
        const element = x[at];
        ${range(count)
          .map((r) => `sum${r} += a[from${at(r)}] * element;`)
          .join(' ')}
      }
      const to = yOffset + i * yStride;
      ${range(count)
        .map((r) => `y[to + ${r} * yStride] = scaled(beta, y, to + ${r} * yStride) + alpha * sum${r};`)
        .join('\n      ')}
    }`;
  const rounded =
    spec.precision === 'double'
      ? ''
      : `
    alpha = Math.fround(alpha);
    beta = Math.fround(beta);`;
  const both = (unroll: number, body: (count: number) => string) =>
    (unroll === 1 ? [1] : [unroll, 1]).map(body).join('\n');
  return `(() => {
  function scaled(beta, y, at) {
    return beta === 0 ? 0 : beta * y[at];
  }

  return function gemv(${gemvJsAbi.parameters.join(', ')}) {
    if (m === 0 || n === 0) return;${rounded}
    // The stride of a dimension of 1 says nothing.
    const byColumns = n === 1 || (m !== 1 && Math.abs(aRowStride) <= Math.abs(aColumnStride));
    if (alpha === 0 || byColumns) {
      if (beta !== 1) {
        for (let i = 0, to = yOffset; i < m; i++, to += yStride) y[to] = scaled(beta, y, to);
      }
      if (alpha === 0) return;
      let j = 0;
${both(xUnroll, columns)}
      return;
    }
    let i = 0;
${both(yUnroll, rows)}
  };
})()`;
}
