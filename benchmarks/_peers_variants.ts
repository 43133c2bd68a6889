import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { processor } from '@paratune/native';
import type { PeerLibrary } from './_peers_libraries.ts';
import type { Answer, Request } from './_peers_measure.ts';

/** Environment variables that hold a library to a number of threads and to one kind of processor. */
export type Environment = Record<string, string>;

export const measureScript = fileURLToPath(new URL('./_peers_measure.ts', import.meta.url));

/** Has a library start with as many threads. */
export function withThreads(threads: number): Environment {
  const count = String(threads);
  return { OPENBLAS_NUM_THREADS: count, BLIS_NUM_THREADS: count, OMP_NUM_THREADS: count };
}

/** A choice that a library offers, how fast it was in a short trial, and what it calls itself. */
export interface Variant {
  environment: Environment;
  detail: string;
  gflops: number;
}

/** Core types of OpenBLAS (its DYNAMIC_ARCH list) by the instruction set they need; a library refuses or lacks some. */
function coreTypes(): string[] {
  const sets: readonly string[] = processor().instructionSets;
  return [
    ...(sets.includes('avx512') ? ['SkylakeX', 'Cooperlake', 'SapphireRapids'] : []),
    ...(sets.includes('avx2') ? ['Haswell', 'Zen'] : []),
  ];
}

/** Asks a library in a process of its own, since an unfit choice may end the process by an illegal instruction. */
function ask(request: Request, environment: Environment): Answer | undefined {
  const child = spawnSync(process.execPath, [...process.execArgv, measureScript, JSON.stringify(request)], {
    encoding: 'utf8',
    env: { ...process.env, ...withThreads(1), ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 30_000,
  });
  const line = child.stdout.split('\n').find((text) => text.startsWith('{'));
  return child.status === 0 && line !== undefined ? (JSON.parse(line) as Answer) : undefined;
}

/** Numbers of BLIS's configurations for the processors that its AVX kernels were written for. */
function architectures(library: PeerLibrary): string[] {
  const answer = ask({ kind: 'architectures', library }, {});
  const names = answer?.kind === 'architectures' ? answer.names : [];
  return names.flatMap((name, id) => (/^(skx|haswell|zen\d*)$/.test(name) ? [String(id)] : []));
}

/** The library's own choice first, then those it may be told to make. */
function environmentsOf(library: PeerLibrary): Environment[] {
  switch (library.name) {
    case 'OpenBLAS':
      return [{}, ...coreTypes().map((type) => ({ OPENBLAS_CORETYPE: type }))];
    case 'BLIS':
      return [{}, ...architectures(library).map((id) => ({ BLIS_ARCH_TYPE: id }))];
    case 'ATLAS':
      return [{}];
  }
}

/** Every variant of a library that runs here, the fastest first; once, when the library's own choice is also one it was told. */
export function variantsOf(library: PeerLibrary): Variant[] {
  const variants = environmentsOf(library)
    .flatMap((environment): Variant[] => {
      const answer = ask({ kind: 'probe', library, threads: 1 }, environment);
      return answer?.kind === 'probe' ? [{ environment, detail: answer.detail, gflops: answer.gflops }] : [];
    })
    .sort((one, other) => other.gflops - one.gflops);
  return variants.filter(({ detail }, index) => variants.findIndex((other) => other.detail === detail) === index);
}
