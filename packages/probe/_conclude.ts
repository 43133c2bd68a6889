import type { Point } from './_series.ts';

/** A step up must be of this part at least, or it is none. */
const LEAST_STEP = 0.3;

/** The number of the form 2^k times one of `factors` that is nearest by ratio. */
export function nearestSize(size: number, factors: readonly number[]): number {
  const power = 2 ** Math.floor(Math.log2(size));
  const candidates = [power / 2, power, power * 2].flatMap((base) => factors.map((factor) => base * factor));
  const distance = (candidate: number) => Math.abs(Math.log(candidate / size));
  return candidates.reduce((best, candidate) => (distance(candidate) < distance(best) ? candidate : best));
}

/** Takes away what noise put on top of a curve that can only rise: no point is higher than one to its right. */
export function withoutBumps(points: readonly Point[]): Point[] {
  let least = Number.POSITIVE_INFINITY;
  return points
    .map((_, index) => {
      const { x, y } = points[points.length - 1 - index]!;
      least = Math.min(least, y);
      return { x, y: least };
    })
    .reverse();
}

/**
 * Where a curve from a low level to a high one has gone `part` of the way up; undefined when there is no step.
 *
 * @throws {RangeError} when the curve is empty.
 */
export function stepAt(points: readonly Point[], part: number): number | undefined {
  if (points.length === 0) throw new RangeError("'points' must not be empty");
  const curve = withoutBumps(points);
  const low = curve[0]!.y;
  const high = curve.at(-1)!.y;
  if (!(high > low * (1 + LEAST_STEP))) return undefined;
  return reaches(curve, low + part * (high - low));
}

/** Where a curve that only rises gets above a level that it begins below. */
function reaches(curve: readonly Point[], level: number): number | undefined {
  const above = curve.findIndex(({ y }) => y > level);
  if (above < 1) return undefined;
  const [one, other] = [curve[above - 1]!, curve[above]!];
  return one.x * (other.x / one.x) ** ((level - one.y) / (other.y - one.y));
}

/** How the end of a level is read off its curve. */
interface Reading {
  /** How far up the step the level is full. */
  readonly part: number;
  /** Powers of two times these are what hardware has. */
  readonly factors: readonly number[];
}

/**
 * The level 1 cache is indexed by what a page leaves alone and fills evenly: the step is sharp. The level 2 cache is filled by the pages
 * that the system happened to give, so that some sets overflow early and others late, and when all of it is in use more than half
 * misses. The last level may be shared: its step is long, and its foot is what can be counted on.
 */
const readings = {
  l1Data: { part: 1 / 3, factors: [1, 1.25, 1.5] },
  l2: { part: 0.6, factors: [1, 1.25, 1.5] },
  l2Latency: { part: 0.5, factors: [1] },
  lastLevel: { part: 0.35, factors: [1] },
  dtlb: { part: 1 / 3, factors: [1, 1.125, 1.25, 1.5, 1.75] },
} satisfies Record<string, Reading>;

function end(points: readonly Point[], { part, factors }: Reading): number | null {
  const at = points.length > 0 ? stepAt(points, part) : undefined;
  return at === undefined ? null : nearestSize(at, factors);
}

const KIB = 1024;
/** Where a level 1 cache ends on any x86-64 processor: it cannot be larger than its ways times a page. */
const L1_LIMIT = 128 * KIB;
const L2_LIMIT = 4096 * KIB;

/**
 * The sizes of the caches, of the cycles that a line takes against the footprint; null where there is no step. Where lines in order come
 * from the last level nearly as fast as from level 2 (AMD, Zen 4: a fifth slower), the cycles of a load that waits for the one before
 * say where level 2 ends (14 against 43 there), to the power of two: that curve is of one place in memory.
 */
export function cacheSizes(
  cyclesByBytes: readonly Point[],
  latencyByBytes: readonly Point[],
): {
  l1DataBytes: number | null;
  l2Bytes: number | null;
  lastLevelBytes: number | null;
} {
  const between = (from: number, to: number, points = cyclesByBytes) => points.filter(({ x }) => x >= from && x <= to);
  return {
    l1DataBytes: end(between(0, L1_LIMIT), readings.l1Data),
    l2Bytes:
      end(between(L1_LIMIT, L2_LIMIT), readings.l2) ??
      end(between(L1_LIMIT, L2_LIMIT, latencyByBytes), readings.l2Latency),
    lastLevelBytes: end(between(L2_LIMIT, Number.POSITIVE_INFINITY), readings.lastLevel),
  };
}

/** No first level of a TLB has more, no second level fewer. */
const DTLB_LIMIT = 384;

