import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  cacheSizes,
  lineBytes,
  pageSpacing,
  pipelineCycles,
  registersBeforeSpilling,
  stepAt,
  tlbSizes,
} from './_conclude.ts';
import { recorded } from './_recorded_curves.ts';
import type { Point } from './_series.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

const curve = (xs: readonly number[], y: (x: number) => number): Point[] => xs.map((x) => ({ x, y: y(x) }));
/** Noise only adds: up to `part` of the value. */
const noise = (part: number) => fc.infiniteStream(fc.double({ min: 0, max: part, noNaN: true }));
const noisy = (points: readonly Point[], more: Iterator<number>): Point[] =>
  points.map(({ x, y }) => ({ x, y: y * (1 + more.next().value) }));

const steps = (from: number, to: number, parts: readonly number[]) => {
  const all: number[] = [];
  for (let power = from; power < to; power *= 2) for (const part of parts) all.push(power * part);
  return [...all, to];
};
const footprints = [
  ...Array.from({ length: 28 }, (_, index) => (8 + 4 * index) * KIB),
  ...steps(128 * KIB, 4 * MIB, [1, 1.0625, 1.125, 1.25, 1.375, 1.5, 1.75]),
  ...steps(4 * MIB, 128 * MIB, [1.125, 1.25, 1.5, 1.75]),
];

/** The part of a footprint that misses a cache which replaces what was used longest ago. */
const sharp = (bytes: number, size: number) => (bytes > size ? 1 : 0);
/** The same where pages fall on 16 groups of sets by chance: those of overfull groups miss. */
const uneven = (bytes: number, size: number) => {
  const [mean, ways] = [(16 * bytes) / size, 16];
  let [term, below] = [Math.exp(-mean), 0];
  for (let pages = 0; pages < ways; pages++) {
    below += term;
    term *= mean / (pages + 1);
  }
  return 1 - below;
};
const shared = (bytes: number, size: number) => Math.min(1, Math.max(0, Math.log2(bytes / size) / 2 + 1 / 2));

test('cache sizes are read from curves of caches of any replacement, in noise', () => {
  const sizes = fc.record({
    l1: fc.constantFrom(32, 48, 64).map((kib) => kib * KIB),
    l2: fc.constantFrom(256, 512, 1024, 1280, 2048).map((kib) => kib * KIB),
    last: fc.constantFrom(8, 16, 32).map((mib) => mib * MIB),
    second: fc.constantFrom(sharp, uneven),
    third: fc.constantFrom(sharp, shared),
  });
  fc.assert(
    fc.property(sizes, noise(0.05), ({ l1, l2, last, second, third }, more) => {
      // Pages by chance cannot tell 1280 from 1024 KiB.
      fc.pre(!(l2 === 1280 * KIB && second === uneven));
      const clean = curve(
        footprints,
        (bytes) => 0.5 + 0.8 * sharp(bytes, l1) + 1.2 * second(bytes, l2) + 4 * third(bytes, last),
      );
      assert.deepEqual(cacheSizes(noisy(clean, more), []), { l1DataBytes: l1, l2Bytes: l2, lastLevelBytes: last });
    }),
  );
});

test('a cache whose end is not in the curve has no size', () => {
  const flat = curve(footprints, (bytes) => (bytes > 48 * KIB ? 1.3 : 0.5));
  assert.deepEqual(cacheSizes(flat, []), { l1DataBytes: 48 * KIB, l2Bytes: null, lastLevelBytes: null });
  assert.deepEqual(cacheSizes([], []), { l1DataBytes: null, l2Bytes: null, lastLevelBytes: null });
});

test('where lines in order come from the last level nearly as fast, the latency says where level 2 ends', () => {
  const inOrder = curve(footprints, (bytes) => (bytes > 32 * KIB ? (bytes > 1024 * KIB ? 2.4 : 2) : 1));
  const waiting = curve(footprints, (bytes) => (bytes > 1024 * KIB ? 43 : 14));
  assert.equal(cacheSizes(inOrder, []).l2Bytes, null);
  assert.equal(cacheSizes(inOrder, waiting).l2Bytes, 1024 * KIB);
});

test('a step is found where it is, whatever single points say too much', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 18 }), fc.array(fc.nat(19)), (last, bumps) => {
      const xs = Array.from({ length: 20 }, (_, index) => index + 1);
      const points = curve(xs, (x) => (x > last ? 10 : 4)).map(({ x, y }, index) => ({
        x,
        // The ends of both levels stay as they are: what they say too much, nothing to their right takes back.
        y: bumps.includes(index) && ![last - 1, 19].includes(index) ? y * 3 : y,
      }));
      const at = stepAt(points, 0.5)!;
      assert.ok(at >= last && at <= last + 1, `${at}`);
    }),
  );
  assert.equal(
    stepAt(
      curve([1, 2, 3], () => 4),
      0.5,
    ),
    undefined,
  );
  assert.throws(() => stepAt([], 0.5), RangeError);
});

