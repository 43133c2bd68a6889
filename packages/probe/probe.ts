import { totalmem } from 'node:os';
import { affinity, pin, processor, timestampFrequency } from '@paratune/native';
import { chainCurve, fpSpillCurve, integerSpillCurve, issueCurve, registerRates } from './_arithmetic_curves.ts';
import { cacheCurves } from './_cache_curves.ts';
import {
  cacheSizes,
  lineBytes,
  pageSpacing,
  percentile,
  pipelineCycles,
  registersBeforeSpilling,
  tlbSizes,
} from './_conclude.ts';
import { STEP_BYTES } from './_pointer_chain.ts';
import { reported } from './_reported.ts';
import type { Point } from './_series.ts';
import { firstTouches, lineCurve, translationCurves } from './_translation_curves.ts';
import { vectorSet, widestVectors } from './_vector_set.ts';
import type { Machine, MachineCurve } from './machine.ts';

/** How {@linkcode probe} measures. */
export interface ProbeOptions {
  /** Fewer samples, in half of the time: enough on a machine that does nothing else. Default: false. */
  readonly quick?: boolean;
  /** The CPU to measure. Default: the first that this process may run on. */
  readonly cpu?: number;
  /** Called between measurements with what is measured next, and the part that is done, from 0 to 1. */
  readonly onProgress?: (progress: { readonly step: string; readonly done: number }) => void;
}

const MIB = 2 ** 20;
/** The largest footprint: several times the share of a last-level cache that a core has, and at most a quarter of the memory. */
const LARGEST_BYTES = { least: 16 * MIB, most: 128 * MIB };
/** More than any second-level TLB has today. */
const MOST_PAGES = 6144;
/** Repetitions of the register-to-register rates, as in the paper. */
const REPETITIONS = 20;
const OPERATIONS = ['add', 'multiply', 'fma'] as const;

