import { type GemmSpec, gemmX64Abi } from '@paratune/codegen';
import { type BoundKernel, bindKernel } from './_bound_kernel.ts';

/**
 * Beyond so many numbers of rows and columns, as far as edges differ by them, a program multiplies all kinds of sizes: one
 * kernel with all edges then takes less time and memory than another for each.
 */
const MOST_EDGES = 32;

/** Rows or columns, in register blocks, that a packed operand must be read again for: for fewer, packing takes longer than it saves. */
const LEAST_REUSES = 2;

/** Columns of B that a kernel can read in place, side by side; a register block of more has them packed. */
const MOST_COLUMNS_IN_PLACE = 8;

/** What a kernel may rely on of its operands. */
type Operands = Pick<GemmSpec, 'packA' | 'packB' | 'layoutA' | 'layoutB' | 'layoutC'>;

const layouts = ['column-major', 'row-major', 'strided'] as const;

function layoutOf(rowStride: number, columnStride: number): 0 | 1 | 2 {
  return rowStride === 1 ? 0 : columnStride === 1 ? 1 : 2;
}

/** What a size comes to for a kernel's edges: itself below the unit, else the unit and what is left when it is divided. */
function edgeOf(size: number, unit: number): number {
  return size < unit ? size : unit + (size % unit);
}

/** The kernels that a specification comes to, one for each kind of operands and edges, generated at its first use. */
export class GemmVariants {
  /** The argument block that all of them are called with. */
  readonly block = new Float64Array(gemmX64Abi.blockLength);
  readonly #spec: GemmSpec;
  /** Elements that the level 2 cache holds. */
  readonly #l2Elements: number;
  /** Kernels by their operands and edges, and with 0 for those, kernels with all edges. */
  readonly #kernels = new Map<number, BoundKernel>();
  /** How many there are of each kind of operands. */
  readonly #counts = new Map<number, number>();

  constructor(spec: GemmSpec, l2Bytes: number) {
    this.#spec = spec;
    this.#l2Elements = l2Bytes / (spec.precision === 'double' ? 8 : 4);
  }

  /** The kernel for a product C = A B, m x k times k x n, of these strides. */
  kernelFor(
    m: number,
    n: number,
    k: number,
    aRowStride: number,
    aColumnStride: number,
    bRowStride: number,
    bColumnStride: number,
    cRowStride: number,
  ): BoundKernel {
    const { mu, nu } = this.#spec;
    const layoutA = layoutOf(aRowStride, aColumnStride);
    const layoutB = layoutOf(bRowStride, bColumnStride);
    const packA = this.#packsA(m, n, k, layoutA);
    const packB = this.#packsB(m, n, k, packA, layoutB);
    const operands =
      1 + (layoutA + 3 * (layoutB + 3 * (cRowStride === 1 ? 0 : 1))) * 4 + (packA ? 2 : 0) + (packB ? 1 : 0);
    const key = operands + 128 * (edgeOf(n, nu) + 2 * nu * edgeOf(m, mu));
    return (
      this.#kernels.get(key) ??
      this.#make(key, m, n, operands, {
        packA,
        packB,
        layoutA: layouts[layoutA],
        layoutB: layouts[layoutB],
        layoutC: cRowStride === 1 ? 'column-major' : 'strided',
      })
    );
  }

  /** What that kernel is generated from, as long as there are not too many of its kind. */
  specFor(
    m: number,
    n: number,
    k: number,
    aRowStride: number,
    aColumnStride: number,
    bRowStride: number,
    bColumnStride: number,
    cRowStride: number,
  ): GemmSpec {
    const layoutA = layoutOf(aRowStride, aColumnStride);
    const layoutB = layoutOf(bRowStride, bColumnStride);
    const packA = this.#packsA(m, n, k, layoutA);
    return this.#specOf(m, n, {
      packA,
      packB: this.#packsB(m, n, k, packA, layoutB),
      layoutA: layouts[layoutA],
      layoutB: layouts[layoutB],
      layoutC: cRowStride === 1 ? 'column-major' : 'strided',
    });
  }

  #packsA(m: number, n: number, k: number, layoutA: 0 | 1 | 2): boolean {
    // A in place is fast as long as it stays in the level 2 cache. Columns of B are read on end, so those may lie anywhere;
    // its rows are visited a line at a time, each on another page, which is slower only for matrices of several such caches.
    return layoutA !== 0 || (m * k > this.#l2Elements && n > LEAST_REUSES * this.#spec.nu);
  }

  #packsB(m: number, n: number, k: number, packA: boolean, layoutB: 0 | 1 | 2): boolean {
    const { isa, mu, nu } = this.#spec;
    return (
      nu > MOST_COLUMNS_IN_PLACE ||
      // What is written by hand reads packed panels; where A stays in place, a generated kernel does.
      (packA && this.#spec.kernel === 'hand-written') ||
      // SSE2 cannot repeat an element as it loads it; of packed ones it loads several and turns them, a tenth faster from n = 64 on.
      ((isa === 'sse2' || (layoutB !== 0 && k * n > 3 * this.#l2Elements)) && m > LEAST_REUSES * mu)
    );
  }

  #specOf(m: number, n: number, given: Operands): GemmSpec {
    const { mu, nu, ku, prefetchC } = this.#spec;
    // What is small enough to stay where it is needs no prefetching, and no turns of several steps to spread that over: less code
    // is made sooner.
    const { packA } = given;
    const kernel = packA ? this.#spec.kernel : 'generated';
    return {
      ...this.#spec,
      ...given,
      ...{ kernel, prefetchC: prefetchC && packA, ku: packA ? ku : 1, m: edgeOf(m, mu), n: edgeOf(n, nu) },
    };
  }

  #make(key: number, m: number, n: number, operands: number, given: Operands): BoundKernel {
    const spec = this.#specOf(m, n, given);
    const count = (this.#counts.get(operands) ?? 0) + 1;
    this.#counts.set(operands, count);
    let bound: BoundKernel;
    if (count <= MOST_EDGES) bound = bindKernel(spec, this.block);
    else {
      bound = this.#kernels.get(operands) ?? bindKernel({ ...spec, m: 'any', n: 'any' }, this.block);
      this.#kernels.set(operands, bound);
    }
    this.#kernels.set(key, bound);
    return bound;
  }
}
