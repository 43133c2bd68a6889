import { gerJsAbi } from './ger_abi.ts';
import type { GerSpec } from './ger_spec.ts';

/**
 * Generates a GER kernel as a JavaScript expression that evaluates to a {@linkcode GerJsFunction}.
 *
 * One column of A after the other is updated; unrolling gains nothing in an engine that checks every access, so all
 * parameters of the specification but the precision are ignored. The rules for special values are those of {@linkcode x64Ger}.
 *
 * @param spec The kernel.
 * @returns The text of the expression.
 * @example
 * ```ts
 * import { type GerJsFunction, gerSpec, jsGer } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const ger: GerJsFunction = new Function(`return ${jsGer(gerSpec())}`)();
 * const a = new Float64Array(4);
 * ger(2, 2, 1, new Float64Array([1, 2]), 0, 1, new Float64Array([3, 4]), 0, 1, a, 0, 2, 1);
 * assert.deepEqual([...a], [3, 4, 6, 8]);
 * ```
 */
export function jsGer(spec: GerSpec): string {
  return `(function ger(${gerJsAbi.parameters.join(', ')}) {
${spec.precision === 'double' ? '' : '  alpha = Math.fround(alpha);\n'}  if (alpha === 0) return;
  for (let j = 0; j < n; j++) {
    const element = y[yOffset + j * yStride];
    if (element === 0) continue;
    const factor = alpha * element;
    for (let i = 0, at = xOffset, to = aOffset + j * aColumnStride; i < m; i++, at += xStride, to += aRowStride) {
      a[to] += factor * x[at];
    }
  }
})`;
}
