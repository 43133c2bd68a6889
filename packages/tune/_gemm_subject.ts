import type { GemmParameters, Tuning } from '@paratune/blas';
import { gemmBlocking, gemmSpec } from '@paratune/codegen';
import { handWritten } from '@paratune/kernels';
import type { Subject, TimedLine } from './_subject.ts';
import { elementBytes, type Precision, workOf } from './_work.ts';
import type { MachineFacts } from './machine_facts.ts';
import type { Parameters } from './tune_result.ts';

/** Register blocks that are tried: those that load least for each multiplication. */
const MOST_BLOCKS = 9;

/** Columns of B that can be read in place: a register block of more has small matrices packed, which costs more than it gains. */
const MOST_COLUMNS = 8;

/** The longest that one call may take at the large size. */
const MOST_SECONDS = 0.025;
const MOST_LARGE = 1200;

/** Columns that are enough for packing A to count as little as in large products. */
const FEW_COLUMNS = 192;

const vectorBytes = { sse2: 16, avx2: 32, avx512: 64 } as const;

/** Time that the search gets, beside 1 of a product with a vector for one source. */
const WEIGHT = 8;

function fit(value: number, unit: number): number {
  return Math.max(1, Math.round(value / unit)) * unit;
}

/** Whether the innermost loop is a generated one: what is written by hand does not look at its parameters. */
const isGenerated = ({ kernel }: GemmParameters) => kernel === 'generated';

