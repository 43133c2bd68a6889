/**
 * Three classes of matrix multiplication kernels side by side: generated without vectors, generated with them, written by hand.
 *
 * @module
 */
export { type CompareOptions, type CompareProgress, compareKernels } from './compare_kernels.ts';
export { type KernelClass, type KernelComparison, kernelClasses, kernelComparisonSchema } from './kernel_comparison.ts';
export { experiment, type KernelContext, kernelRecords } from './kernel_records.ts';
