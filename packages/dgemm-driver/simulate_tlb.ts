import type { DgemmPlan } from '@paratune/blas';
import { gemmPageAccesses, type MatrixPlace } from '@paratune/codegen';
import { checkWhole } from './_check.ts';
import { Tlb } from './tlb.ts';

/** The TLBs of a processor. */
export interface TlbGeometry {
  /** What it is called in records, such as `paper`. */
  readonly name: string;
  /** Bytes of a page; 4096 when absent. */
  readonly pageBytes?: number | undefined;
  /** Entries for data, and how many a set has: all, which is fully associative, when absent. */
  readonly dataEntries: number;
  readonly dataWays?: number | undefined;
  /** Entries of a second level for data, if there is one; fully associative. */
  readonly secondLevelEntries?: number | undefined;
  /** Entries for instructions, fully associative. */
  readonly instructionEntries: number;
}

/** How often translations were missing: in all levels, as the hardware's counters of page walks count. */
export interface TlbMisses {
  readonly dataTlbMisses: number;
  readonly instructionTlbMisses: number;
}

/**
 * The TLBs of the paper's machine: 64 entries for data and 32 for instructions, pages of 4 KB.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { paperTlb } from '@paratune/dgemm-driver';
 *
 * assert.deepEqual([paperTlb.dataEntries, paperTlb.instructionEntries], [64, 32]);
 * ```
 */
export const paperTlb: TlbGeometry = { name: 'paper', dataEntries: 64, instructionEntries: 32 };

/** What a packing buffer begins at a multiple of. */
const packingAlignment = 2 ** 21;

const alignUp = (bytes: number, alignment: number) => Math.ceil(bytes / alignment) * alignment;

/**
 * Misses of the TLBs while a product is computed: the pages that its kernel touches, in its order (`gemmPageAccesses` of
 * `@paratune/codegen`), go through TLBs that keep what was used last. The matrices lie one after another, each from the start of a page on;
 * all is on pages of the geometry's size, and the TLBs are empty when the product begins.
 *
 * Steps of the innermost loops that reach no new page are passed over, which makes n = 4000 a matter of seconds. That is neither an estimate
 * nor a sample: every block and every tile is walked. With `everyStep` none is passed over, and the misses differ by less than 3 %
 * with 64 entries or more; the tests hold both to the machine code itself, run by an emulator. Not in the model: other programs, the kernel, huge pages,
 * prefetching, and pages that lack of memory takes away.
 *
 * @param plan how the product is computed, as `dgemmPlan` of `@paratune/blas` tells
 * @param geometries the TLBs to simulate, all in one go
 * @param options.everyStep whether to pass no step over; `false` when absent
 * @returns the misses of each
 * @throws {TypeError} {RangeError} when a geometry is not what it must be
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { configure, dgemmPlan, info } from '@paratune/blas';
 * import { paperTlb, simulateTlb } from '@paratune/dgemm-driver';
 *
 * configure({ threads: 1 });
 * if (info().backend === 'x64') {
 *   const [small, large] = [600, 1200].map((n) => simulateTlb(dgemmPlan(n, n, n), [paperTlb])[0]!);
 *   assert.ok(large!.dataTlbMisses > 3 * small!.dataTlbMisses);
 *   assert.ok(large!.instructionTlbMisses < 16);
 * }
 * ```
 */
export function simulateTlb(
  plan: DgemmPlan,
  geometries: readonly TlbGeometry[],
  { everyStep = false }: { everyStep?: boolean } = {},
): TlbMisses[] {
  const simulated = geometries.map((geometry, index) => {
    const { pageBytes = 4096, dataEntries, dataWays, secondLevelEntries, instructionEntries } = geometry;
    checkWhole(pageBytes, `geometries[${index}].pageBytes`, 64);
    return {
      pageBytes,
      data: new Tlb({ entries: dataEntries, ways: dataWays }),
      second: secondLevelEntries === undefined ? undefined : new Tlb({ entries: secondLevelEntries }),
      instructions: new Tlb({ entries: instructionEntries }),
    };
  });
  for (const pageBytes of new Set(simulated.map((each) => each.pageBytes))) {
    const own = simulated.filter((each) => each.pageBytes === pageBytes);
    gemmPageAccesses(
      place(plan, pageBytes),
      {
        data(page) {
          for (const { data, second } of own) if (!data.access(page)) second?.access(page);
        },
        instruction(page) {
          for (const { instructions } of own) instructions.access(page);
        },
      },
      { pageBytes, everyStep },
    );
  }
  return simulated.map(({ data, second, instructions }) => ({
    dataTlbMisses: (second ?? data).misses,
    instructionTlbMisses: instructions.misses,
  }));
}

/** Where everything lies: the matrices as a program allocates them one after another, then the packing buffer, the stack, the code. */
function place(plan: DgemmPlan, pageBytes: number) {
  const { m, n, k, spec, exchanged, packedABytes, packingBytes, codeBytes } = plan;
  const elementBytes = spec.precision === 'double' ? 8 : 4;
  let free = pageBytes;
  const take = (bytes: number, alignment = pageBytes) => {
    const address = alignUp(free, alignment);
    free = address + bytes;
    return address;
  };
  const takeA = () => take(m * k * elementBytes);
  const takeB = () => take(k * n * elementBytes);
  const [a, b] = exchanged ? [takeB(), takeA()].reverse() : [takeA(), takeB()];
  const c = take(m * n * elementBytes);
  const packing = take(packingBytes, packingAlignment);
  const at = (address: number, strides: Omit<MatrixPlace, 'address'>): MatrixPlace => ({ address, ...strides });
  return {
    ...{ spec, m, n, k, mc: plan.mc, kc: plan.kc, nc: plan.nc, codeBytes },
    ...{ a: at(a!, plan.a), b: at(b!, plan.b), c: at(c, plan.c) },
    ...{ packedA: packing, packedB: packing + packedABytes },
    ...{ stack: take(pageBytes), code: take(codeBytes) },
  };
}
