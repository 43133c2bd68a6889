import { createRequire } from 'node:module';
import type { Elements } from './_element_type.ts';
import type { Gemm } from './_gemm.ts';
import { dgemm, sgemm } from './mod.ts';

const require = createRequire(import.meta.url);

/** A routine in one precision, its model, and the arrays that both take. */
export interface TestedGemm {
  name: 'dgemm' | 'sgemm';
  gemm: Gemm<Elements>;
  stdlib: Gemm<Elements>;
  Matrix: {
    readonly name: string;
    readonly BYTES_PER_ELEMENT: number;
    readonly prototype: Elements;
    new (contents: number | ArrayLike<number>): Elements;
    new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): Elements;
  };
}

export const testedGemms: TestedGemm[] = [
  {
    name: 'dgemm',
    gemm: dgemm as unknown as Gemm<Elements>,
    stdlib: require('@stdlib/blas/base/dgemm'),
    Matrix: Float64Array,
  },
  {
    name: 'sgemm',
    gemm: sgemm as unknown as Gemm<Elements>,
    stdlib: require('@stdlib/blas/base/sgemm'),
    Matrix: Float32Array,
  },
];
