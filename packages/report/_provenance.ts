import type { ReasonRecord } from '@paratune/record';

/** What an exhibit's records are called. */
interface Source {
  experiment: string;
  /** Those of the experiment that it is drawn from, where it is not from all. */
  metrics?: readonly string[];
}

const rates: Source = { experiment: 'cachedge', metrics: ['mflops'] };
const choices: Source = { experiment: 'cachedge', metrics: ['cacheEdgeBytes'] };
const driver: Source = { experiment: 'dgemm-driver' };
const modelled: Source = { experiment: 'tlb' };

/** Where each table and figure of the paper comes from. */
const sources: { readonly [exhibit: string]: readonly Source[] } = {
  'table-03': [{ experiment: 'probe' }],
  'figure-02': [{ experiment: 'probe' }],
  'figure-03': [rates],
  'figure-04': [rates],
  'figure-05': [choices],
  'table-04': [choices],
  'figure-06': [{ experiment: 'kernels' }],
  'table-05': [{ experiment: 'tune' }],
  'figure-07': [{ experiment: 'tune' }],
  'figure-08': [driver],
  'figure-09': [{ experiment: 'kernel-memory' }],
  'figure-10': [driver],
  'figure-11': [driver],
  'figure-12': [driver],
  'figure-13': [driver],
  'figure-14': [driver, modelled],
  'figure-15': [driver, modelled],
  'figure-16': [{ experiment: 'concurrent-drivers' }],
  'table-06': [{ experiment: 'shm' }],
};

/** The exhibit of the paper that brings one which the paper does not have; the name itself where the paper has it. */
function broughtBy(exhibit: string): string {
  if (exhibit.startsWith('probe-')) return 'table-03';
  if (exhibit === 'communication-latency') return 'table-06';
  return exhibit === 'concurrent-drivers' ? 'figure-16' : exhibit;
}

/** The command that measures an exhibit again; undefined for what no script of the laboratory makes. */
export function rerunOf(exhibit: string, command: string): string | undefined {
  const name = broughtBy(exhibit);
  return Object.hasOwn(sources, name) ? `${command} --only ${name} --fresh` : undefined;
}

/** Of the failed and skipped records those that an exhibit lacks. */
export function missingFrom(exhibit: string, records: readonly ReasonRecord[]): ReasonRecord[] {
  const name = broughtBy(exhibit);
  const own = Object.hasOwn(sources, name) ? sources[name]! : [];
  return records.filter(({ experiment, metric }) =>
    own.some((source) => source.experiment === experiment && (source.metrics?.includes(metric) ?? true)),
  );
}
