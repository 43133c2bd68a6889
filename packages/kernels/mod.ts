/**
 * Micro-kernels that were written by hand, and plain reference kernels that all others are checked against.
 *
 * @module
 */
export { compensatedGemm } from './compensated_gemm.ts';
export { compensatedGemv } from './compensated_gemv.ts';
export { gemmErrorBound } from './gemm_error_bound.ts';
export { gemvErrorBound } from './gemv_error_bound.ts';
export { gerErrorBound } from './ger_error_bound.ts';
export { handWritten } from './hand_written.ts';
export { referenceGemm } from './reference_gemm.ts';
export { referenceGemv } from './reference_gemv.ts';
export { referenceGer } from './reference_ger.ts';