test('entries of both levels of the TLB', () => {
  const pages = [...Array.from({ length: 47 }, (_, index) => 16 + 8 * index), 448, 512, 640, 768, 1024, 1280, 1536];
  pages.push(1792, 2048, 2560, 3072, 3584, 4096, 4608, 5120, 6144, 7168, 8192);
  const first = fc.constantFrom(64, 72, 96, 128);
  const second = fc.constantFrom(1024, 1536, 2048, 3072, 4096);
  fc.assert(
    fc.property(first, second, noise(0.05), (dtlbEntries, stlbEntries, more) => {
      const walk = (count: number) => (count > stlbEntries ? 50 + (150 * (count - stlbEntries)) / stlbEntries : 0);
      const clean = curve(pages, (count) => 4 + (count > dtlbEntries ? 7 : 0) + walk(count));
      assert.deepEqual(tlbSizes(noisy(clean, more)), { dtlbEntries, stlbEntries });
    }),
  );
  assert.deepEqual(tlbSizes(curve(pages, () => 4)), { dtlbEntries: null, stlbEntries: null });
});

test('the length of a pipeline, of chains through one or two units', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 9 }), fc.constantFrom(1, 2, 4), noise(0.04), (length, units, more) => {
      const chains = Array.from({ length: 12 }, (_, index) => index + 1);
      const clean = curve(chains, (count) => Math.max(length / count, 1 / units));
      assert.equal(pipelineCycles(noisy(clean, more)), length);
    }),
  );
});

test('registers are counted where the line breaks', () => {
  const spilling = fc.record({
    registers: fc.constantFrom(7, 8, 15, 16, 32),
    link: fc.double({ min: 1, max: 4, noNaN: true }),
    through: fc.double({ min: 1.8, max: 12, noNaN: true }),
  });
  fc.assert(
    fc.property(spilling, noise(0.004), ({ registers, link, through }, more) => {
      const values = Array.from({ length: registers + 9 }, (_, index) => index + 4);
      const clean = curve(values, (count) =>
        count <= registers ? count * link : count * link + (count - registers + 1) * link * (through - 1),
      );
      assert.equal(registersBeforeSpilling(noisy(clean, more)), registers);
    }),
  );
  const straight = curve([4, 5, 6, 7, 8, 9, 10, 11], (count) => 2 * count);
  assert.equal(registersBeforeSpilling(straight), undefined);
});

test('a line is as long as the distance at which two loads are two misses', () => {
  fc.assert(
    fc.property(fc.constantFrom(32, 64, 128), noise(0.05), (line, more) => {
      const clean = curve([8, 16, 32, 64, 128, 256], (distance) => (distance < line ? 9 : 14));
      assert.equal(lineBytes(noisy(clean, more)), line);
    }),
  );
  assert.equal(lineBytes(curve([8, 16, 32], () => 9)), undefined);
});

test('a page is as long as the distance between two waits, though others come between', () => {
  const interrupted = fc.uniqueArray(fc.nat(1023), { maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(4096, 16384), interrupted, noise(1), (page, chance, more) => {
      const touches = Array.from({ length: 1024 }, (_, index) => {
        const x = 512 * index;
        const waits = x % page === 0 || chance.includes(index);
        return { x, y: (waits ? 2000 : 60) * (1 + more.next().value) };
      });
      assert.equal(pageSpacing(touches), page);
    }),
  );
  assert.equal(pageSpacing(curve([0, 512, 1024, 1536], () => 60)), undefined);
});

test('curves recorded on a machine that is known', () => {
  for (const { throughput, translation, pairs, fma, fpSpill, integerSpill } of recorded) {
    assert.deepEqual(cacheSizes(throughput, []), {
      l1DataBytes: 48 * KIB,
      l2Bytes: 1024 * KIB,
      lastLevelBytes: 32 * MIB,
    });
    assert.deepEqual(tlbSizes(translation), { dtlbEntries: 96, stlbEntries: 4096 });
    assert.equal(lineBytes(pairs), 64);
    assert.equal(pipelineCycles(fma), 4);
    assert.equal(registersBeforeSpilling(fpSpill), 32);
    assert.equal(registersBeforeSpilling(integerSpill), 15);
  }
});
