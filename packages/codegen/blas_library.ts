import { imports, supportData, supportFunctions } from './_blas_entry.ts';
import { gemmRoutine, gemvRoutine, gerRoutine, packingBytes, type RoutineOptions } from './_blas_routines.ts';
import { instructionSets } from './_blas_support.ts';
import { checkChoice, refuse } from './_spec_checks.ts';
import { elfLibrary } from './elf_library.ts';
import { elfObject, type ObjectFunction } from './elf_object.ts';
import type { KernelSpec } from './generate.ts';
import { x64Gemm } from './x64_gemm.ts';
import { x64Gemv } from './x64_gemv.ts';
import { x64Ger } from './x64_ger.ts';

/** What {@linkcode blasLibrary} is to make. */
export interface BlasLibraryOptions {
  /** `'shared'`, a library that programs are linked with or load; `'object'`, an object file for a linker. */
  readonly form?: 'shared' | 'object';
  /** Instruction sets that there are kernels for. The processor decides among them when a routine is first called; by default all. */
  readonly isas?: readonly (typeof instructionSets)[number][];
  /** What programs linked with a shared library ask for (DT_SONAME). Default `'libparatune.so'`. */
  readonly name?: string;
}

/** A BLAS as a file. */
export interface BlasLibrary {
  /** The file. */
  readonly bytes: Uint8Array;
  /** What can be called, in order. */
  readonly symbols: readonly string[];
  /** The code of all functions in Intel syntax. */
  listing(): string;
}

const routines = { gemm: gemmRoutine, gemv: gemvRoutine, ger: gerRoutine } as const;

/** The name of a kernel in the library. */
function kernelName(spec: KernelSpec): string {
  const { routine, precision, isa } = spec;
  const kind = spec.routine === 'gemm' ? `${spec.mu}x${spec.nu}` : `${spec.layout}_${spec.source}`;
  return `${precision === 'double' ? 'd' : 's'}${routine}_${isa}_${kind}`;
}

function generated(spec: KernelSpec) {
  return spec.routine === 'gemm' ? x64Gemm(spec) : spec.routine === 'gemv' ? x64Gemv(spec) : x64Ger(spec);
}

/**
 * Makes a BLAS for Linux on x86-64, as a file that C, Fortran, Python or R are linked with, by nothing but this function:
 * `dgemm_`, `sgemm_`, `dgemv_`, `sgemv_`, `dger_`, `sger_` and `cblas_dgemm`, ..., with integers of 32 bits.
 *
 * The kernels are those of {@linkcode generate}; which of them run is decided by the processor at the first call. Any number of threads
 * may call at once: each computes alone, and packs into one of 256 buffers that the library asks the system for as they are needed. It
 * needs no other library, not even libc. A wrong argument is told to `xerbla_` (Fortran's form) or `cblas_xerbla` if the program
 * has such a function, else to the standard error, and the routine returns without computing. `beta = 0` never reads C or y.
 *
 * @param options The form of the file, instruction sets, a name.
 * @throws {RangeError} When an option has a value that it cannot have.
 * @example
 * ```ts
 * import { blasLibrary } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const { bytes, symbols } = blasLibrary({ isas: ['avx2'] }); // to be written to libparatune.so
 * assert.ok(bytes.length > 1000);
 * assert.ok(symbols.includes('dgemm_') && symbols.includes('cblas_sger'));
 * ```
 */
export function blasLibrary(options: BlasLibraryOptions = {}): BlasLibrary {
  const { form = 'shared', isas: wanted = instructionSets, name = 'libparatune.so' } = options;
  checkChoice('form', form, ['shared', 'object']);
  if (!Array.isArray(wanted) || wanted.length === 0) refuse('isas', 'an array of one instruction set or more', wanted);
  for (const isa of wanted) checkChoice('isas', isa, instructionSets);
  const isas = instructionSets.filter((isa) => wanted.includes(isa)).reverse();

  const kernels = new Map<string, { name: string; code: ReturnType<typeof generated> }>();
  const kernel = (spec: KernelSpec): string => {
    // What differs by what is known of it alone is one kernel.
    const key = JSON.stringify({ ...spec, source: undefined });
    let known = kernels.get(key);
    if (known === undefined) {
      known = { name: kernelName(spec), code: generated(spec) };
      kernels.set(key, known);
    }
    return known.name;
  };
  const entries: (ObjectFunction & { code: { listing: string } })[] = [];
  for (const callingForm of ['fortran', 'cblas'] as const) {
    for (const precision of ['double', 'single'] as const) {
      for (const [routine, make] of Object.entries(routines)) {
        const base = `${precision === 'double' ? 'd' : 's'}${routine}`;
        const settings: RoutineOptions = { precision, form: callingForm, isas, kernel };
        const symbol = callingForm === 'fortran' ? `${base}_` : `cblas_${base}`;
        entries.push({ name: symbol, isGlobal: true, code: make(settings) });
      }
    }
  }
  const inner = supportFunctions(packingBytes(isas));
  const functions: ObjectFunction[] = [
    ...entries,
    ...inner,
    ...[...kernels.values()].map((each) => ({ ...each, isGlobal: false })),
  ];
  const contents = { functions, data: supportData, imports: Object.values(imports) };
  return {
    bytes: form === 'shared' ? elfLibrary(contents, { name }) : elfObject(contents),
    symbols: entries.map((each) => each.name),
    listing: () =>
      [
        ...[...entries, ...inner].map((each) => `${each.name}:\n${each.code.listing}`),
        ...[...kernels.values()].map((each) => `${each.name}:\n${each.code.listing()}`),
      ].join('\n'),
  };
}
