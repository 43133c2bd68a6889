import { describeFactors, operationOf, precisionOf } from './_peers_words.ts';
import { geometricMean } from './_statistics.ts';
import type { PeerComparison, PeerSeries } from './compare_peers.ts';

/** What is asked of a comparison with the peers, and what was measured. */
export interface PeerTarget {
  suite: string;
  /** The routine without its precision: `gemm`, `gemv` or `ger`. */
  operation: string;
  /** What is compared, and over which cases it is taken together. */
  measure: string;
  /** Such as `>= 1.03`. */
  asked: string;
  /** One for each precision and number of threads that something was measured with. */
  results: PeerResult[];
}

/** A {@link PeerTarget} in one precision with one number of threads. */
export interface PeerResult {
  precision: 'double' | 'single';
  threads: number;
  value: number;
  reached: boolean;
  /** How many cases it is taken from. */
  cases: number;
  /** The case that decides, where it is the least of all. */
  at: string | undefined;
}

interface Rule {
  suite: string;
  operations?: readonly string[];
  measure: string;
  /** What a value must be. */
  limit: { sign: '>=' | '>' | '<'; value: number; unit?: string };
  /** The cases it is about; all of the suite by default. */
  where?: (factors: PeerComparison['factors']) => boolean;
  /** The value of one case; undefined where the contender that it needs was not there. */
  of: (comparison: PeerComparison) => { value: number; contender?: string | undefined } | undefined;
  over: 'geometric mean' | 'least' | 'greatest';
}

const leastRatio = (choose: (series: PeerSeries) => boolean) => (comparison: PeerComparison) => {
  const chosen = comparison.series.filter((series) => series.ratio !== undefined && choose(series));
  if (chosen.length === 0) return undefined;
  const best = chosen.reduce((one, other) => (other.ratio! < one.ratio! ? other : one));
  return { value: best.ratio!, contender: chosen.length > 1 ? best.contender : undefined };
};
/** Ours to the best of the shared libraries, that is the one which it is least ahead of. */
const toBestLibrary = leastRatio(({ role }) => role === 'library');
const toBestPackage = leastRatio(({ role }) => role === 'package');
const toOpenBlas = leastRatio(({ contender }) => contender === 'OpenBLAS');
const toYardstick = leastRatio(({ role }) => role === 'yardstick');
/** The slowest variant of ours to the one that they are compared with. */
const variantToOwn = (choose: (contender: string) => boolean) => (comparison: PeerComparison) => {
  const chosen = comparison.series.filter(
    ({ role, ratio, contender }) => role === 'variant' && ratio && choose(contender),
  );
  if (chosen.length === 0) return undefined;
  const slowest = chosen.reduce((one, other) => (other.ratio! > one.ratio! ? other : one));
  return { value: 1 / slowest.ratio!, contender: slowest.contender };
};
const strided = (contender: string) => contender.includes('every');
const own = ({ series }: PeerComparison) =>
  series.flatMap(({ role, median }) => (role === 'own' ? [{ value: median }] : []))[0];
const atLeast = (value: number) => ({ sign: '>=', value }) as const;

/** How fast the library is to be; a row here is a line of the report. */
const rules: readonly Rule[] = [
  {
    suite: 'gemm',
    measure: 'n x n: ratio to the better of OpenBLAS and BLIS',
    limit: atLeast(1.03),
    of: toBestLibrary,
    over: 'geometric mean',
  },
  {
    suite: 'gemm',
    measure: 'n x n: ratio to the better of OpenBLAS and BLIS',
    limit: atLeast(0.97),
    of: toBestLibrary,
    over: 'least',
  },
  {
    suite: 'gemm',
    measure: 'n x n, n >= 1000: part of the FMA peak',
    limit: atLeast(0.95),
    where: ({ n }) => Number(n) >= 1000,
    of: toYardstick,
    over: 'least',
  },
  {
    suite: 'layouts',
    measure: 'n x n, NT, TN, TT, by rows and by columns: ratio to NN',
    limit: atLeast(0.97),
    of: variantToOwn((contender) => !strided(contender)),
    over: 'least',
  },
  {
    suite: 'layouts',
    measure: 'n x n, n >= 500, strides in both directions: ratio to NN',
    limit: atLeast(0.85),
    where: ({ n }) => Number(n) >= 500,
    of: variantToOwn(strided),
    over: 'least',
  },
  {
    suite: 'small',
    measure: 'n = 2 .. 64: ratio to the fastest package of npm',
    limit: { sign: '>', value: 1 },
    of: toBestPackage,
    over: 'least',
  },
  {
    suite: 'small',
    measure: 'n = 16 .. 64: ratio to OpenBLAS',
    limit: atLeast(0.8),
    where: ({ n }) => Number(n) >= 16,
    of: toOpenBlas,
    over: 'least',
  },
  {
    suite: 'call',
    measure: 'a call with all checks, of an empty product',
    limit: { sign: '<', value: 1000, unit: 'ns' },
    of: own,
    over: 'greatest',
  },
  {
    suite: 'rectangular',
    measure: 'm, n, k in 16, 100, 1000, 4000: ratio to the better of OpenBLAS and BLIS',
    limit: atLeast(0.95),
    of: toBestLibrary,
    over: 'geometric mean',
  },
  ...(['gemv', 'ger'] as const).flatMap((operation): Rule[] => {
    const common = { suite: 'vectors', operations: [operation], over: 'least' } as const;
    const inMemory = ({ place }: PeerComparison['factors']) => place === 'memory';
    const stream = operation === 'ger' ? 'a plain read and write' : 'a plain read';
    return [
      {
        ...common,
        measure: `${operation} beyond the private caches: part of the rate of ${stream}`,
        limit: atLeast(0.95),
        where: inMemory,
        of: toYardstick,
      },
      {
        ...common,
        measure: `${operation} beyond the private caches: ratio to OpenBLAS`,
        limit: atLeast(1),
        where: inMemory,
        of: toOpenBlas,
      },
      {
        ...common,
        measure: `${operation} in the private caches: ratio to OpenBLAS`,
        limit: atLeast(1),
        where: (factors) => !inMemory(factors),
        of: toOpenBlas,
      },
    ];
  }),
];

