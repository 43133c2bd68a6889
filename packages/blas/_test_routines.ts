import { createRequire } from 'node:module';
import type { Elements } from './_element_type.ts';
import type { Gemm } from './_gemm.ts';
import type { GemmBatch } from './_gemm_batch.ts';
import type { Gemv } from './_gemv.ts';
import type { Ger } from './_ger.ts';
import { dgemm, dgemmBatch, dgemv, dger, sgemm, sgemmBatch, sgemv, sger } from './mod.ts';

const require = createRequire(import.meta.url);

/** The arrays of a precision. */
export interface ElementsConstructor {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: Elements;
  new (contents: number | ArrayLike<number>): Elements;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): Elements;
}

/** A routine in one precision, its model, and the arrays that both take. */
interface Tested<Kind extends keyof Routines> {
  kind: Kind;
  name: `${'d' | 's'}${Kind}`;
  ours: Routines[Kind];
  stdlib: Routines[Kind];
  ArrayType: ElementsConstructor;
}

interface Routines {
  gemm: Gemm<Elements>;
  gemv: Gemv<Elements>;
  ger: Ger<Elements>;
}

export type TestedRoutine = { [Kind in keyof Routines]: Tested<Kind> }[keyof Routines];

/** All six. */
export const testedRoutines = (['gemm', 'gemv', 'ger'] as const).flatMap((kind) =>
  (['d', 's'] as const).map((letter) => {
    const name = `${letter}${kind}` as const;
    return {
      kind,
      name,
      ours: { dgemm, sgemm, dgemv, sgemv, dger, sger }[name],
      stdlib: require(`@stdlib/blas/base/${name}`),
      ArrayType: letter === 'd' ? Float64Array : Float32Array,
    } as unknown as TestedRoutine;
  }),
);

/** Batches of multiplications in one precision, which have no model, and the arrays that they take. */
export interface TestedBatch {
  kind: 'gemmBatch';
  name: 'dgemmBatch' | 'sgemmBatch';
  ours: GemmBatch<Elements>;
  ArrayType: ElementsConstructor;
}

export const testedBatches: TestedBatch[] = [
  { kind: 'gemmBatch', name: 'dgemmBatch', ours: dgemmBatch as never, ArrayType: Float64Array },
  { kind: 'gemmBatch', name: 'sgemmBatch', ours: sgemmBatch as never, ArrayType: Float32Array },
];

/** A multiplication of matrices in one precision, its model, and the arrays that both take. */
export interface TestedGemm {
  name: 'dgemm' | 'sgemm';
  gemm: Gemm<Elements>;
  stdlib: Gemm<Elements>;
  Matrix: ElementsConstructor;
}

export const testedGemms: TestedGemm[] = testedRoutines.flatMap((routine) =>
  routine.kind === 'gemm'
    ? { name: routine.name, gemm: routine.ours, stdlib: routine.stdlib, Matrix: routine.ArrayType }
    : [],
);