/** Whether a kernel can be generated for the parameters. */
function isPossible(
  isa: Tuning['isa'],
  precision: Precision,
  { mc: _mc, kc: _kc, nc: _nc, ...kernel }: GemmParameters,
) {
  try {
    gemmSpec({ isa, precision, ...kernel });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * The register blocks worth trying, of v vectors by nu columns: with as many accumulators as two pipelines take to hide the latency of an
 * addition, if the registers suffice, those first that load least for a multiplication: (v + nu) / (v nu).
 */
function registerBlocks(
  isa: Tuning['isa'],
  best: GemmParameters,
  lanes: number,
  precision: Precision,
  facts: MachineFacts,
) {
  const blocks: GemmParameters[] = [];
  for (let vectors = 1; vectors <= 8; vectors++) {
    for (let nu = 1; nu <= MOST_COLUMNS; nu++) {
      const mu = vectors * lanes;
      const block: GemmParameters = {
        ...best,
        kernel: 'generated',
        mu,
        nu,
        mc: fit(best.mc, mu),
        nc: fit(best.nc, nu),
      };
      if (isPossible(isa, precision, block)) blocks.push(block);
    }
  }
  const enough = Math.min(2 * facts.latencyCycles, Math.max(...blocks.map(({ mu, nu }) => (mu / lanes) * nu)));
  const loads = ({ mu, nu }: GemmParameters) => lanes / mu + 1 / nu;
  return blocks
    .filter(({ mu, nu }) => (mu / lanes) * nu >= enough)
    .sort((one, other) => loads(one) - loads(other))
    .slice(0, MOST_BLOCKS);
}

/** The kernel that was written by hand, if there is one, with its register block and blocks of about the same size. */
function byHand(isa: Tuning['isa'], precision: Precision, best: GemmParameters): GemmParameters[] {
  const written = handWritten(isa, precision);
  if (written === undefined) return [];
  const { mu, nu } = written;
  return [{ ...best, kernel: 'hand-written', mu, nu, mc: fit(best.mc, mu), nc: fit(best.nc, nu) }];
}

/** The subject of a precision's GEMM. `mflops` is about what it runs at. */
export function gemmSubject(start: Tuning, precision: Precision, facts: MachineFacts, mflops: number): Subject {
  const { isa } = start;
  const bytes = elementBytes[precision];
  const key = precision === 'double' ? 'dgemm' : 'sgemm';
  const lanes = isa === 'scalar' ? 1 : vectorBytes[isa] / bytes;
  // Just so large that A is packed; and several blocks of it, if that does not take too long.
  const packed = fit(1.2 * Math.sqrt(facts.caches.l2Bytes / bytes), 8);
  const large = Math.max(packed, fit(Math.min(MOST_LARGE, ((MOST_SECONDS * mflops * 1e6) / 2) ** (1 / 3)), 8));
  const work = (n: number) => workOf('gemm NN', precision, n);
  // As it lies and transposed, which other code packs. For what does not depend on the number of columns some will do.
  const few = (form: 'gemm NN' | 'gemm TT') => workOf(form, precision, packed, Math.min(FEW_COLUMNS, packed));
  const all = [work(100), few('gemm NN'), few('gemm TT')];
  const blocked = (large === packed ? [packed] : [packed, large]).map(work);
  const line = (
    name: string,
    works: TimedLine['works'],
    from: (best: GemmParameters) => readonly Partial<GemmParameters>[],
  ): TimedLine => ({
    name,
    works,
    from: (given) => {
      const best = given as unknown as GemmParameters;
      return from(best)
        .map((change) => ({ ...best, ...change }))
        .filter((candidate) => isPossible(isa, precision, candidate)) as unknown as Parameters[];
    },
  });
  const scaled = (value: number, factors: readonly number[]) => factors.map((factor) => value * factor);
  return {
    routine: 'gemm',
    precision,
    source: 'any',
    isa,
    weight: WEIGHT,
    lines: [
      line('register block', all, (best) => registerBlocks(isa, best, lanes, precision, facts)),
      line('multiply and add', all, (best) =>
        isGenerated(best)
          ? [
              { muladd: 'fused', latency: 1 },
              ...[1, 3, 4, 5, 6].map((latency) => ({ muladd: 'separate', latency }) as const),
            ]
          : [],
      ),
      line('unrolling', all, (best) => (isGenerated(best) ? [1, 2, 4, 8, 16].map((ku) => ({ ku })) : [])),
      // It is in use where operands are packed.
      line('kernel by hand', blocked, (best) => byHand(isa, precision, best)),
      line('blocks for the caches', blocked, ({ mc: _mc, kc: _kc, nc: _nc, ...kernel }) => [
        gemmBlocking(gemmSpec({ isa, precision, ...kernel }), facts.caches),
      ]),
      line('depth of blocks', blocked, (best) =>
        scaled(best.kc, [1.5, 0.67, 1.25, 0.8])
          .map((kc) => fit(kc, 8))
          // The panel of B must fit the level 1 cache, and panels of less depth than this only add to C more often.
          .filter((kc) => kc * best.nu * bytes <= facts.caches.l1DataBytes && kc >= 48)
          .map((kc) => ({
            kc,
            mc: fit((best.mc * best.kc) / kc, best.mu),
            nc: fit((best.nc * best.kc) / kc, best.nu),
          })),
      ),
      line('rows of blocks', blocked, (best) =>
        scaled(best.mc, [1.5, 0.67, 2, 0.5, 1.25, 0.8])
          .map((mc) => fit(mc, best.mu))
          // The block of A must fit the level 2 cache.
          .filter((mc) => mc * best.kc * bytes <= facts.caches.l2Bytes)
          .map((mc) => ({ mc })),
      ),
      line('columns of blocks', blocked, (best) =>
        scaled(best.nc, [2, 0.5])
          .map((nc) => fit(nc, best.nu))
          .filter((nc) => nc * best.kc * bytes <= Math.min(facts.caches.lastLevelBytes, 2 ** 25) && nc >= 64)
          .map((nc) => ({ nc })),
      ),
      line('prefetching of A', blocked, (best) =>
        isGenerated(best) ? [0, 256, 512, 1024, 2048].map((prefetchA) => ({ prefetchA })) : [],
      ),
      line('prefetching of B', blocked, (best) => [{ prefetchB: !best.prefetchB }]),
      line('prefetching of blocks', blocked, (best) => [{ prefetchBlock: !best.prefetchBlock }]),
      line('prefetching of C', blocked, (best) => (isGenerated(best) ? [{ prefetchC: !best.prefetchC }] : [])),
    ],
    confirmed: [
      ...[...new Set([30, 60, 100, 200, packed, large])].map(work),
      ...(['gemm NT', 'gemm TN', 'gemm TT'] as const).map((form) => workOf(form, precision, packed)),
    ],
    of: (tuning) => ({ ...tuning[key] }),
    into: (tuning, parameters) => ({ ...tuning, [key]: parameters as unknown as GemmParameters }),
  };
}
