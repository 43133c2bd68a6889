import type { GemmKernel } from './_backend.ts';
import type { Batch } from './_batch.ts';
import type { Elements } from './_element_type.ts';

/** Runs a kernel on operands that were checked, turned as it computes them fastest. `m` and `n` are at least 1. */
export function computeGemm(
  kernel: GemmKernel,
  m: number,
  n: number,
  k: number,
  alpha: number,
  A: Elements,
  aPosition: number,
  aOffset: number,
  aRowStride: number,
  aColumnStride: number,
  B: Elements,
  bPosition: number,
  bOffset: number,
  bRowStride: number,
  bColumnStride: number,
  beta: number,
  C: Elements,
  cPosition: number,
  cOffset: number,
  cRowStride: number,
  cColumnStride: number,
  batch: Batch | undefined,
): void {
  // Rows of C in reverse are rows of A in reverse, columns of C in reverse columns of B: so the strides of C can be positive.
  if (cRowStride < 0) {
    cOffset += (m - 1) * cRowStride;
    cRowStride = -cRowStride;
    aOffset += (m - 1) * aRowStride;
    aRowStride = -aRowStride;
  }
  if (cColumnStride < 0) {
    cOffset += (n - 1) * cColumnStride;
    cColumnStride = -cColumnStride;
    bOffset += (n - 1) * bColumnStride;
    bColumnStride = -bColumnStride;
  }
  // Kernels are fastest down contiguous columns of C; C^T = B^T A^T makes columns of rows. Of a vector, which lies both ways, the
  // long side becomes the column, since register blocks have more rows than columns; of strides in both directions the
  // shorter goes down the columns, since more of a cache line is then in one block.
  const byColumns = cRowStride === 1 || m === 1;
  const byRows = cColumnStride === 1 || n === 1;
  if (byColumns || byRows ? byRows && (!byColumns || n > m) : cColumnStride < cRowStride) {
    const rowStride = n === 1 ? 1 : cColumnStride;
    kernel.run(
      n,
      m,
      k,
      alpha,
      B,
      bPosition,
      bOffset,
      bColumnStride,
      bRowStride,
      A,
      aPosition,
      aOffset,
      aColumnStride,
      aRowStride,
      beta,
      C,
      cPosition,
      cOffset,
      rowStride,
      cRowStride,
      batch && { ...batch, aStride: batch.bStride, bStride: batch.aStride },
    );
  } else {
    const rowStride = m === 1 ? 1 : cRowStride;
    kernel.run(
      m,
      n,
      k,
      alpha,
      A,
      aPosition,
      aOffset,
      aRowStride,
      aColumnStride,
      B,
      bPosition,
      bOffset,
      bRowStride,
      bColumnStride,
      beta,
      C,
      cPosition,
      cOffset,
      rowStride,
      cColumnStride,
      batch,
    );
  }
}
