import { createRequire } from 'node:module';
import { processor } from '@paratune/native';
import type { Environment } from './_peers_child.ts';
import type { PeerLibrary } from './_peers_libraries.ts';
import type { Precision } from './_peers_suite.ts';

type Foreign = (...values: unknown[]) => unknown;
interface Library {
  func(prototype: string): Foreign;
}

/** The routines of a shared library, through the foreign-function interface that our own code is called by. */
export interface ForeignBlas {
  name: PeerLibrary['name'];
  /** What exactly runs: version and kernels. */
  detail: string;
  /** Undefined when it has as many threads as it was built for. */
  useThreads: ((count: number) => void) | undefined;
  gemm: { [precision in Precision]: Foreign };
  gemv: { [precision in Precision]: Foreign };
  ger: { [precision in Precision]: Foreign };
}

/** The constants of the CBLAS interface. */
export const cblas = { rowMajor: 101, noTranspose: 111, transpose: 112 } as const;

function open(path: string): Library {
  const koffi = createRequire(import.meta.url)('koffi') as { load(path: string): Library };
  return koffi.load(path);
}

/** A function of the library if it has it: versions and builds differ in what they export. */
function optional(library: Library, prototype: string): Foreign | undefined {
  try {
    return library.func(prototype);
  } catch {
    return undefined;
  }
}

function configurationOf(openBlas: Library): string {
  return String(optional(openBlas, 'const char *openblas_get_config()')?.() ?? '');
}

function describe(name: PeerLibrary['name'], library: Library): string {
  switch (name) {
    case 'OpenBLAS': {
      const version = configurationOf(library).split(' ')[1] ?? '';
      return `${version} ${optional(library, 'const char *openblas_get_corename()')?.() ?? ''}`.trim();
    }
    case 'BLIS': {
      // A kernel chosen by a variable is not known before.
      optional(library, 'void bli_init()')?.();
      const architecture = optional(library, 'int bli_arch_query_id()')?.();
      const version = optional(library, 'const char *bli_info_get_version_str()')?.() ?? '';
      return `${version} ${optional(library, 'const char *bli_arch_string(int)')?.(architecture) ?? ''}`.trim();
    }
    case 'ATLAS':
      return 'as it was built';
  }
}

function threadSetter(name: PeerLibrary['name'], library: Library): Foreign | undefined {
  switch (name) {
    case 'OpenBLAS':
      return optional(library, 'void openblas_set_num_threads(int)');
    case 'BLIS':
      return optional(library, 'void bli_thread_set_num_threads(int64_t)');
    case 'ATLAS':
      return undefined;
  }
}

/** Core types of OpenBLAS (its DYNAMIC_ARCH list) by the instruction set they need; a library refuses or lacks some. */
function coreTypes(): string[] {
  const sets: readonly string[] = processor().instructionSets;
  return [
    ...(sets.includes('avx512') ? ['SkylakeX', 'Cooperlake', 'SapphireRapids'] : []),
    ...(sets.includes('avx2') ? ['Haswell', 'Zen'] : []),
  ];
}

/** The names of BLIS's configurations by number, which differ from version to version; the list ends with `generic`. */
function blisArchitectures(library: Library): string[] {
  const nameOf = optional(library, 'const char *bli_arch_string(int)');
  const names: string[] = [];
  while (nameOf !== undefined && names.length < 40 && names.at(-1) !== 'generic') {
    names.push(String(nameOf(names.length)));
  }
  return names;
}

/** What a library can be told to use instead of what it chooses itself, as variables of the environment: that comes first. */
export function choicesOf({ name, path }: PeerLibrary): Environment[] {
  const library = open(path);
  switch (name) {
    case 'OpenBLAS': {
      const dynamic = configurationOf(library).includes('DYNAMIC_ARCH');
      return [{}, ...(dynamic ? coreTypes().map((type) => ({ OPENBLAS_CORETYPE: type })) : [])];
    }
    case 'BLIS': {
      // The configurations for the processors that its AVX kernels were written for.
      const fit = (architecture: string) => /^(skx|haswell|zen\d*)$/.test(architecture);
      const ids = blisArchitectures(library).flatMap((architecture, id) => (fit(architecture) ? [String(id)] : []));
      return [{}, ...ids.map((id) => ({ BLIS_ARCH_TYPE: id }))];
    }
    case 'ATLAS':
      return [{}];
  }
}

/** Loads a shared library: it chooses its kernels now, by variables of the environment. */
export function openForeignBlas({ name, path }: PeerLibrary): ForeignBlas {
  const library = open(path);
  /** Parameters with `T` for the element's type and `M` for a matrix or a vector that is only read. */
  const inBoth = (operation: string, parameters: string) => {
    const declare = (letter: string, type: string) => {
      const typed = parameters.replaceAll('M', 'const T *').replaceAll('T', type);
      return library.func(`void cblas_${letter}${operation}(${typed})`);
    };
    return { double: declare('d', 'double'), single: declare('s', 'float') };
  };
  const set = threadSetter(name, library);
  return {
    name,
    detail: describe(name, library),
    useThreads: set === undefined ? undefined : (count) => void set(count),
    gemm: inBoth('gemm', 'int, int, int, int, int, int, T, M, int, M, int, T, T *, int'),
    gemv: inBoth('gemv', 'int, int, int, int, T, M, int, M, int, T, T *, int'),
    ger: inBoth('ger', 'int, int, int, T, M, int, M, int, T *, int'),
  };
}
