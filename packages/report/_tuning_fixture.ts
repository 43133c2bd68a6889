import type { Identity, Record } from '@paratune/record';
import { parseName } from './_environments.ts';
import { makeIdentity } from './_fixture.ts';
import { generator } from './_random.ts';

/** What {@link tuningLike} makes up. */
export interface TuningFixtureOptions {
  environments?: string[];
  repetitions?: number;
  seed?: number;
}

/** Records as the probe, the tuner and the search for CacheEdge leave them, for tests only: nothing in them was measured. */
export function tuningLike({
  environments = ['native', 'native-256', 'native-756', 'uml-256', 'uml-756'],
  repetitions = 20,
  seed = 1,
}: TuningFixtureOptions = {}): { records: Record[]; identities: Identity[] } {
  const random = generator(seed);
  const records: Record[] = [];
  const identities = environments.map((environment) => {
    const { kind, memoryMiB = 24 * 1024 } = parseName(environment);
    const identity = makeIdentity(kind, memoryMiB * 2 ** 20);
    const add = (
      experiment: string,
      metric: string,
      unit: string,
      factors: Record['factors'],
      value: number,
      { run = 0, repetition = 0 } = {},
    ) =>
      records.push({
        ...{ version: 1, experiment, environment, factors, metric, unit, run, repetition, value },
        ...{ time: '2026-01-31T12:00:00.000Z', identity: identity.id, status: 'measured' },
      });
    const rates = (experiment: string, metric: string, factors: Record['factors'], mean: number) => {
      for (let repetition = 0; repetition < repetitions; repetition++) {
        add(experiment, metric, 'Mflops', factors, mean * (1 + 0.02 * (random() - 0.5)), { repetition });
      }
    };

    for (let run = 0; run < 3; run++) {
      for (const [metric, unit, value, reported] of characteristics) {
        add('probe', metric, unit, { source: 'measured' }, metric === 'l2Bytes' && run === 2 ? 2 * value : value, {
          run,
        });
        if (reported !== undefined) add('probe', metric, unit, { source: 'reported' }, reported, { run });
      }
      for (let power = 12; power <= 28; power++) {
        const levels = [48 * 2 ** 10, 2 ** 20, 2 ** 25].filter((bytes) => 2 ** power > bytes).length;
        const cycles = [4, 15, 70, 350][levels]! * (1 + 0.1 * random());
        add('probe', 'loadCycles', 'cycles', { footprintBytes: 2 ** power }, cycles, { run });
      }
      for (let chains = 1; chains <= 16; chains++) {
        for (const operation of ['add', 'fma']) {
          const rate = (operation === 'fma' ? 110_000 : 55_000) * Math.min(1, chains / 8);
          add('probe', 'chainMflops', 'Mflops', { operation, width: 'vector', chains }, rate, { run });
        }
      }
    }
    const isas = { sse2: 27_000, avx2: 55_000, avx512: 110_000 };
    for (const [precision, factor] of [
      ['double', 1],
      ['single', 2],
    ] as const) {
      for (const [isa, peak] of Object.entries(isas)) {
        rates('probe', 'registerMflops', { isa, precision }, peak * factor);
        rates('kernels', 'mflops', { isa, precision, kernel: 'generated' }, peak * factor * 0.97);
        rates('kernels', 'mflops', { isa, precision, kernel: 'hand-written' }, peak * factor * 0.96);
      }
      rates('kernels', 'mflops', { isa: 'scalar', precision, kernel: 'generated scalar' }, 13_000);
      for (const [routine, values] of Object.entries(parameters)) {
        for (const [metric, value] of Object.entries(values)) {
          add('tune', metric, 'elements', { routine, precision }, value * (kind === 'uml' && metric === 'mc' ? 2 : 1));
        }
      }
      const letter = precision[0];
      for (const form of ['NN', 'NT', 'TN', 'TT']) {
        rates('tune', 'mflops', { routine: `${letter}gemm ${form}`, precision, n: 1000 }, 100_000 * factor);
      }
      for (const routine of ['gemv N', 'gemv T', 'ger']) {
        rates('tune', 'mflops', { routine: letter + routine, precision, n: 1000 }, 9000 * factor);
      }
    }
    const edges = [
      0,
      ...Array.from({ length: 18 }, (_, index) => 2 ** (13 + index / 2)).map((size) => 64 * Math.round(size / 64)),
    ];
    for (const cacheEdge of edges) {
      const part = cacheEdge === 0 ? 0.7 : 1 - 0.3 / (1 + cacheEdge / 2 ** 16);
      rates('cachedge', 'mflops', { n: 1000, cacheEdge }, 100_000 * part);
    }
    for (let run = 0; run < 20; run++) {
      const edge = random() < 0.1 ? 0 : 2 ** (19 + Math.floor(3 * random()));
      add('cachedge', 'cacheEdgeBytes', 'bytes', { n: 1000 }, edge, { run });
    }
    return identity;
  });
  return { records, identities };
}

/** Metric, unit, what is measured, what the system says. */
const characteristics: [string, string, number, number?][] = [
  ['l1DataBytes', 'bytes', 48 * 2 ** 10, 48 * 2 ** 10],
  ['l2Bytes', 'bytes', 2 ** 20, 2 ** 21],
  ['lastLevelBytes', 'bytes', 2 ** 25, 2 ** 25],
  ['lineBytes', 'bytes', 64, 64],
  ['pageBytes', 'bytes', 4096, 4096],
  ['dtlbEntries', 'entries', 96],
  ['integerRegisters', 'registers', 14],
  ['addCycles', 'cycles', 3],
  ['mulCycles', 'cycles', 3],
  ['fmaCycles', 'cycles', 4],
  ['fpRegisters', 'registers', 32, 32],
  ['muladd', '', 1, 1],
];

const parameters = {
  gemm: { nb: 384, mc: 144, nc: 4080, muladd: 1, latency: 4, mu: 24, nu: 8, ku: 4 },
  'gemv N': { xUnroll: 4, yUnroll: 32 },
  'gemv T': { xUnroll: 8, yUnroll: 4 },
  ger: { xUnroll: 16, yUnroll: 2 },
};
