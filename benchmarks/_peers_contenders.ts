import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dgemm } from '@paratune/blas';
import type { PeerLibrary } from './_peers_libraries.ts';

/** Something that multiplies. */
export interface Contender {
  name: string;
  /** What exactly runs: a kernel, a core type, a version. */
  detail: string;
  /** Binds the matrices, so that only the product itself is timed. */
  bind(n: number, A: Float64Array, B: Float64Array, C: Float64Array): () => void;
}

const require = createRequire(import.meta.url);

type Foreign = (...values: unknown[]) => unknown;
interface Library {
  func(prototype: string): Foreign;
}

/** A function of the library if it has it: versions and builds differ in what they export. */
function optional(library: Library, prototype: string): Foreign | undefined {
  try {
    return library.func(prototype);
  } catch {
    return undefined;
  }
}

function describe(name: PeerLibrary['name'], library: Library, threads: number): string {
  switch (name) {
    case 'OpenBLAS': {
      optional(library, 'void openblas_set_num_threads(int)')?.(threads);
      const version = String(optional(library, 'const char *openblas_get_config()')?.() ?? '').split(' ')[1] ?? '';
      return `${version} ${optional(library, 'const char *openblas_get_corename()')?.() ?? ''}`.trim();
    }
    case 'BLIS': {
      optional(library, 'void bli_thread_set_num_threads(int64_t)')?.(threads);
      const architecture = optional(library, 'int bli_arch_query_id()')?.();
      const version = optional(library, 'const char *bli_info_get_version_str()')?.() ?? '';
      return `${version} ${optional(library, 'const char *bli_arch_string(int)')?.(architecture) ?? ''}`.trim();
    }
    case 'ATLAS':
      return 'threads as it was built';
  }
}

function open(path: string): Library {
  return (require('koffi') as { load(path: string): Library }).load(path);
}

/** The names of BLIS's configurations by number, which differ from version to version; the list ends with `generic`. */
export function blisArchitectures(path: string): string[] {
  const nameOf = optional(open(path), 'const char *bli_arch_string(int)');
  const names: string[] = [];
  while (nameOf !== undefined && names.length < 40 && names.at(-1) !== 'generic') {
    names.push(String(nameOf(names.length)));
  }
  return names;
}

/** A shared library through the foreign-function interface that our own code is called by. */
export function fromLibrary({ name, path }: PeerLibrary, threads: number): Contender {
  const library = open(path);
  const cblas = library.func(
    'void cblas_dgemm(int, int, int, int, int, int, double, const double *, int, const double *, int, double, double *, int)',
  );
  const [rowMajor, noTranspose] = [101, 111];
  return {
    name,
    detail: describe(name, library, threads),
    bind: (n, A, B, C) => () => cblas(rowMajor, noTranspose, noTranspose, n, n, n, 1, A, n, B, n, 0, C, n),
  };
}

export function ours(detail: string): Contender {
  return {
    name: '@paratune/blas',
    detail,
    bind: (n, A, B, C) => () => dgemm('row-major', 'no-transpose', 'no-transpose', n, n, n, 1, A, n, B, n, 0, C, n),
  };
}

/** The installed version; not every package exports its package.json. */
function versionOf(name: string): string {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** The packages of the npm registry that multiply matrices in JavaScript. */
export function fromPackages(): Contender[] {
  const stdlib = require('@stdlib/blas/base/dgemm') as typeof dgemm;
  const ndarray = require('ndarray') as (data: Float64Array, shape: number[]) => unknown;
  const gemm = require('ndarray-gemm') as (C: unknown, A: unknown, B: unknown) => void;
  const { Matrix } = require('ml-matrix') as typeof import('ml-matrix');
  return [
    {
      name: '@stdlib/blas',
      detail: versionOf('@stdlib/blas'),
      bind: (n, A, B, C) => () => {
        stdlib('row-major', 'no-transpose', 'no-transpose', n, n, n, 1, A, n, B, n, 0, C, n);
      },
    },
    {
      name: 'ndarray-gemm',
      detail: versionOf('ndarray-gemm'),
      bind(n, A, B, C) {
        const [a, b, c] = [A, B, C].map((array) => ndarray(array, [n, n]));
        return () => gemm(c, a, b);
      },
    },
    {
      name: 'ml-matrix',
      detail: versionOf('ml-matrix'),
      bind(n, A, B, C) {
        const [a, b] = [A, B].map((array) => Matrix.from1DArray(n, n, Array.from(array)));
        // It returns a new matrix; its first element tells the check that it was computed.
        return () => {
          const product = a!.mmul(b!);
          for (let i = 0; i < n; i++) {
            C[i] = product.get(0, i);
          }
        };
      },
    },
  ];
}
