import { cacheEdgeRecords, cacheEdgeSearchSchema, selectionRecords } from '@paratune/cachedge';
import { kernelComparisonSchema, kernelRecords } from '@paratune/kernel-bench';
import { machineSchema, probeRecords } from '@paratune/probe';
import { candidateRecord, type RoutineRate, rateRecords, tuneRecords, tuneResultSchema } from '@paratune/tune';
import * as v from 'valibot';
import { programSweep } from './_program_sweep.ts';
import type { Autotuning } from './profiles.ts';

/** Operations a second of a product of matrices, and of one without vectors, on one core of a current server processor. */
const [operationsPerSecond, scalarOperationsPerSecond] = [80e9, 12e9];

/** Edges that the search for CacheEdge tries by itself, with a turn before the first. */
const edges = 20;

const environmentsOf = ({ environments }: Autotuning) => (environments ? { environments } : {});

/** Phase 1: the probe, for Table 3 and Figure 2. */
export const probing = programSweep('probe', ({ autotuning }) => {
  if (!autotuning) return undefined;
  const { runs, quick } = autotuning.probe;
  return {
    ...{ experiment: 'probe', metric: 'l1DataBytes', unit: 'bytes', factors: {}, runs, ...environmentsOf(autotuning) },
    seconds: quick ? 8 : 18,
    commands: [['probe', '--json', ...(quick ? ['--quick'] : [])]],
    records: ([machine], context) => probeRecords(v.parse(machineSchema, machine), context),
  };
});

/** Phase 2: the search, and the rates of the library with what it found, for Table 5 and Figure 7. */
export const tuning = programSweep('tune', ({ autotuning }) => {
  if (!autotuning) return undefined;
  const { runs, budgetSeconds, n, repetitions } = autotuning.tune;
  return {
    ...{ experiment: 'tune', metric: 'mflops', unit: 'Mflops', factors: { n }, runs, ...environmentsOf(autotuning) },
    seconds: budgetSeconds + 5 + (repetitions * 24 * n ** 3) / operationsPerSecond,
    commands: [
      ['tune', 'run', '--json', '--budget', `${budgetSeconds}s`],
      ['tune', 'measure', '--json', '--n', String(n), '--repetitions', String(repetitions)],
    ],
    records([found, measured], { environment, run, identity }) {
      const result = v.parse(tuneResultSchema, found);
      const { rates } = v.parse(v.object({ rates: v.array(rate) }), measured);
      const context = { environment, run, identity, time: result.time };
      const candidates = result.candidates.map((candidate, order) => candidateRecord(candidate, order, context));
      return [...candidates, ...tuneRecords(result, context), ...rateRecords(rates, context)];
    },
  };
});

const rate: v.GenericSchema<RoutineRate> = v.object({
  routine: v.string(),
  precision: v.picklist(['double', 'single']),
  n: v.number(),
  repetition: v.number(),
  mflops: v.number(),
});

/** Phase 3: the rate at each CacheEdge, for Figures 3 and 4. */
export const cacheEdges = programSweep('cachedge', ({ autotuning }) => {
  if (!autotuning) return undefined;
  const { n, repetitions } = autotuning.cacheEdge;
  return {
    ...{
      experiment: 'cachedge',
      metric: 'mflops',
      unit: 'Mflops',
      factors: { n },
      runs: 1,
      ...environmentsOf(autotuning),
    },
    seconds: 1 + ((repetitions + 1) * edges * 2 * n ** 3) / operationsPerSecond,
    commands: [['cachedge', 'run', '--json', '--n', String(n), '--repetitions', String(repetitions)]],
    records: ([search], context) => cacheEdgeRecords(v.parse(cacheEdgeSearchSchema, search), context),
  };
});

/** Phase 3 again and again, each from timings of its own: the edges chosen, for Figure 5 and Table 4. */
export const cacheEdgeSelections = programSweep('cachedge-selections', ({ autotuning }) => {
  if (!autotuning) return undefined;
  const { n, count, repetitions } = autotuning.selections;
  return {
    ...{ experiment: 'cachedge', metric: 'cacheEdgeBytes', unit: 'bytes', factors: { n }, runs: 1 },
    ...environmentsOf(autotuning),
    seconds: 1 + (count * (repetitions + 1) * edges * 2 * n ** 3) / operationsPerSecond,
    commands: [
      [
        'cachedge',
        'select',
        '--json',
        ...['--n', String(n), '--repetitions', String(repetitions), '--selections', String(count)],
      ],
    ],
    records: ([searches], context) => selectionRecords(v.parse(v.array(cacheEdgeSearchSchema), searches), context),
  };
});

/** The classes of kernels side by side, for Figure 6. */
export const kernelClasses = programSweep('kernels', ({ autotuning }) => {
  if (!autotuning) return undefined;
  const { n, repetitions } = autotuning.kernels;
  return {
    ...{
      experiment: 'kernels',
      metric: 'mflops',
      unit: 'Mflops',
      factors: { n },
      runs: 1,
      ...environmentsOf(autotuning),
    },
    seconds: 1 + (repetitions + 1) * 2 * n ** 3 * (2 / scalarOperationsPerSecond + 14 / operationsPerSecond),
    commands: [['kernel-bench', '--json', '--n', String(n), '--repetitions', String(repetitions)]],
    records: ([comparison], context) => kernelRecords(v.parse(kernelComparisonSchema, comparison), context),
  };
});