/** The memory this process may use: the machine's, or its control group's. */
function memoryBytes(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

function largestFootprint(): number {
  const part = 2 ** Math.floor(Math.log2(memoryBytes() / 3.5));
  return Math.min(Math.max(part, LARGEST_BYTES.least), LARGEST_BYTES.most);
}

/**
 * Measures this machine by timing generated machine code: caches, TLBs, pipelines, registers, rates.
 *
 * Nothing but the set of instructions is taken from the processor's own description; what it and the system say stands beside each
 * value. The thread is kept on one CPU meanwhile, and does nothing else: 3 to 12 seconds. Every point of every curve is sampled in
 * rounds, some seconds apart from first to last, and each sample has the clock rate of the core measured right before and after.
 *
 * @param options fewer samples, the CPU, and whom to tell how far it is.
 * @returns what was found, with the curves that it was concluded from.
 * @throws {TypeError} if an option is of the wrong type.
 * @throws {RangeError} if this process cannot run on `cpu`.
 * @throws {UnsupportedError} on another platform than Linux on x86-64, or where executable memory is forbidden.
 * @throws {SystemError} if there is not enough memory.
 * @example
 * ```ts
 * import { type Machine, probe, type ProbeOptions } from '@paratune/probe';
 * import assert from 'node:assert/strict';
 *
 * const summary = (options: ProbeOptions): string => {
 *   const { l1DataBytes, fmaCycles }: Machine = probe(options);
 *   return `${l1DataBytes.value} bytes (the system says ${l1DataBytes.reported}), FMA in ${fmaCycles.value} cycles`;
 * };
 * assert.throws(() => summary({ quick: 'yes' as never }), TypeError); // summary({ quick: true }) takes some seconds
 * ```
 */
export function probe(options: ProbeOptions = {}): Machine {
  const { quick = false, cpu = affinity()[0]!, onProgress = () => {} } = options;
  if (typeof quick !== 'boolean') throw new TypeError(`'quick' must be a boolean, got ${JSON.stringify(quick)}`);
  if (typeof onProgress !== 'function') {
    throw new TypeError(`'onProgress' must be a function, got ${JSON.stringify(onProgress)}`);
  }
  const before = pin(cpu);
  try {
    return measure(quick ? 6 : 14, onProgress);
  } finally {
    pin(before);
  }
}

function measure(rounds: number, onProgress: NonNullable<ProbeOptions['onProgress']>): Machine {
  const start = performance.now();
  const hertz = timestampFrequency();
  onProgress({ step: 'preparing memory', done: 0 });
  const caches = cacheCurves(largestFootprint());
  const translation = translationCurves(MOST_PAGES);
  const spills = { 'floating-point': fpSpillCurve(), integer: integerSpillCurve() };
  const issue = issueCurve();
  const chains = [vectorSet('scalar'), widestVectors()].flatMap((set, index) =>
    OPERATIONS.filter((operation) => operation !== 'fma' || set.fused).map((operation) => ({
      operation,
      set,
      width: index === 0 ? ('scalar' as const) : ('vector' as const),
      curve: chainCurve(set, operation),
    })),
  );
  const separate = chainCurve(widestVectors(), 'multiply, add');
  const registers = registerRates();
  const rates = registers.sets.map(() => [] as number[]);
  const cycles: number[] = [];

  for (let round = 0; round < rounds; round++) {
    onProgress({ step: `round ${round + 1} of ${rounds}`, done: 0.05 + (0.9 * round) / rounds });
    for (const each of [caches, translation, ...Object.values(spills), issue, separate]) each.round();
    for (const { curve } of chains) curve.round();
    for (let repetition = 0; repetition < Math.ceil(REPETITIONS / rounds); repetition++) {
      rates.forEach((found, index) => {
        const { mflops, sample } = registers.sample(index, hertz);
        found.push(mflops);
        cycles.push(sample.before);
      });
    }
  }
  onProgress({ step: 'line and page', done: 0.95 });
  const throughput = caches.throughput();
  const latency = caches.latency();
  const { l1DataBytes, l2Bytes, lastLevelBytes } = cacheSizes(throughput, latency);
  const pairs = lineCurve(l1DataBytes ?? 32768);
  for (let round = 0; round < rounds; round++) pairs.round();
  const touches = firstTouches();

  const gigahertz = hertz / 1e9 / percentile(cycles, 0.5);
  const cost = translation.cost();
  const pipelines = chains.map(({ operation, width, curve }) => ({
    operation,
    width,
    cycles: pipelineCycles(curve.points()),
  }));
  const vectorCycles = (operation: (typeof OPERATIONS)[number]) =>
    pipelines.find((pipeline) => pipeline.operation === operation && pipeline.width === 'vector')?.cycles ?? null;
  const fmaCycles = vectorCycles('fma');
  const summary = registers.sets.map(({ isa, precision }, index) => {
    const repetitions = rates[index]!.slice(-REPETITIONS);
    return { isa, precision, mflops: percentile(repetitions, 0.5), repetitions };
  });
  const measured = {
    l1DataBytes,
    l2Bytes,
    lastLevelBytes,
    lineBytes: lineBytes(pairs.points()),
    pageBytes: pageSpacing(touches),
    ...tlbSizes(cost),
    addCycles: vectorCycles('add'),
    mulCycles: vectorCycles('multiply'),
    fmaCycles,
    fpRegisters: registersBeforeSpilling(spills['floating-point'].points()),
    integerRegisters: registersBeforeSpilling(spills.integer.points()),
    muladd: fmaCycles !== null && fmaCycles < pipelineCycles(separate.points()),
    issueRate: Math.round(10 / Math.min(...issue.points().map(({ y }) => y))) / 10,
    peakMflops: Math.max(...summary.filter(({ precision }) => precision === 'double').map(({ mflops }) => mflops)),
  };
  const said = reported();
  const checked = Object.fromEntries(
    Object.entries(measured).map(([name, value = null]) => {
      const claim = said[name as keyof typeof said];
      return [name, { value, reported: claim, agrees: value === null || claim === null ? null : value === claim }];
    }),
  ) as Pick<Machine, keyof typeof measured>;

  const machine: Machine = {
    version: 1,
    time: new Date().toISOString(),
    seconds: (performance.now() - start) / 1000,
    processor: processor().name,
    gigahertz,
    ...checked,
    rates: summary,
    pipelines,
    levels: levels(latency, throughput, gigahertz, { l1DataBytes, l2Bytes, lastLevelBytes }),
    curves: [
      curve('loadCycles', 'cycles', 'footprintBytes', latency),
      curve(
        'bandwidth',
        'GB/s',
        'footprintBytes',
        throughput.map(({ x, y }) => ({ x, y: (STEP_BYTES * gigahertz) / y })),
      ),
      curve('translationCycles', 'cycles', 'pages', cost),
      curve('pairCycles', 'cycles', 'distanceBytes', pairs.points()),
      curve('touchTicks', 'ticks', 'offsetBytes', touches.slice(0, 128)),
      ...chains.map(({ operation, width, set, curve: chain }) =>
        curve(
          'chainMflops',
          'Mflops',
          'chains',
          chain
            .points()
            .map(({ x, y }) => ({ x, y: (set.lanes * (operation === 'fma' ? 2 : 1) * gigahertz * 1e3) / y })),
          { operation, width },
        ),
      ),
      ...Object.entries(spills).map(([registers, spill]) =>
        curve('spillCycles', 'cycles', 'values', spill.points(), { registers }),
      ),
    ],
  };
  for (const each of [caches, translation, pairs]) each.free();
  for (const each of [
    ...Object.values(spills),
    issue,
    separate,
    ...chains.map(({ curve: chain }) => chain),
    registers,
  ]) {
    each.unload();
  }
  onProgress({ step: 'done', done: 1 });
  return machine;
}

function curve(
  name: string,
  unit: string,
  x: string,
  points: readonly Point[],
  factors: MachineCurve['factors'] = {},
): MachineCurve {
  return { name, unit, x, factors, points: points.map((point) => [point.x, point.y]) };
}

/** Latency and bandwidth from the middle of each level that was found. */
function levels(
  latency: readonly Point[],
  throughput: readonly Point[],
  gigahertz: number,
  sizes: { l1DataBytes: number | null; l2Bytes: number | null; lastLevelBytes: number | null },
): Machine['levels'] {
  const found: Machine['levels'] = [];
  // Well inside a level: beyond the one below by half, and not near its own end.
  const add = (level: Machine['levels'][number]['level'], from: number, to: number) => {
    const least = (points: readonly Point[]) =>
      Math.min(...points.filter(({ x }) => x >= from && x <= to).map(({ y }) => y));
    const [cycles, lineCycles] = [least(latency), least(throughput)];
    if (!Number.isFinite(cycles) || !Number.isFinite(lineCycles)) return;
    const gigabytesPerSecond = (STEP_BYTES * gigahertz) / lineCycles;
    found.push({ level, cycles, nanoseconds: cycles / gigahertz, gigabytesPerSecond });
  };
  const { l1DataBytes, l2Bytes, lastLevelBytes } = sizes;
  if (l1DataBytes !== null) add('l1Data', 0, l1DataBytes / 2);
  if (l1DataBytes !== null && l2Bytes !== null) add('l2', 2 * l1DataBytes, l2Bytes / 2);
  if (l2Bytes !== null && lastLevelBytes !== null) add('lastLevel', 2 * l2Bytes, lastLevelBytes / 2);
  if (lastLevelBytes !== null) add('memory', latency.at(-1)!.x, latency.at(-1)!.x);
  return found;
}
