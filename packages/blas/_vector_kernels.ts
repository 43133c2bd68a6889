import { runInThisContext } from 'node:vm';
import {
  type GemvJsFunction,
  type GemvSpec,
  type GerJsFunction,
  type GerSpec,
  gemvSpec,
  gemvX64Abi,
  generate,
  gerSpec,
  gerX64Abi,
  type InstructionSet,
} from '@paratune/codegen';
import { load } from '@paratune/native';
import type { Elements, ElementType } from './_element_type.ts';
import type { VectorKernelInfo } from './info.ts';

/** What computes y = alpha A x + beta y, for operands that were checked. Arguments are as those of a GEMM kernel. */
export type GemvKernel = (
  m: number,
  n: number,
  alpha: number,
  a: Elements,
  aPosition: number,
  aOffset: number,
  aRowStride: number,
  aColumnStride: number,
  x: Elements,
  xPosition: number,
  xOffset: number,
  xStride: number,
  beta: number,
  y: Elements,
  yPosition: number,
  yOffset: number,
  yStride: number,
) => void;

/** What computes A = alpha x y^T + A. Columns whose element of y is zero are left alone. */
export type GerKernel = (
  m: number,
  n: number,
  alpha: number,
  x: Elements,
  xPosition: number,
  xOffset: number,
  xStride: number,
  y: Elements,
  yPosition: number,
  yOffset: number,
  yStride: number,
  a: Elements,
  aPosition: number,
  aOffset: number,
  aRowStride: number,
  aColumnStride: number,
) => void;

/** The routines of a matrix and vectors, of either precision; each kernel is made at its first use, once in a thread. */
export interface VectorKernels {
  gemv(type: ElementType): GemvKernel;
  ger(type: ElementType): GerKernel;
}

/** Every kernel of this thread, by its specification and target. */
const kernels = new Map<string, GemvKernel | GerKernel>();

function kept<Kernel extends GemvKernel | GerKernel>(key: string, make: () => Kernel): Kernel {
  let kernel = kernels.get(key) as Kernel | undefined;
  if (kernel === undefined) {
    kernel = make();
    kernels.set(key, kernel);
  }
  return kernel;
}

function x64Gemv(spec: GemvSpec, bytes: number): GemvKernel {
  const compute = load(generate(spec, { target: 'x64' }).bytes);
  const block = new Float64Array(gemvX64Abi.blockLength);
  const field = gemvX64Abi.fields;
  return (
    m,
    n,
    alpha,
    _a,
    aPosition,
    aOffset,
    aRow,
    aColumn,
    _x,
    xPosition,
    xOffset,
    xStride,
    beta,
    _y,
    yPosition,
    yOffset,
    yStride,
  ) => {
    block[field.m] = m;
    block[field.n] = n;
    block[field.alpha] = alpha;
    block[field.a] = aPosition + bytes * aOffset;
    block[field.aRowStride] = aRow;
    block[field.aColumnStride] = aColumn;
    block[field.x] = xPosition + bytes * xOffset;
    block[field.xStride] = xStride;
    block[field.beta] = beta;
    block[field.y] = yPosition + bytes * yOffset;
    block[field.yStride] = yStride;
    compute(block);
  };
}

function x64Ger(spec: GerSpec, bytes: number): GerKernel {
  const compute = load(generate(spec, { target: 'x64' }).bytes);
  const block = new Float64Array(gerX64Abi.blockLength);
  const field = gerX64Abi.fields;
  return (
    m,
    n,
    alpha,
    _x,
    xPosition,
    xOffset,
    xStride,
    _y,
    yPosition,
    yOffset,
    yStride,
    _a,
    aPosition,
    aOffset,
    aRow,
    aColumn,
  ) => {
    block[field.m] = m;
    block[field.n] = n;
    block[field.alpha] = alpha;
    block[field.x] = xPosition + bytes * xOffset;
    block[field.xStride] = xStride;
    block[field.y] = yPosition + bytes * yOffset;
    block[field.yStride] = yStride;
    block[field.a] = aPosition + bytes * aOffset;
    block[field.aRowStride] = aRow;
    block[field.aColumnStride] = aColumn;
    compute(block);
  };
}

/** What `info` tells of the kernels of an instruction set, or of JavaScript's. */
export function vectorKernelsInfo(
  isa: InstructionSet,
  language: string,
): { gemv: VectorKernelInfo; ger: VectorKernelInfo } {
  const infoOf = ({ routine, xUnroll, yUnroll }: GemvSpec | GerSpec) => ({
    kernel: `${routine}_${language}_${xUnroll}x${yUnroll}`,
    xUnroll,
    yUnroll,
  });
  return { gemv: infoOf(gemvSpec({ isa })), ger: infoOf(gerSpec({ isa })) };
}

/** Machine code for an instruction set. */
export function x64VectorKernels(isa: InstructionSet): VectorKernels {
  return {
    gemv: ({ precision, bytes, letter }) =>
      kept(`${letter}gemv_${isa}`, () => x64Gemv(gemvSpec({ isa, precision }), bytes)),
    ger: ({ precision, bytes, letter }) =>
      kept(`${letter}ger_${isa}`, () => x64Ger(gerSpec({ isa, precision }), bytes)),
  };
}

/** JavaScript; it has no addresses, so positions are of no use to it. */
export function jsVectorKernels(): VectorKernels {
  return {
    gemv: ({ precision, letter }) =>
      kept(`${letter}gemv_js`, () => {
        const { text } = generate(gemvSpec({ isa: 'scalar', precision }), { target: 'js' });
        const compute = runInThisContext(text, { filename: `${letter}gemv_js.js` }) as GemvJsFunction<Elements>;
        return (m, n, alpha, a, _a, aOffset, aRow, aColumn, x, _x, xOffset, xStride, beta, y, _y, yOffset, yStride) =>
          compute(m, n, alpha, a, aOffset, aRow, aColumn, x, xOffset, xStride, beta, y, yOffset, yStride);
      }),
    ger: ({ precision, letter }) =>
      kept(`${letter}ger_js`, () => {
        const { text } = generate(gerSpec({ isa: 'scalar', precision }), { target: 'js' });
        const compute = runInThisContext(text, { filename: `${letter}ger_js.js` }) as GerJsFunction<Elements>;
        return (m, n, alpha, x, _x, xOffset, xStride, y, _y, yOffset, yStride, a, _a, aOffset, aRow, aColumn) =>
          compute(m, n, alpha, x, xOffset, xStride, y, yOffset, yStride, a, aOffset, aRow, aColumn);
      }),
  };
}
