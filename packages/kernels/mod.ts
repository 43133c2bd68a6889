/**
 * Plain reference kernels that other kernels are checked against.
 *
 * @module
 */
export { compensatedGemm } from './compensated_gemm.ts';
export { gemmErrorBound } from './gemm_error_bound.ts';
export { referenceGemm } from './reference_gemm.ts';
