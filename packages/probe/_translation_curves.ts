import { type Assembler, mem, r8, r9, rax, rdi, rdx } from '@paratune/codegen';
import { addressOf, allocate, free } from '@paratune/native';
import { chase, chaseBody } from './_cache_curves.ts';
import { PointerMemory, STEP_BYTES, shuffled } from './_pointer_chain.ts';
import { type Point, Series } from './_series.ts';
import { timer } from './_timer.ts';

/** The least that a page can be on x86-64. */
const PAGE_BYTES = 4096;
/**
 * Pages are used this far apart. Neighbours would share entries: Zen's TLB holds up to four pages that lie side by side in memory as
 * one entry (AMD, Software Optimization Guide for Zen 5, 58455), and page walks fetch eight at a time. An odd number, so that every set
 * of a TLB is used alike.
 */
const STRIDE_BYTES = 9 * PAGE_BYTES;
const LEAST_LOADS = 4096;

const ENTRIES = [
  ...[
    8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896,
  ],
  ...[1024, 1152, 1280, 1536, 1792, 2048, 2304, 2560, 3072, 3584, 4096, 4608, 5120, 6144, 7168, 8192],
];

/** What reaching a page costs against the number of pages in use; `round` takes one more sample of each point. */
export interface TranslationCurves {
  round(): void;
  /** Core cycles of a load that has a page of its own, less those that as many loads that share pages lose to the caches. */
  cost(): Point[];
  free(): void;
}

/** Prepares memory in small pages, of which as many are touched as the longest TLB may have entries. */
export function translationCurves(mostEntries: number): TranslationCurves {
  const entries = ENTRIES.filter((count) => count <= mostEntries);
  const most = entries.at(-1)!;
  const spread = new PointerMemory(most * STRIDE_BYTES, 'sparse');
  const dense = new PointerMemory(Math.max(2 ** 21, most * STEP_BYTES), 'dense');
  const chaser = timer({ body: chaseBody });
  const apart = new Series(entries);
  const together = new Series(entries);
  const loads = (count: number) => Math.max(LEAST_LOADS, count);
  // Every set of the level 1 cache is used alike: page i at its line i.
  const place = (page: number) => page * STRIDE_BYTES + (page % (PAGE_BYTES / STEP_BYTES)) * STEP_BYTES;
  return {
    round() {
      const sample = (memory: PointerMemory, offset: (index: number) => number) => (count: number) => {
        memory.cycle(Array.from(shuffled(count), offset));
        chase(chaser, memory.address + offset(0), count);
        return chase(chaser, memory.address + offset(0), loads(count));
      };
      apart.round(sample(spread, place));
      together.round(sample(dense, (line) => line * STEP_BYTES));
    },
    cost() {
      const base = together.points(loads);
      return apart.points(loads).map(({ x, y }, index) => ({ x, y: y - base[index]!.y + base[0]!.y }));
    },
    free() {
      chaser.unload();
      spread.free();
      dense.free();
    },
  };
}

const TOUCH_BYTES = 512;

/** Touches `count` words that are `TOUCH_BYTES` apart for the first time, and keeps how many ticks each took in 4 bytes at `argument`. */
function touch(a: Assembler): void {
  a.lfence();
  a.rdtsc();
  a.mov(r9.as(32), rax.as(32));
  a.lfence();
  a.mov(mem({ base: r8 }), rdx);
  a.lfence();
  a.rdtsc();
  a.sub(rax.as(32), r9.as(32));
  a.mov(mem({ base: rdi }), rax.as(32));
  a.add(rdi, 4);
  a.add(r8, TOUCH_BYTES);
}

/** Ticks of the first touch of each word of fresh memory, against its offset: where a page begins, the system must find one. */
export function firstTouches(pages = 128): Point[] {
  const count = (pages * PAGE_BYTES) / TOUCH_BYTES;
  const fresh = allocate(Uint8Array, pages * PAGE_BYTES, { huge: false });
  const ticks = allocate(Uint32Array, count).fill(1);
  const toucher = timer({ body: touch });
  toucher.run({ argument: addressOf(ticks), count: addressOf(fresh), turns: count });
  const touches = Array.from(ticks, (y, index) => ({ x: index * TOUCH_BYTES, y }));
  toucher.unload();
  free(fresh);
  free(ticks);
  return touches;
}

/** Distances between two words that are loaded one after the other. */
export const LINE_DISTANCES = [8, 16, 32, 64, 128, 256] as const;
const BLOCK_BYTES = 512;

/** Cycles of a load against the distance of two words loaded together, in a memory that the level 1 cache cannot hold. */
export function lineCurve(l1DataBytes: number): { round(): void; points(): Point[]; free(): void } {
  // A line of each block is more than the cache holds, so that the first of two words is never there.
  const blocks = Math.ceil((2 * l1DataBytes) / STEP_BYTES);
  const memory = new PointerMemory(Math.max(2 ** 21, blocks * BLOCK_BYTES), 'dense');
  const chaser = timer({ body: chaseBody });
  const series = new Series(LINE_DISTANCES);
  const group = 128;
  return {
    round() {
      series.round((distance) => {
        const offsets: number[] = [];
        // Batches of 64 KiB, as in a PointerChain.
        for (let start = 0; start < blocks; start += group) {
          for (const block of shuffled(Math.min(group, blocks - start))) {
            const first = (start + block) * BLOCK_BYTES + Math.floor((Math.random() * BLOCK_BYTES) / 8) * 8;
            // Forwards or backwards by chance, which no prefetcher foresees; within a line exactly if the distance is less than one.
            offsets.push(first, first ^ distance);
          }
        }
        memory.cycle(offsets);
        chase(chaser, memory.address + offsets[0]!, offsets.length);
        return chase(chaser, memory.address + offsets[0]!, 4 * blocks);
      });
    },
    points: () => series.points(() => 4 * blocks),
    free() {
      chaser.unload();
      memory.free();
    },
  };
}
