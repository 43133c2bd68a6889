/**
 * Kernel specification in, code out.
 *
 * @module
 */

export * from './assembler_error.ts';
export {
  type GemmBlockField,
  type GemmJsAbi,
  type GemmJsFunction,
  type GemmX64Abi,
  gemmJsAbi,
  gemmX64Abi,
} from './gemm_abi.ts';
export { type CacheSizes, type GemmBlocking, gemmBlocking } from './gemm_blocking.ts';
export { type GemmSpec, gemmSpec, type InstructionSet } from './gemm_spec.ts';
export { type GenerateOptions, generate, type JsKernel, type Kernel, type X64Kernel } from './generate.ts';
export { jsGemm } from './js_gemm.ts';
export * from './x64_assembler.ts';
export { x64Gemm } from './x64_gemm.ts';
export * from './x64_loop.ts';
export * from './x64_operands.ts';
export * from './x64_thread_team.ts';
