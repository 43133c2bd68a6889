import { type Identity, identityId, type Record } from '@paratune/record';
import { parseName } from './_environments.ts';
import { generator } from './_random.ts';
import { predictedThreshold } from './predicted_threshold.ts';
import type { MeasuredSummary } from './summarize.ts';

/** What {@link paperLike} makes up. */
export interface FixtureOptions {
  environments?: string[];
  dimensions?: number[];
  runs?: number;
  status?: 'measured' | 'simulated';
  /** Environments that are skipped, and why. */
  skipped?: { [environment: string]: string };
  /** Dimensions above which every run of an environment dies. */
  diesAbove?: { [environment: string]: number };
  seed?: number;
}

/** The driver's dimensions in the paper: 100 to 4000 by 100. */
export const paperDimensions = Array.from({ length: 40 }, (_, index) => 100 * (index + 1));

/**
 * Records that look as the paper's curves do, for tests only: nothing in them was measured.
 */
export function paperLike({
  environments = ['native', 'native-256', 'native-756', 'uml-256', 'uml-756'],
  dimensions = paperDimensions,
  runs = 5,
  status = 'measured',
  skipped = {},
  diesAbove = {},
  seed = 1,
}: FixtureOptions = {}): { records: Record[]; identities: Identity[] } {
  const random = generator(seed);
  const records: Record[] = [];
  const identities: Identity[] = [];
  const time = (minutes: number) => new Date(Date.UTC(2026, 0, 31, 12, minutes)).toISOString();
  for (const environment of environments) {
    const { kind, memoryMiB } = parseName(environment);
    const memoryBytes = memoryMiB === undefined ? 24 * 2 ** 30 : memoryMiB * 2 ** 20 - (kind === 'uml' ? 9_800_000 : 0);
    const identity = makeIdentity(kind, memoryBytes);
    identities.push(identity);
    const baselineBytes = 38 * 2 ** 20;
    const threshold = predictedThreshold({ memoryBytes, baselineBytes });
    for (const n of dimensions) {
      for (let run = 0; run < runs; run++) {
        const common = {
          version: 1 as const,
          experiment: 'dgemm-driver',
          environment,
          factors: { n },
          run,
          repetition: 0,
          time: time(n / 100),
          identity: identity.id,
        };
        if (n > (diesAbove[environment] ?? Number.POSITIVE_INFINITY)) {
          const reason = 'out of memory: the kernel killed the process (signal SIGKILL)';
          records.push({ ...common, metric: 'mflops', unit: 'Mflops', status: 'failed', reason });
          continue;
        }
        const noise = (part: number) => 1 + part * (random() - 0.5);
        const needed = baselineBytes + 24 * n ** 2;
        const over = Math.max(0, needed - memoryBytes);
        const pressed = n >= threshold;
        const rate = 78_000 * (1 - Math.exp(-n / 160)) * (kind === 'uml' ? 0.985 : 1);
        const slowed = pressed ? Math.max(0.11, Math.exp(-(n - threshold) / 120)) : 1;
        const metrics: [string, string, number][] = [
          ['mflops', 'Mflops', rate * slowed * noise(pressed ? 0.3 : 0.05)],
          ['seconds', 's', (2 * n ** 3) / (rate * slowed * 1e6)],
          ['residentBytes', 'bytes', Math.round(Math.min(needed, memoryBytes * 0.96) * noise(0.01))],
          ['baselineBytes', 'bytes', Math.round(baselineBytes * noise(0.01))],
          ['systemSwapBytes', 'bytes', pressed ? Math.round((over + 12 * 2 ** 20) * noise(0.2)) : 0],
          [
            'majorFaults',
            'count',
            pressed ? Math.round((over / 4096) * 1.8 * noise(0.3)) + 900 : Math.round(3 * random()),
          ],
          ['minorFaults', 'count', Math.round((needed / 4096 + (over / 4096) * 2.2) * noise(0.03))],
        ];
        for (const [metric, unit, value] of metrics) records.push({ ...common, metric, unit, status, value });
      }
    }
  }
  for (const [environment, reason] of Object.entries(skipped)) {
    const identity = makeIdentity(parseName(environment).kind, 0);
    identities.push(identity);
    for (const n of dimensions) {
      records.push({
        version: 1,
        experiment: 'dgemm-driver',
        environment,
        factors: { n },
        metric: 'mflops',
        unit: 'Mflops',
        run: 0,
        repetition: 0,
        time: time(0),
        identity: identity.id,
        status: 'skipped',
        reason,
      });
    }
  }
  return { records, identities };
}

export function makeIdentity(kind: string, memoryBytes: number): Identity {
  const rest: Omit<Identity, 'id'> = {
    commit: '0123456789abcdef0123456789abcdef01234567',
    dirty: false,
    packages: { '@paratune/record': '0.0.0', '@paratune/report': '0.0.0' },
    node: 'v20.19.0',
    machine: {
      processor: 'Example Processor 9000',
      cpus: 2,
      memoryBytes: 24 * 2 ** 30,
      architecture: 'x64',
    },
    kernel: 'Linux 6.1.0',
    environment: { kind, kernel: kind === 'uml' ? '6.1.176' : '6.1.0', memTotalBytes: memoryBytes, memoryBytes },
  };
  return { id: identityId(rest), ...rest };
}

/** A summary of one run. */
export function at(n: number, value: number): MeasuredSummary {
  return {
    environment: 'native',
    n,
    values: { count: 1, mean: value, minimum: value, maximum: value, median: value },
    failures: [],
  };
}
