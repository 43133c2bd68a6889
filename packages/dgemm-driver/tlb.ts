import { checkWhole } from './_check.ts';

/** Pages that a {@linkcode Tlb} can tell apart: 2^26 of 4 KB are 256 GB. */
const mostPages = 2 ** 26;

/** What a page's place in the list of pages is when it has none. */
const none = -1;

/**
 * A translation lookaside buffer that keeps the pages used last: of all that it holds, or of those of a set, the one that was used longest ago
 * makes room.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { Tlb } from '@paratune/dgemm-driver';
 *
 * const tlb = new Tlb({ entries: 2 });
 * for (const page of [1, 2, 1, 3, 1, 2]) tlb.access(page);
 * assert.equal(tlb.misses, 4);
 * ```
 */
export class Tlb {
  /** Accesses to pages that it did not hold. */
  misses = 0;
  readonly #ways: number;
  readonly #sets: number;
  /** Sets one after another, in each the pages by their last use, the latest first; only where there are several sets. */
  readonly #held: Int32Array;
  /** A list of all pages by their last use, where there is one set: the next and the previous of each page, by its number. */
  #next = new Int32Array(0);
  #previous = new Int32Array(0);
  #first = none;
  #last = none;
  #count = 0;

  /**
   * @param options.entries Pages that it holds.
   * @param options.ways Pages of a set, a divisor of `entries`; all in one set, which is fully associative, when absent.
   * @throws {TypeError} {RangeError} When one of them is not what it must be.
   */
  constructor({ entries, ways = entries }: { entries: number; ways?: number | undefined }) {
    checkWhole(entries, 'entries', 1, mostPages);
    checkWhole(ways, 'ways', 1, entries);
    if (entries % ways !== 0) throw new RangeError(`'ways' must divide the ${entries} entries, got ${ways}`);
    this.#ways = ways;
    this.#sets = entries / ways;
    this.#held = new Int32Array(this.#sets === 1 ? 0 : entries).fill(none);
  }

  /**
   * Uses a page.
   *
   * @param page Its number, a whole one below 2^26; it is not checked.
   * @returns Whether it was held.
   */
  access(page: number): boolean {
    if (page === this.#first) return true;
    const hit = this.#sets === 1 ? this.#accessList(page) : this.#accessSet(page);
    if (!hit) this.misses++;
    return hit;
  }

  #accessSet(page: number): boolean {
    const held = this.#held;
    const start = (page % this.#sets) * this.#ways;
    let at = start;
    const end = start + this.#ways - 1;
    while (at < end && held[at] !== page) at++;
    const hit = held[at] === page;
    for (; at > start; at--) held[at] = held[at - 1]!;
    held[start] = page;
    return hit;
  }

  #accessList(page: number): boolean {
    if (page >= this.#next.length) this.#grow(page);
    const [next, previous] = [this.#next, this.#previous];
    const before = previous[page]!;
    const hit = before !== none;
    if (hit) {
      const after = next[page]!;
      next[before] = after;
      if (after === none) this.#last = before;
      else previous[after] = before;
    } else if (this.#count === this.#ways) {
      const oldest = this.#last;
      const newLast = previous[oldest]!;
      previous[oldest] = none;
      if (oldest === this.#first) this.#first = none;
      else {
        next[newLast] = none;
        this.#last = newLast;
      }
    } else this.#count++;
    next[page] = this.#first;
    // The first has itself before it, so that every page that is held has one.
    previous[page] = page;
    if (this.#first === none) this.#last = page;
    else previous[this.#first] = page;
    this.#first = page;
    return hit;
  }

  #grow(page: number): void {
    if (page >= mostPages) throw new RangeError(`'page' must be below ${mostPages}, got ${page}`);
    const length = Math.max(1024, 2 ** Math.ceil(Math.log2(page + 1)));
    const [next, previous] = [this.#next, this.#previous];
    this.#next = new Int32Array(length).fill(none);
    this.#previous = new Int32Array(length).fill(none);
    this.#next.set(next);
    this.#previous.set(previous);
  }
}
