import { type Helper, maySleep, startHelper } from './_node.ts';
import type { WasmMemory } from './_wasm_memory.ts';
import { ThreadError } from './thread_error.ts';

/**
 * Threads that run a kernel on pieces of a product: workers, each with instances of the modules over the memory that all share. Whoever is
 * free claims the next piece, the caller too, so that a helper that comes late, or never, costs nothing but its share of the work.
 */

/** Words that callers and helpers share. */
const WORDS = { turn: 0, next: 1, pieces: 2, done: 3, isOver: 4, length: 16 } as const;

/** What `next` is while there is no piece to claim. Helpers that look all the same count it up, far from an overflow. */
const CLOSED = 2 ** 30;

/** The doubles that say what a piece is: a kernel's arguments, what lies between the buffers of two threads, and which kernel it is. */
export const PIECE = {
  arguments: 20,
  packedA: 14,
  packedB: 15,
  tile: 16,
  threadBytes: 20,
  kernel: 21,
  length: 22,
} as const;

/** Pieces that a call is cut into for each thread: more than one, so that a late one is not waited for. */
const PIECES_EACH = 2;

/** A helper that has not done its piece in so long has ended: pieces take a tenth of a second, on a quiet machine. */
const LOST_MS = 60_000;

/** A caller looks for so long whether its helpers are done before it sleeps. */
const AWAKE_MS = 0.1;

/** What a helper does: the function `begin` for a worker of Node or of a browser, whose text stands alone. */
const helperCode = `
const begin = ({ memory, words, pieces, modules, number }) => {
  const kernels = modules.map((bytes) => new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports.gemm);
  for (;;) {
    const turn = Atomics.load(words, ${WORDS.turn});
    if (Atomics.load(words, ${WORDS.isOver}) === 1) return;
    for (let piece; (piece = Atomics.add(words, ${WORDS.next}, 1)) < Atomics.load(words, ${WORDS.pieces}); ) {
      const at = pieces.subarray(piece * ${PIECE.length}, (piece + 1) * ${PIECE.length});
      const values = Array.from(at.subarray(0, ${PIECE.arguments}));
      for (const buffer of [${PIECE.packedA}, ${PIECE.packedB}, ${PIECE.tile}]) values[buffer] += number * at[${PIECE.threadBytes}];
      kernels[at[${PIECE.kernel}]](...values);
      Atomics.add(words, ${WORDS.done}, 1);
      Atomics.notify(words, ${WORDS.done});
    }
    Atomics.wait(words, ${WORDS.turn}, turn);
  }
};
`;

/** The threads of one caller, for kernels over one memory. */
export class WasmTeam {
  readonly threads: number;
  readonly #memory: WasmMemory;
  readonly #modules: readonly Uint8Array[];
  #words: Int32Array = new Int32Array(0);
  #pieces: Float64Array = new Float64Array(0);
  #helpers: Helper[] | undefined;

  constructor(threads: number, memory: WasmMemory, modules: readonly Uint8Array[]) {
    this.threads = threads;
    this.#memory = memory;
    this.#modules = modules;
    this.#clear();
  }

  #clear(): void {
    this.#words = new Int32Array(new SharedArrayBuffer(4 * WORDS.length));
    this.#words[WORDS.next] = CLOSED;
    this.#pieces = new Float64Array(new SharedArrayBuffer(8 * PIECE.length * this.mostPieces));
    this.#helpers = undefined;
  }

  get mostPieces(): number {
    return PIECES_EACH * this.threads;
  }

  /** Where what a piece is has to be written, between two calls of `run`. */
  piece(number: number): Float64Array {
    return this.#pieces.subarray(number * PIECE.length, (number + 1) * PIECE.length);
  }

  /**
   * Runs the pieces; none may write what another reads or writes.
   * @param compute Runs one in the calling thread.
   * @returns How many of them helpers ran.
   * @throws {ThreadError} When a helper ended in the middle of a piece.
   */
  run(count: number, compute: (piece: Float64Array) => void): number {
    this.#start();
    const words = this.#words;
    Atomics.store(words, WORDS.done, 0);
    Atomics.store(words, WORDS.pieces, count);
    // What is above is seen by whoever claims a piece from here on.
    Atomics.store(words, WORDS.next, 0);
    Atomics.add(words, WORDS.turn, 1);
    Atomics.notify(words, WORDS.turn);
    let own = 0;
    for (let number = Atomics.add(words, WORDS.next, 1); number < count; number = Atomics.add(words, WORDS.next, 1)) {
      compute(this.piece(number));
      own++;
    }
    Atomics.store(words, WORDS.next, CLOSED);
    const began = performance.now();
    for (let done = Atomics.load(words, WORDS.done); done + own < count; done = Atomics.load(words, WORDS.done)) {
      const waited = performance.now() - began;
      if (waited > LOST_MS) {
        this.stop();
        throw new ThreadError(this.threads);
      }
      // A page may not sleep; and mostly the helpers are about to be done.
      if (waited > AWAKE_MS && maySleep()) Atomics.wait(words, WORDS.done, done, LOST_MS);
    }
    return count - own;
  }

  /** Lets the helpers end; a call after that starts others. */
  stop(): void {
    Atomics.store(this.#words, WORDS.isOver, 1);
    Atomics.add(this.#words, WORDS.turn, 1);
    Atomics.notify(this.#words, WORDS.turn);
    // They may be slow to see it, so others get words of their own.
    this.#clear();
  }

  #start(): void {
    if (this.#helpers !== undefined) return;
    this.#helpers = Array.from({ length: this.threads - 1 }, (_, index) =>
      startHelper(helperCode, {
        memory: this.#memory.object,
        words: this.#words,
        pieces: this.#pieces,
        modules: this.#modules,
        number: index + 1,
      }),
    );
  }
}