/**
 * Compares what was measured with what is asked of the library: one line for each thing asked.
 *
 * @param comparisons as {@link comparePeers} gives them
 * @returns the lines that something was measured for
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type PeerComparison, type PeerSeries, peerTargets } from '@paratune/report';
 *
 * const series = (contender: string, role: PeerSeries['role'], ratio: number): PeerSeries => ({
 *   contender, role, metric: 'gflops', unit: 'Gflops', median: 80 / ratio, spread: 0, rounds: 5, ratio, threadsUsed: undefined,
 * });
 * const comparison: PeerComparison = {
 *   suite: 'gemm', routine: 'dgemm', threads: 1, factors: { n: 100 },
 *   series: [series('@paratune/blas', 'own', 1), series('OpenBLAS', 'library', 1.04), series('BLIS', 'library', 1.3)],
 * };
 * const [target] = peerTargets([comparison]);
 * assert.equal(target?.asked, '>= 1.03');
 * assert.deepEqual(target?.results.map(({ threads, reached }) => [threads, reached]), [[1, true]]);
 * ```
 */
export function peerTargets(comparisons: readonly PeerComparison[]): PeerTarget[] {
  return rules.flatMap((rule): PeerTarget[] => {
    const about = comparisons.filter(
      (comparison) =>
        comparison.suite === rule.suite &&
        (rule.operations?.includes(operationOf(comparison)) ?? true) &&
        (rule.where?.(comparison.factors) ?? true),
    );
    const threads = [...new Set(about.map((comparison) => comparison.threads))].sort((one, other) => one - other);
    const results = (['double', 'single'] as const).flatMap((precision) =>
      threads.flatMap((count): PeerResult[] => {
        const cases = about.filter((each) => each.threads === count && precisionOf(each) === precision);
        const result = takeTogether(rule, cases);
        return result === undefined ? [] : [{ precision, threads: count, ...result }];
      }),
    );
    if (results.length === 0) return [];
    const { sign, value, unit } = rule.limit;
    return [
      {
        suite: rule.suite,
        operation: operationOf(about[0]!),
        measure: `${rule.measure}, ${rule.over} of ${Math.max(...results.map(({ cases }) => cases))}`,
        asked: [sign, value, unit].filter((part) => part !== undefined).join(' '),
        results,
      },
    ];
  });
}

function takeTogether(
  { of, over, limit }: Rule,
  cases: readonly PeerComparison[],
): Omit<PeerResult, 'precision' | 'threads'> | undefined {
  const values = cases.flatMap((comparison) => {
    const found = of(comparison);
    if (found === undefined) return [];
    const { value, contender } = found;
    const at = [describeFactors(comparison.factors), contender].filter((text) => text).join(', ');
    return [{ value, at }];
  });
  if (values.length === 0) return undefined;
  const reached = (value: number) =>
    ({ '>=': value >= limit.value, '>': value > limit.value, '<': value < limit.value })[limit.sign];
  if (over === 'geometric mean') {
    const value = geometricMean(values.map((one) => one.value));
    return { value, reached: reached(value), cases: values.length, at: undefined };
  }
  const sign = over === 'least' ? 1 : -1;
  const decisive = values.reduce((one, other) => (sign * (other.value - one.value) < 0 ? other : one));
  return { ...decisive, reached: reached(decisive.value), cases: values.length };
}
