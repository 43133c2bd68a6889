import type { GemmSpec } from '@paratune/codegen';
import { gemmSpec, gemvSpec, gerSpec } from '@paratune/codegen';

/** Size of the square matrices: small enough that computing takes no time beside all else. */
export const n = 100;

/** What a program of a fresh process is: its text, as an ECMAScript module or for CommonJS. */
export interface Program {
  readonly name: string;
  readonly type: 'mjs' | 'cjs';
  readonly text: string;
}

/** Writes what was measured; the console would load as much as the library does. */
const print = (value: string) => `process.getBuiltinModule('node:fs').writeSync(1, JSON.stringify(${value}));\n`;

/** A process that does nothing: Node's own start and end. */
export const empty: Program = { name: 'node', type: 'mjs', text: print('{}') };

/** First calls as of `@stdlib/blas/base`; A, B, C, x and y are there, and n. */
const calls = {
  dgemm: `dgemm('row-major', 'no-transpose', 'no-transpose', n, n, n, 1, A, n, B, n, 0, C, n)`,
  sgemm: `sgemm('row-major', 'no-transpose', 'no-transpose', n, n, n, 1, A, n, B, n, 0, C, n)`,
  dgemv: `dgemv('row-major', 'no-transpose', n, n, 1, A, n, x, 1, 0, y, 1)`,
  dger: `dger('row-major', n, n, 1, x, 1, y, 1, A, n)`,
} as const;

/** The programs that import the library at a path and call one of its routines once. */
export function firstCalls(path: Readonly<Record<Program['type'], string>>): Program[] {
  const program = (routine: keyof typeof calls, type: Program['type']): Program => ({
    name: type === 'mjs' ? routine : `${routine}, require`,
    type,
    text: `
      const started = performance.now();
      const { ${routine} } = ${type === 'mjs' ? 'await import' : 'require'}(${JSON.stringify(path[type])});
      const load = performance.now() - started;
      const n = ${n};
      const array = (length) => new ${routine[0] === 's' ? 'Float32Array' : 'Float64Array'}(length).fill(1);
      const [A, B, C, x, y] = [array(n * n), array(n * n), array(n * n), array(n), array(n)];
      const ready = performance.now();
      ${calls[routine]};
      const call = performance.now() - ready;
      ${print('{ load, call }')}`,
  });
  return [
    ...(Object.keys(calls) as (keyof typeof calls)[]).map((routine) => program(routine, 'mjs')),
    program('dgemm', 'cjs'),
  ];
}

/** The GEMM kernel that matrices of size n by columns get: for their edges, read where they are. */
function gemmKernel(isa: 'avx512' | 'avx2' | 'sse2'): GemmSpec {
  const { mu, nu } = gemmSpec({ isa });
  const edge = (unit: number) => unit + (n % unit);
  const contiguous = { layoutA: 'column-major', layoutB: 'column-major', layoutC: 'column-major' } as const;
  return gemmSpec({ isa, m: edge(mu), n: edge(nu), packA: false, packB: false, prefetchC: false, ...contiguous });
}

/** The programs that generate a kernel with the package at a path: the first of a process, then more of the same. */
export function kernels(path: string): Program[] {
  return (['avx512', 'avx2', 'sse2'] as const).flatMap((isa) =>
    [gemmKernel(isa), gemvSpec({ isa }), gerSpec({ isa })].map(
      (spec): Program => ({
        name: `${spec.routine}, ${isa}`,
        type: 'mjs',
        text: `
          const { generate } = await import(${JSON.stringify(path)});
          const spec = ${JSON.stringify(spec)};
          const times = [];
          let bytes;
          for (let i = 0; i < 300; i++) {
            const started = performance.now();
            ({ bytes } = generate(spec, { target: 'x64' }));
            times.push(performance.now() - started);
          }
          const warm = times.slice(-101).sort((one, other) => one - other)[50];
          ${print('{ cold: times[0], warm, bytes: bytes.length }')}`,
      }),
    ),
  );
}
