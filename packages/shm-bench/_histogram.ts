/** Bits of a value that are kept: quantiles are good to 1 in 2^11, 0.05 %. */
const KEPT_BITS = 11;

/**
 * Counts values, most of which are much alike: exactly up to 2^11, above by their leading 11 bits, however many there are. The
 * largest is kept as it is.
 */
export class Histogram {
  readonly #counts = new Float64Array((33 - KEPT_BITS) << KEPT_BITS);
  #total = 0;
  #max = 0;

  add(values: Uint32Array): void {
    for (const value of values) {
      const shift = Math.max(0, 32 - Math.clz32(value) - KEPT_BITS);
      this.#counts[(shift << KEPT_BITS) + (value >>> shift)]! += 1;
      if (value > this.#max) this.#max = value;
    }
    this.#total += values.length;
  }

  /** Adds what another one has counted. */
  merge(other: Histogram): void {
    for (const [index, count] of other.#counts.entries()) this.#counts[index]! += count;
    this.#total += other.#total;
    this.#max = Math.max(this.#max, other.#max);
  }

  /** The value that a part of all are at most: 0.5 is the median, 1 the largest. NaN when there are none. */
  quantile(part: number): number {
    if (this.#total === 0) return Number.NaN;
    if (part >= 1) return this.#max;
    let left = Math.max(1, Math.ceil(part * this.#total));
    for (let index = 0; index < this.#counts.length; index++) {
      left -= this.#counts[index]!;
      if (left > 0) continue;
      const shift = index >> KEPT_BITS;
      const low = (index & ((1 << KEPT_BITS) - 1)) * 2 ** shift;
      // The middle of what falls together.
      return Math.min(low + (2 ** shift - 1) / 2, this.#max);
    }
    return this.#max;
  }
}
