import type { Record } from '@paratune/record';

/** The experiment that Figures 8 and 10 to 13 are drawn from: Section 5's driver. */
export const experiment = 'dgemm-driver';

/** Bytes of the driver's three matrices of n x n doubles, over n^2. */
export const bytesPerElement = 3 * Float64Array.BYTES_PER_ELEMENT;

/** The matrix dimension of a driver's record; undefined for another record. */
export function dimensionOf({ experiment: name, factors }: Record): number | undefined {
  return name === experiment && typeof factors['n'] === 'number' ? factors['n'] : undefined;
}
