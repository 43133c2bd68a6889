import { runInThisContext } from 'node:vm';
import { type GemvJsFunction, type GerJsFunction, gemvSpec, generate, gerSpec } from '@paratune/codegen';
import type { Elements } from './_element_type.ts';
import { type GemvKernel, type GerKernel, oncePerType, type VectorKernels } from './_vector_kernels.ts';

const gemv = oncePerType(({ precision, letter }): GemvKernel => {
  const { text } = generate(gemvSpec({ isa: 'scalar', precision }), { target: 'js' });
  const compute = runInThisContext(text, { filename: `${letter}gemv_js.js` }) as GemvJsFunction<Elements>;
  return (m, n, alpha, a, _a, aOffset, aRow, aColumn, x, _x, xOffset, xStride, beta, y, _y, yOffset, yStride) =>
    compute(m, n, alpha, a, aOffset, aRow, aColumn, x, xOffset, xStride, beta, y, yOffset, yStride);
});

const ger = oncePerType(({ precision, letter }): GerKernel => {
  const { text } = generate(gerSpec({ isa: 'scalar', precision }), { target: 'js' });
  const compute = runInThisContext(text, { filename: `${letter}ger_js.js` }) as GerJsFunction<Elements>;
  return (m, n, alpha, x, _x, xOffset, xStride, y, _y, yOffset, yStride, a, _a, aOffset, aRow, aColumn) =>
    compute(m, n, alpha, x, xOffset, xStride, y, yOffset, yStride, a, aOffset, aRow, aColumn);
});

/** JavaScript; it has no addresses, so positions are of no use to it. */
export const jsVectorKernels: VectorKernels = { gemv, ger };
