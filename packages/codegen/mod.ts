/**
 * Kernel specification in, code out.
 *
 * @module
 */

export * from './assembler_error.ts';
export * from './blas_library.ts';
export type { CForm } from './c_form.ts';
export { cGemm } from './c_gemm.ts';
export { cGemv } from './c_gemv.ts';
export { cGer } from './c_ger.ts';
export * from './elf_library.ts';
export * from './elf_object.ts';
export { explainGemm, type GemmBound, type GemmExplanation, type PortModel } from './explain_gemm.ts';
export {
  type GemmBlockField,
  type GemmJsAbi,
  type GemmJsFunction,
  type GemmWasmAbi,
  type GemmWasmFunction,
  type GemmWasmParameter,
  type GemmX64Abi,
  gemmJsAbi,
  gemmWasmAbi,
  gemmX64Abi,
} from './gemm_abi.ts';
export { type CacheSizes, type GemmBlocking, gemmBlocking } from './gemm_blocking.ts';
export {
  gemmPageAccesses,
  type MatrixPlace,
  type PageAccessOptions,
  type PageVisitor,
  type PlacedGemm,
} from './gemm_page_accesses.ts';
export { type GemmSpec, gemmSpec, type InstructionSet, type Layout, type X64InstructionSet } from './gemm_spec.ts';
export {
  type GemvBlockField,
  type GemvJsAbi,
  type GemvJsFunction,
  type GemvWasmAbi,
  type GemvWasmFunction,
  type GemvX64Abi,
  gemvJsAbi,
  gemvWasmAbi,
  gemvX64Abi,
} from './gemv_abi.ts';
export * from './gemv_layout.ts';
export { type GemvSpec, gemvSpec } from './gemv_spec.ts';
export {
  type CKernel,
  type GenerateOptions,
  generate,
  type JsKernel,
  type Kernel,
  type KernelSpec,
  type ObjectKernel,
  type Routine,
  type WasmKernel,
  type X64Kernel,
} from './generate.ts';
export {
  type GerBlockField,
  type GerJsAbi,
  type GerJsFunction,
  type GerWasmAbi,
  type GerWasmFunction,
  type GerX64Abi,
  gerJsAbi,
  gerWasmAbi,
  gerX64Abi,
} from './ger_abi.ts';
export { type GerSpec, gerSpec } from './ger_spec.ts';
export { jsGemm } from './js_gemm.ts';
export { jsGemv } from './js_gemv.ts';
export { jsGer } from './js_ger.ts';
export type { MicroKernel, MicroKernelContext } from './micro_kernel.ts';
export { wasmGemm } from './wasm_gemm.ts';
export { wasmGemv } from './wasm_gemv.ts';
export { wasmGer } from './wasm_ger.ts';
export * from './wasm_memory.ts';
export * from './x64_assembler.ts';
export { x64Gemm } from './x64_gemm.ts';
export { x64Gemv } from './x64_gemv.ts';
export { x64Ger } from './x64_ger.ts';
export * from './x64_loop.ts';
export * from './x64_operands.ts';
export * from './x64_thread_team.ts';