/**
 * A load whose page is in no TLB takes so many times as long as one that the second level knows. There is no high level to go half way
 * to: the more pages, the more often the tables that are walked are in no cache either.
 */
const WALK = 5;

function walksBegin(points: readonly Point[]): number | null {
  const curve = withoutBumps(points);
  const at = curve.length > 0 ? reaches(curve, WALK * curve[0]!.y) : undefined;
  return at === undefined ? null : nearestSize(at, [1, 1.5]);
}

/** The entries of both levels of the TLB, of the cycles of a load against the pages in use. */
export function tlbSizes(cyclesByPages: readonly Point[]): { dtlbEntries: number | null; stlbEntries: number | null } {
  return {
    dtlbEntries: end(
      cyclesByPages.filter(({ x }) => x <= DTLB_LIMIT),
      readings.dtlb,
    ),
    stlbEntries: walksBegin(cyclesByPages.filter(({ x }) => x >= DTLB_LIMIT)),
  };
}

/** Bytes of a line, of the cycles of two loads against their distance: the first distance at which both miss. */
export function lineBytes(points: readonly Point[]): number | undefined {
  const low = Math.min(...points.map(({ y }) => y));
  const high = Math.max(...points.map(({ y }) => y));
  if (!(high > low * (1 + LEAST_STEP))) return undefined;
  return points.find(({ y }) => y > (low + high) / 2)!.x;
}

/** The length of a pipeline in cycles: of operations each of which waits for the one before. */
export function pipelineCycles(cyclesByChains: readonly Point[]): number {
  // With two chains an operation takes half as long each, unless the pipeline is too short for two: the less disturbed counts.
  const waits = cyclesByChains.filter(({ x }) => x <= 2).map(({ x, y }) => x * y);
  const [alone, beside = Number.POSITIVE_INFINITY] = waits as [number, number?];
  return Math.round(Math.round(beside) === Math.round(alone) ? Math.min(alone, beside) : alone);
}

/**
 * How many values stay in registers: `cycles` of a chain through x values, each a link. Up to there a link more takes as long
 * as any; from there on it goes through memory, which takes longer. The break is where two straight lines fit best.
 *
 * @returns undefined when nothing spills.
 */
export function registersBeforeSpilling(cycles: readonly Point[]): number | undefined {
  const line = (points: readonly Point[], through: Point) => {
    let [xx, xy] = [0, 0];
    for (const { x, y } of points) {
      xx += (x - through.x) ** 2;
      xy += (x - through.x) * (y - through.y);
    }
    const slope = xx === 0 ? 0 : xy / xx;
    return { slope, error: points.reduce((sum, { x, y }) => sum + (y - through.y - slope * (x - through.x)) ** 2, 0) };
  };
  let best: { at: number; error: number; before: number; after: number } | undefined;
  for (let index = 2; index < cycles.length - 2; index++) {
    const knee = cycles[index]!;
    // The last that stays is where the first line ends: the second starts at it and leaves it at once.
    const before = line(cycles.slice(0, index + 1), cycles[0]!);
    const kneeOnLine = { x: knee.x, y: cycles[0]!.y + before.slope * (knee.x - cycles[0]!.x) };
    const after = line(cycles.slice(index + 1), cycles[index + 1]!);
    const error = before.error + after.error;
    const jump = (cycles[index + 1]!.y - kneeOnLine.y) / (cycles[index + 1]!.x - knee.x);
    if (jump > before.slope * (1 + LEAST_STEP) && (best === undefined || error < best.error)) {
      best = { at: knee.x, error, before: before.slope, after: after.slope };
    }
  }
  return best !== undefined && best.after > best.before * (1 + LEAST_STEP) ? best.at : undefined;
}

/** Bytes from one first touch that waits for a page to the next one: the distance seen most often. */
export function pageSpacing(touches: readonly Point[]): number | undefined {
  const times = touches.map(({ y }) => y);
  // Faults take many times as long as touches; between the two there is nothing but chance.
  const [least, most] = [Math.min(...times), percentile(times, 0.98)];
  if (!(most > 4 * least)) return undefined;
  const waited = touches.filter(({ y }) => y > Math.sqrt(least * most)).map(({ x }) => x);
  const counts = new Map<number, number>();
  for (let i = 1; i < waited.length; i++) {
    const distance = waited[i]! - waited[i - 1]!;
    counts.set(distance, (counts.get(distance) ?? 0) + 1);
  }
  return [...counts].sort((one, other) => other[1] - one[1])[0]?.[0];
}

/** The value below which the given part of the values lies. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
}
