/** How the matrices of a batch of products follow each other. */
export interface Batch {
  /** Number of products, at least 1. */
  readonly count: number;
  /** Elements from each matrix to the next. */
  readonly aStride: number;
  readonly bStride: number;
  readonly cStride: number;
}

/** Of one product no stride from each to the next counts. */
export const oneProduct: Batch = { count: 1, aStride: 0, bStride: 0, cStride: 0 };
