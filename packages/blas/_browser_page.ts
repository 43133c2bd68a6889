/** What `_browser_test.ts` runs in a page, with the package as a bundler took it. */

import { compensatedGemm, gemmErrorBound } from '@paratune/kernels';
import { generator } from './_test_random.ts';
import type * as Blas from './mod.ts';

/** What a page found. */
export interface Findings {
  readonly isolated: boolean;
  readonly info: Blas.Info;
  /** What is used once another register block is asked for, or why it cannot be. */
  readonly tuned: string;
  /** Products that are off by more than the bound. */
  readonly wrong: string[];
  /** What routines answered that know their answer. */
  readonly exact: Record<string, number[]>;
  /** What was thrown for what cannot be. */
  readonly errors: Record<string, string>;
}

function messageOf(run: () => unknown): string {
  try {
    run();
    return 'nothing is thrown';
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
}

/** Products of random matrices, of sizes at all edges, that are not within the bound. */
export function wrongProducts({ dgemm, sgemm }: typeof Blas): string[] {
  const wrong: string[] = [];
  const random = generator(1);
  for (const [gemm, ArrayType] of [
    [dgemm, Float64Array],
    [sgemm, Float32Array],
  ] as const) {
    const multiply = gemm as Blas.Dgemm;
    for (const [m, n, k] of [
      [1, 1, 1],
      [3, 17, 5],
      [60, 61, 62],
      [8, 5, 1500],
      [130, 1, 40],
      [200, 190, 180],
    ] as const) {
      const draw = (length: number) => new ArrayType(Array.from({ length }, () => random() - 0.5)) as Float64Array;
      const [A, B, C] = [draw(m * k), draw(k * n), draw(m * n)];
      const operands = [m, n, k, 0.7, A, 0, k, 1, B, 0, n, 1, -0.3] as const;
      const expected = C.slice();
      compensatedGemm(...operands, expected, 0, n, 1);
      const bound = gemmErrorBound(...operands, C, 0, n, 1);
      multiply('row-major', 'no-transpose', 'no-transpose', m, n, k, 0.7, A, k, B, n, -0.3, C, n);
      const isRight = C.every((value, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        return Math.abs(value - expected[at]!) <= bound[i + j * m]!;
      });
      if (!isRight) wrong.push(`${gemm.name} of ${m} x ${n} x ${k}`);
    }
  }
  return wrong;
}

/** Makes use of all of the package. */
export function findings(blas: typeof Blas): Findings {
  const { configure, dgemm, dgemmBatch, dgemv, dger, gemm, info, sgemv, sger } = blas;
  const used = info();
  const A = Float64Array.of(1, 2, 3, 4);
  const x = Float64Array.of(1, -1);
  const exact = {
    dgemv: [...dgemv('row-major', 'no-transpose', 2, 2, 1, A, 2, x, 1, 0, new Float64Array(2), 1)],
    sgemv: [
      ...sgemv(
        'row-major',
        'transpose',
        2,
        2,
        1,
        new Float32Array(A),
        2,
        new Float32Array(x),
        1,
        0,
        new Float32Array(2),
        1,
      ),
    ],
    dger: [...dger('row-major', 2, 2, 2, x, 1, x, 1, A.slice(), 2)],
    sger: [...sger('row-major', 2, 2, 2, new Float32Array(x), 1, new Float32Array(x), 1, new Float32Array(A), 2)],
    dgemmBatch: [
      ...dgemmBatch(
        ...(['row-major', 'no-transpose', 'no-transpose', 1, 1, 2, 1, A, 2, 2] as const),
        ...([x, 1, 0, 0, new Float64Array(2), 1, 1, 2] as const),
      ),
    ],
    gemm: [
      ...gemm(
        { data: new Float64Array(1), shape: [1, 1], stride: [1, 1], offset: 0 },
        { data: A, shape: [1, 4], stride: [4, 1], offset: 0 },
        { data: A, shape: [4, 1], stride: [1, 4], offset: 0 },
      ).data,
    ],
  };
  const wrong = wrongProducts(blas);
  const errors = {
    size: messageOf(() => dgemm('row-major', 'transpose', 'transpose', -1, 1, 1, 1, A, 1, A, 1, 0, A, 1)),
    overlap: messageOf(() => dgemm('row-major', 'transpose', 'transpose', 2, 2, 2, 1, A, 2, A, 2, 0, A, 2)),
    x64: messageOf(() => configure({ backend: 'x64' })),
    file: messageOf(() => blas.readTuning('tuning.json')),
    fingerprint: messageOf(() => blas.fingerprint()),
  };
  const tuned = messageOf(() => configure({ tuning: { mu: 2, nu: 3 } }));
  if (tuned === 'nothing is thrown') wrong.push(...wrongProducts(blas));
  const after = info();
  configure({ tuning: 'default' });
  return {
    isolated: (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true,
    info: used,
    tuned: tuned === 'nothing is thrown' ? after.kernel : tuned,
    wrong,
    exact,
    errors,
  };
}
