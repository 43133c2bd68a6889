import { type GemvSpec, type GerSpec, gemvSpec, gerSpec, type InstructionSet } from '@paratune/codegen';
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

/** A function of the type of elements that is computed once for each precision. */
export function oncePerType<Value>(make: (type: ElementType) => Value): (type: ElementType) => Value {
  const made: Partial<Record<ElementType['precision'], Value>> = {};
  return (type) => (made[type.precision] ??= make(type));
}

/** What `info` tells of the kernels of an instruction set, or of JavaScript's, with the parameters that are not the generator's defaults. */
export function vectorKernelsInfo(
  isa: InstructionSet,
  language: string,
  parameters: { readonly gemv?: Partial<GemvSpec> | undefined; readonly ger?: Partial<GerSpec> | undefined } = {},
): { gemv: VectorKernelInfo; ger: VectorKernelInfo } {
  const infoOf = ({ routine, xUnroll, yUnroll }: GemvSpec | GerSpec) => ({
    kernel: `${routine}_${language}_${xUnroll}x${yUnroll}`,
    xUnroll,
    yUnroll,
  });
  return {
    gemv: infoOf(gemvSpec({ isa, ...parameters.gemv })),
    ger: infoOf(gerSpec({ isa, ...parameters.ger })),
  };
}
