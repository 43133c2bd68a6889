import { type Assembler, loop, mem, r8, rax, rbx, rcx, rdi } from '@paratune/codegen';
import { percentile } from './_conclude.ts';
import { PointerChain, PointerMemory, STEP_BYTES, shuffled } from './_pointer_chain.ts';
import { type Point, Series } from './_series.ts';
import { type Sample, type Timer, timer } from './_timer.ts';
import { type VectorSet, widestVectors } from './_vector_set.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** One huge page. */
const SMALL_BYTES = 2 * MIB;
const LOADS_A_TURN = 16;
/** So often a footprint is visited before it is timed: some last-level caches (AMD, Zen 4) take in only what has come again and again. */
const WARM_VISITS = 4;
/** Loads in a sample of a chain too long to walk whole each time. */
const MOST_LOADS = 8192;
const LARGE_LOADS = 4096;

/** Dependent loads: each gives the address of the next. */
export function chaseBody(a: Assembler): void {
  for (let i = 0; i < LOADS_A_TURN; i++) a.mov(rdi, mem({ base: rdi }));
}

/** Follows pointers for at least `loads`, and says the sample and how many it were. */
export function chase(chaser: Timer, argument: number, loads: number): Sample & { readonly loads: number } {
  const turns = Math.ceil(loads / LOADS_A_TURN);
  return { ...chaser.run({ argument, turns }), loads: turns * LOADS_A_TURN };
}

/** Loads one word of each line of `count` lines, one after the other. */
function touchLines(a: Assembler): void {
  a.mov(rbx, rdi);
  a.mov(rcx, r8);
  loop(a, rcx, () => {
    a.mov(rax, mem({ base: rbx }));
    a.add(rbx, STEP_BYTES);
  });
}

const VECTORS_A_TURN = 16;
const blockBytes = ({ bytes }: VectorSet) => VECTORS_A_TURN * bytes;
/** So often over a footprint that a sample is some 50 microseconds and more. */
const passes = (bytes: number) => Math.max(1, Math.round((2 * MIB) / bytes));
const smallLoads = (bytes: number) => Math.max(MOST_LOADS, bytes / STEP_BYTES);

/** Loads `count` blocks of 16 vectors, one after the other. */
function loadVectors(a: Assembler, { register, bytes, load }: VectorSet): void {
  a.mov(rbx, rdi);
  a.mov(rcx, r8);
  loop(a, rcx, () => {
    for (let i = 0; i < VECTORS_A_TURN; i++) {
      a.emit(load, register(i % 8), mem({ base: rbx, displacement: i * bytes }));
    }
    a.add(rbx, VECTORS_A_TURN * bytes);
  });
}

const range = (from: number, to: number, step: number) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

/** Footprints of the chain in small memory, in steps small enough to tell 44 from 48 KiB. */
const SMALL_FOOTPRINTS = [4, 8, 12, ...range(16, 80, 4), 96, 112, 128, 160, 192].map((kib) => kib * KIB);

/** Footprints of powers of two and the steps between, all multiples of the chain's batch. */
function footprints(from: number, to: number, steps: readonly number[]): number[] {
  const all: number[] = [];
  for (let power = from; power <= to; power *= 2) {
    for (const step of steps) if (power * step <= to) all.push(power * step);
  }
  return all;
}

/** Footprints around the end of a level 1 cache: x86-64 processors have 32 to 64 KiB. */
const FIRST_FOOTPRINTS = [8, 12, ...range(16, 80, 4), 96, 112].map((kib) => kib * KIB);
/** And around that of a level 2 cache: some 256 KiB to 2 MiB. */
const SECOND_FOOTPRINTS = [
  ...footprints(128 * KIB, 2 * MIB - 1, [1, 1.0625, 1.125, 1.25, 1.375, 1.5, 1.625, 1.75, 1.875]),
  ...footprints(2 * MIB, 4 * MIB, [1, 1.125, 1.25, 1.375, 1.5, 1.75]),
];
/**
 * Places in memory where the level 2 cache is looked at. How evenly its sets fill is up to the pages that the system (and the one
 * below it) gave: the middle of many places says more than any one.
 */
