import { addressOf, load, type NativeFunction, SystemError, timestampFrequency } from '@paratune/native';
import type { Histogram } from './_histogram.ts';
import type { Region } from './_region.ts';
import { lost, type Supervision } from './_supervision.ts';
import { blockFields, blockLength, loopStatus } from './_x64_loops.ts';

/** Samples that are taken between two looks at anything else: 4 MB of them. */
const MOST_SAMPLES = 2 ** 20;

/** Looks in vain before a loop comes back to see whether the other side lives: a few milliseconds. */
const SPINS = 2 ** 22;

/** The same on one CPU, where each look is a call to the system. */
const YIELDING_SPINS = 2 ** 12;

const errors = { EINTR: 4, EAGAIN: 11, EPIPE: 32, ECONNRESET: 104 } as const;

/** What a side did in a number of iterations. */
export interface Run {
  /** Mean duration of an iteration, in nanoseconds. */
  mean: number;
  /** Duration of each, in ticks of the time-stamp counter. */
  histogram?: Histogram;
}

/** A loop of machine code that passes control to and fro, watched over. */
export class X64Side {
  readonly #loop: NativeFunction;
  readonly #block = new BigInt64Array(blockLength);
  readonly #samples = new Uint32Array(MOST_SAMPLES + 1);
  readonly #buffer: Uint8Array;
  readonly #supervision: Supervision;

  constructor(
    code: Uint8Array,
    region: Region,
    supervision: Supervision,
    { yields = false, messageBytes = 8, readFrom = -1, writeTo = -1 } = {},
  ) {
    this.#loop = load(code);
    this.#supervision = supervision;
    this.#buffer = new Uint8Array(Math.max(8, messageBytes));
    this.#set('region', addressOf(region.words));
    this.#set('buffer', addressOf(this.#buffer));
    this.#set('bytes', messageBytes);
    this.#set('spins', yields ? YIELDING_SPINS : SPINS);
    this.#set('readFrom', readFrom);
    this.#set('writeTo', writeTo);
  }

  #set(name: keyof typeof blockFields, value: number): void {
    this.#block[blockFields[name]] = BigInt(value);
  }

  /** Times that the loop found what must not be. */
  get violations(): number {
    return Number(this.#block[blockFields.violations]);
  }

  /** Passes control so many times, untimed. */
  pass(iterations: number): void {
    for (let left = iterations; left > 0; left -= MOST_SAMPLES) {
      this.#set('samples', addressOf(this.#samples));
      this.#set('sampleStride', 0);
      this.#run(Math.min(left, MOST_SAMPLES));
    }
  }

  /** Passes control once, then so many times with the clock running. Every iteration is counted in the histogram. */
  time(iterations: number, histogram: Histogram): number {
    let ticks = 0;
    for (let left = iterations; left > 0; left -= MOST_SAMPLES) {
      const count = Math.min(left, MOST_SAMPLES);
      this.#set('samples', addressOf(this.#samples));
      this.#set('sampleStride', 4);
      // The first sample has no beginning.
      this.#run(count + 1);
      const samples = this.#samples.subarray(1, count + 1);
      for (const sample of samples) ticks += sample;
      histogram.add(samples);
    }
    return ((ticks / iterations) * 1e9) / timestampFrequency();
  }

  /** What the other side does meanwhile. */
  answer(iterations: number): void {
    // As many as the timed side, which passes it once more for each piece.
    this.pass(iterations + Math.ceil(iterations / MOST_SAMPLES));
  }

  #run(iterations: number): void {
    const block = this.#block;
    this.#set('remaining', iterations);
    this.#set('phase', 0);
    for (;;) {
      this.#loop(block);
      const status = Number(block[blockFields.status]);
      if (status === loopStatus.done) return;
      if (status === loopStatus.system) this.#hear(Number(block[blockFields.result]));
      this.#supervision.look(`${block[blockFields.remaining]} ${block[blockFields.offset]}`);
    }
  }

  /** What the system said in the place of a number of bytes. */
  #hear(result: number): void {
    if (result === 0) throw lost('the other side has closed the connection');
    const errno = -result;
    if (errno === errors.EAGAIN || errno === errors.EINTR) return;
    if (errno === errors.EPIPE || errno === errors.ECONNRESET) throw lost('the other side has reset the connection');
    throw new SystemError('send or recv', errno, 'cannot exchange bytes');
  }

  unload(): void {
    this.#loop.unload();
  }
}
