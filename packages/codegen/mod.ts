/**
 * Kernel specification in, code out.
 *
 * @module
 */

export * from './assembler_error.ts';
export * from './blas_library.ts';
export * from './elf_library.ts';
export * from './elf_object.ts';
export {
  type GemmBlockField,
  type GemmJsAbi,
  type GemmJsFunction,
  type GemmX64Abi,
  gemmJsAbi,
  gemmX64Abi,
} from './gemm_abi.ts';
export { type CacheSizes, type GemmBlocking, gemmBlocking } from './gemm_blocking.ts';
export { type GemmSpec, gemmSpec, type InstructionSet, type Layout } from './gemm_spec.ts';
export {
  type GemvBlockField,
  type GemvJsAbi,
  type GemvJsFunction,
  type GemvX64Abi,
  gemvJsAbi,
  gemvX64Abi,
} from './gemv_abi.ts';
export * from './gemv_layout.ts';
export { type GemvSpec, gemvSpec } from './gemv_spec.ts';
export {
  type GenerateOptions,
  generate,
  type JsKernel,
  type Kernel,
  type KernelSpec,
  type ObjectKernel,
  type Routine,
  type X64Kernel,
} from './generate.ts';
export {
  type GerBlockField,
  type GerJsAbi,
  type GerJsFunction,
  type GerX64Abi,
  gerJsAbi,
  gerX64Abi,
} from './ger_abi.ts';
export { type GerSpec, gerSpec } from './ger_spec.ts';
export { jsGemm } from './js_gemm.ts';
export { jsGemv } from './js_gemv.ts';
export { jsGer } from './js_ger.ts';
export type { MicroKernel, MicroKernelContext } from './micro_kernel.ts';
export * from './x64_assembler.ts';
export { x64Gemm } from './x64_gemm.ts';
export { x64Gemv } from './x64_gemv.ts';
export { x64Ger } from './x64_ger.ts';
export * from './x64_loop.ts';
export * from './x64_operands.ts';
export * from './x64_thread_team.ts';