const PLACES = 16;

/** Curves of latency and bandwidth against the footprint; `round` takes one more sample of each point. */
export interface CacheCurves {
  round(): void;
  /** Core cycles of a load, each waiting for the one before. */
  latency(): Point[];
  /** Core cycles of a line, all of the footprint being loaded in order, round and round. */
  throughput(): Point[];
  free(): void;
}

/** The middle one of several curves, point by point. */
function middleOf(curves: readonly Point[][]): Point[] {
  return curves[0]!.map(({ x }, index) => ({
    x,
    y: percentile(
      curves.map((points) => points[index]!.y),
      0.5,
    ),
  }));
}

/** Prepares memory of `largestBytes`, a power of two of at least 8 MiB, and the code that walks it. */
export function cacheCurves(largestBytes: number): CacheCurves {
  const chain = new PointerChain(largestBytes);
  const smallMemory = new PointerMemory(SMALL_BYTES, 'dense');
  const vectors = widestVectors();
  const chaser = timer({ body: chaseBody });
  const toucher = timer({ body: touchLines });
  const loader = timer({ body: (a) => loadVectors(a, vectors), finish: (a) => vectors.end(a) });

  const small = new Series(SMALL_FOOTPRINTS);
  const middle = new Series(footprints(256 * KIB, Math.min(4 * MIB, largestBytes), [1, 1.25, 1.5, 1.75]));
  const large = new Series(footprints(4 * MIB, largestBytes, [1.25, 1.5, 1.75, 2]));
  const first = new Series(FIRST_FOOTPRINTS);
  const second = Array.from({ length: PLACES }, (_, index) => ({
    address: chain.address + Math.floor((index * (largestBytes - 4 * MIB)) / (PLACES - 1) / SMALL_BYTES) * SMALL_BYTES,
    series: new Series(SECOND_FOOTPRINTS),
  }));
  const last = new Series(footprints(4 * MIB, largestBytes, [1.125, 1.25, 1.5, 1.75, 2]));

  const lines = (bytes: number) => bytes / STEP_BYTES;
  const sweep = (bytes: number) => toucher.run({ argument: chain.address, count: lines(bytes), turns: 1 });

  const blocks = (bytes: number) => Math.floor(bytes / blockBytes(vectors));
  const loadedLines = (bytes: number) => lines(blocks(bytes) * blockBytes(vectors)) * passes(bytes);

  const loadInOrder = (argument: number, bytes: number) => {
    const options = { argument, count: blocks(bytes) };
    loader.run({ ...options, turns: 1 });
    return loader.run({ ...options, turns: passes(bytes) });
  };

  return {
    round() {
      small.round((bytes) => {
        const order = shuffled(lines(bytes));
        smallMemory.cycle(order.map((line) => line * STEP_BYTES));
        chase(chaser, smallMemory.address, 2 * order.length);
        return chase(chaser, smallMemory.address, smallLoads(bytes));
      });
      middle.round((bytes) => {
        const argument = chain.close(bytes);
        const { end } = chase(chaser, argument, WARM_VISITS * lines(bytes));
        return chase(chaser, end, MOST_LOADS);
      });
      large.round((bytes) => {
        const argument = chain.close(bytes);
        for (let visit = 0; visit < WARM_VISITS; visit++) sweep(bytes);
        return chase(chaser, argument, LARGE_LOADS);
      });
      first.round((bytes) => loadInOrder(chain.address, bytes));
      for (const { address, series } of second) series.round((bytes) => loadInOrder(address, bytes));
      last.round((bytes) => loadInOrder(chain.address, bytes));
    },
    latency: () => [
      ...small.points(smallLoads),
      ...middle.points(() => MOST_LOADS),
      ...large.points(() => LARGE_LOADS),
    ],
    throughput: () => [
      ...first.points(loadedLines),
      ...middleOf(second.map(({ series }) => series.points(loadedLines))),
      ...last.points(loadedLines),
    ],
    free() {
      for (const each of [chaser, toucher, loader]) each.unload();
      chain.free();
      smallMemory.free();
    },
  };
}
