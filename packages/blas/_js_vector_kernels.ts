import type { GemvJsFunction, GerJsFunction } from '@paratune/codegen';
import type { Elements } from './_element_type.ts';
import { jsFunction, jsGemvSpec, jsGerSpec } from './_portable_kernels.ts';
import { type GemvKernel, type GerKernel, oncePerType, type VectorKernels } from './_vector_kernels.ts';

const gemv = oncePerType((type): GemvKernel => {
  const compute = jsFunction(jsGemvSpec(type), `${type.letter}gemv_js`) as GemvJsFunction<Elements>;
  return (m, n, alpha, a, _a, aOffset, aRow, aColumn, x, _x, xOffset, xStride, beta, y, _y, yOffset, yStride) =>
    compute(m, n, alpha, a, aOffset, aRow, aColumn, x, xOffset, xStride, beta, y, yOffset, yStride);
});

const ger = oncePerType((type): GerKernel => {
  const compute = jsFunction(jsGerSpec(type), `${type.letter}ger_js`) as GerJsFunction<Elements>;
  return (m, n, alpha, x, _x, xOffset, xStride, y, _y, yOffset, yStride, a, _a, aOffset, aRow, aColumn) =>
    compute(m, n, alpha, x, xOffset, xStride, y, yOffset, yStride, a, aOffset, aRow, aColumn);
});

/** JavaScript; it has no addresses, so positions are of no use to it. */
export const jsVectorKernels: VectorKernels = { gemv, ger };
