import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Elements } from './_peers_matrix.ts';
import type { Precision } from './_peers_suite.ts';

/** A product of row-major matrices that is ready to be computed. */
export interface BoundProduct {
  call(): void;
  /** What the last call computed, row by row, where that is not in C. */
  result?(): ArrayLike<number>;
}

/** A package of the npm registry that multiplies matrices. */
export interface PeerPackage {
  name: string;
  precisions: readonly Precision[];
  /** The largest square matrices that it multiplies; any by default. */
  mostRows?: number;
  /** Packages that it needs beside it. */
  with?: readonly string[];
  /** Undefined when it is not installed. */
  version: string | undefined;
  /** Loads it. @returns what binds matrices: A is m x k, B k x n, C m x n */
  load(): Promise<(m: number, n: number, k: number, A: Elements, B: Elements, C: Elements) => BoundProduct>;
}

const require = createRequire(import.meta.url);

/** The installed version; not every package exports its package.json. */
function versionOf(name: string): string | undefined {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(path.join(folder, name, 'package.json'), 'utf8')) as { version: string }).version;
    } catch {
      // The next folder upwards.
    }
  }
  return undefined;
}

function toRows(data: Elements, rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * columns, (i + 1) * columns)));
}

// 65 MB that are there only where somebody put them.
const [tensors, wasm] = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'] as const;

const both: readonly Precision[] = ['double', 'single'];

const packages: Omit<PeerPackage, 'version'>[] = [
  {
    name: '@stdlib/blas',
    precisions: both,
    async load() {
      const [dgemm, sgemm] = ['d', 's'].map(
        (letter) => require(`@stdlib/blas/base/${letter}gemm`) as typeof import('@paratune/blas').dgemm,
      ) as [typeof import('@paratune/blas').dgemm, typeof import('@paratune/blas').dgemm];
      return (m, n, k, A, B, C) => {
        const gemm = A instanceof Float64Array ? dgemm : sgemm;
        const [a, b, c] = [A, B, C] as [Float64Array, Float64Array, Float64Array];
        const [lda, ldb] = [Math.max(k, 1), Math.max(n, 1)];
        return {
          call: () => void gemm('row-major', 'no-transpose', 'no-transpose', m, n, k, 1, a, lda, b, ldb, 0, c, ldb),
        };
      };
    },
  },
  {
    name: 'ndarray-gemm',
    precisions: both,
    async load() {
      const ndarray = require('ndarray') as (data: Elements, shape: number[]) => unknown;
      const gemm = require('ndarray-gemm') as (C: unknown, A: unknown, B: unknown) => void;
      return (m, n, k, A, B, C) => {
        const [a, b, c] = [ndarray(A, [m, k]), ndarray(B, [k, n]), ndarray(C, [m, n])];
        return { call: () => gemm(c, a, b) };
      };
    },
  },
  {
    name: 'ml-matrix',
    precisions: ['double'],
    async load() {
      const { Matrix } = require('ml-matrix') as typeof import('ml-matrix');
      return (m, n, k, A, B) => {
        const [a, b] = [Matrix.from1DArray(m, k, Array.from(A)), Matrix.from1DArray(k, n, Array.from(B))];
        let product = a;
        return {
          call() {
            product = a.mmul(b);
          },
          result: () => product.to1DArray(),
        };
      };
    },
  },
  {
    name: 'numeric',
    precisions: ['double'],
    async load() {
      const { dot } = require('numeric') as { dot(A: number[][], B: number[][]): number[][] };
      return (m, n, k, A, B) => {
        const [a, b] = [toRows(A, m, k), toRows(B, k, n)];
        let product: number[][] = [];
        return {
          call() {
            product = dot(a, b);
          },
          result: () => product.flat(),
        };
      };
    },
  },
  {
    name: 'mathjs',
    precisions: ['double'],
    async load() {
      const { matrix, multiply } = require('mathjs') as typeof import('mathjs');
      return (m, n, k, A, B) => {
        const [a, b] = [matrix(toRows(A, m, k)), matrix(toRows(B, k, n))];
        let product = a;
        return {
          call() {
            product = multiply(a, b);
          },
          result: () => (product.toArray() as number[][]).flat(),
        };
      };
    },
  },
  {
    // Code for these sizes alone, without loops and without checks.
    name: 'gl-matrix',
    precisions: both,
    mostRows: 4,
    async load() {
      const { mat2, mat3, mat4 } = require('gl-matrix') as typeof import('gl-matrix');
      return (_m, n, _k, A, B, C) => {
        const { multiply } = [mat2, mat3, mat4][n - 2] as { multiply(out: Elements, a: Elements, b: Elements): void };
        // It stores by columns: with the factors exchanged the product comes out by rows.
        return { call: () => void multiply(C, B, A) };
      };
    },
  },
  {
    name: wasm,
    with: [tensors],
    precisions: ['single'],
    async load() {
      const tf = require(tensors) as Tensors;
      const { setWasmPaths } = require(wasm) as { setWasmPaths(folder: string): void };
      setWasmPaths(`${path.dirname(require.resolve(wasm))}/`);
      await tf.setBackend('wasm');
      return (m, n, k, A, B) => {
        const [a, b] = [tf.tensor2d(A, [m, k]), tf.tensor2d(B, [k, n])];
        return {
          call: () => tf.matMul(a, b).dispose(),
          result: () => tf.matMul(a, b).dataSync(),
        };
      };
    },
  },
];

/** As much as is used of a package that need not be installed. */
interface Tensors {
  setBackend(name: string): Promise<boolean>;
  tensor2d(data: Elements, shape: [number, number]): Tensor;
  matMul(a: Tensor, b: Tensor): Tensor;
}
interface Tensor {
  dispose(): void;
  dataSync(): ArrayLike<number>;
}

/** All of them, those that are not installed too. */
export function peerPackages(): PeerPackage[] {
  return packages.map((peer) => ({ ...peer, version: versionOf(peer.name) }));
}
