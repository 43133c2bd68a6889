/**
 * Linear algebra in Node at the speed of the processor, from kernels generated at first use.
 *
 * @module
 */
export { type Configuration, configure, type GemmTuning } from './configure.ts';
export { defaultTuning } from './default_tuning.ts';
export { type Dgemm, dgemm, type Order, type TransposeOperation } from './dgemm.ts';
export { type DgemmBatch, dgemmBatch } from './dgemm_batch.ts';
export { type DgemmPlan, dgemmPlan, type MatrixStrides } from './dgemm_plan.ts';
export { type Dgemv, dgemv } from './dgemv.ts';
export { type Dger, dger } from './dger.ts';
export { fingerprint } from './fingerprint.ts';
export { type ArrayView, gemm, type NdarrayView, type StdlibNdarrayView } from './gemm.ts';
export { gemmBatch } from './gemm_batch.ts';
export { gemv } from './gemv.ts';
export { ger } from './ger.ts';
export {
  type Info,
  info,
  type JsInfo,
  type KernelInfo,
  type PackedKernelInfo,
  type TuningInfo,
  type VectorKernelInfo,
  type WasmInfo,
  type X64Info,
} from './info.ts';
export { readTuning } from './read_tuning.ts';
export { saveTuning } from './save_tuning.ts';
export { type Sgemm, sgemm } from './sgemm.ts';
export { type SgemmBatch, sgemmBatch } from './sgemm_batch.ts';
export { type Sgemv, sgemv } from './sgemv.ts';
export { type Sger, sger } from './sger.ts';
export { ThreadError } from './thread_error.ts';
export type { ByLine, BySource, GemmParameters, GemvParameters, GerParameters, Tuning } from './tuning.ts';
export { TuningError, type TuningErrorKind } from './tuning_error.ts';
export { tuningPath } from './tuning_path.ts';
