import { addressOf, allocate, free } from '@paratune/native';

/** The unit that chains go through memory by. Every x86-64 processor has lines of 64 bytes; where not, less is new in each step. */
export const STEP_BYTES = 64;
/**
 * A chain visits memory batch by batch, at random within one: what is random over more pages than the TLB has entries would
 * show the TLB and not the caches, and what is not random the prefetchers.
 */
export const BATCH_BYTES = 64 * 1024;

/** The numbers below `count` in random order. */
export function shuffled(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/** Memory in which words point at words. */
export class PointerMemory {
  readonly address: number;
  readonly #words: Uint32Array<ArrayBuffer>;

  /** `'dense'` memory is used everywhere and in huge pages where there are; of `'sparse'` memory only the small pages touched exist. */
  constructor(bytes: number, use: 'dense' | 'sparse') {
    this.#words = allocate(Uint32Array, bytes / 4, { huge: use === 'dense' });
    this.address = addressOf(this.#words);
  }

  /** Makes the word at an offset point at another offset. */
  link(from: number, to: number): void {
    const target = this.address + to;
    this.#words[from / 4] = target % 2 ** 32;
    this.#words[from / 4 + 1] = Math.floor(target / 2 ** 32);
  }

  /** Makes a cycle of the offsets, in their order. */
  cycle(offsets: ArrayLike<number>): void {
    for (let i = 0; i < offsets.length; i++) this.link(offsets[i]!, offsets[(i + 1) % offsets.length]!);
  }

  free(): void {
    free(this.#words);
  }
}

/** One chain through a large memory that can be closed to a cycle after any number of its batches. */
export class PointerChain {
  readonly #memory: PointerMemory;
  readonly #first: number[] = [];
  readonly #last: number[] = [];
  #closed = -1;

  constructor(bytes: number) {
    this.#memory = new PointerMemory(bytes, 'dense');
    // A few orders in turn serve as well as one for each batch, and take a tenth of the time to make.
    const orders = Array.from({ length: 16 }, () => shuffled(BATCH_BYTES / STEP_BYTES));
    let previous: number | undefined;
    for (let start = 0; start < bytes; start += BATCH_BYTES) {
      const order = orders[Math.floor(Math.random() * orders.length)]!;
      this.#first.push(start + order[0]! * STEP_BYTES);
      for (const step of order) {
        const offset = start + step * STEP_BYTES;
        if (previous !== undefined) this.#memory.link(previous, offset);
        previous = offset;
      }
      this.#last.push(previous!);
    }
  }

  /** Where the memory begins. */
  get address(): number {
    return this.#memory.address;
  }

  /** Closes the cycle after `bytes`, a multiple of a batch, and returns the address of its first word. */
  close(bytes: number): number {
    const batches = bytes / BATCH_BYTES;
    if (this.#closed >= 0 && this.#closed + 1 < this.#first.length) {
      this.#memory.link(this.#last[this.#closed]!, this.#first[this.#closed + 1]!);
    }
    this.#closed = batches - 1;
    this.#memory.link(this.#last[this.#closed]!, this.#first[0]!);
    return this.#memory.address + this.#first[0]!;
  }

  free(): void {
    this.#memory.free();
  }
}
