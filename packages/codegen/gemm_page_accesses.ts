import { checkInteger } from './_spec_checks.ts';
import { elementBytes, vectorClass } from './_vector_class.ts';
import { contiguousIn } from './_x64_gemm_packing.ts';
import type { GemmSpec } from './gemm_spec.ts';

/** Where a matrix lies: the address of its first element in bytes, and strides in elements. */
export interface MatrixPlace {
  readonly address: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** A call of a GEMM kernel in machine code, as {@linkcode gemmX64Abi} describes it, and where everything is that it touches. */
export interface PlacedGemm {
  readonly spec: GemmSpec;
  /** C is m x n, k the depth of the product; all at least 1. */
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Sizes of the packed blocks, in elements. */
  readonly mc: number;
  readonly kc: number;
  readonly nc: number;
  readonly a: MatrixPlace;
  readonly b: MatrixPlace;
  readonly c: MatrixPlace;
  /** Addresses of the two packing buffers, of the kernel's frame on the stack, and of its code. */
  readonly packedA: number;
  readonly packedB: number;
  readonly stack: number;
  readonly code: number;
  readonly codeBytes: number;
}

/** What is told of a walk: the number of each page in turn, its address divided by the size of a page. */
export interface PageVisitor {
  data(page: number): void;
  instruction(page: number): void;
}

/** How a walk is told. */
export interface PageAccessOptions {
  /** Bytes of a page; 4096 when absent. */
  readonly pageBytes?: number;
  /** Whether every step of the innermost loops is told, not only those that reach a new page; `false` when absent. */
  readonly everyStep?: boolean;
}

/** Streams that a loop moves along side by side: each begins somewhere, goes on by so much a step, and takes so many bytes. */
class Streams {
  readonly #base: number[] = [];
  readonly #step: number[] = [];
  readonly #width: number[] = [];
  readonly #next: number[] = [];
  #count = 0;
  readonly #visit: (page: number) => void;
  readonly #pageBytes: number;

  constructor(visitor: PageVisitor, pageBytes: number) {
    this.#visit = (page) => visitor.data(page);
    this.#pageBytes = pageBytes;
  }

  clear(): void {
    this.#count = 0;
  }

  add(base: number, step: number, width: number): void {
    const index = this.#count++;
    this.#base[index] = base;
    this.#step[index] = step;
    this.#width[index] = width;
  }

  /** Visits what all streams take at one step. */
  #stepAt(step: number): void {
    const pageBytes = this.#pageBytes;
    for (let index = 0; index < this.#count; index++) {
      const at = this.#base[index]! + step * this.#step[index]!;
      const first = Math.floor(at / pageBytes);
      const last = Math.floor((at + this.#width[index]! - 1) / pageBytes);
      this.#visit(first);
      if (last !== first) this.#visit(last);
    }
  }

  everyStep(steps: number): void {
    for (let step = 0; step < steps; step++) this.#stepAt(step);
  }

  /**
   * Visits the pages of steps from 0 to `steps` as they are reached, and all those of the last step. Where `together`, all streams are
   * visited when one reaches a page.
   */
  newPages(steps: number, together: boolean): void {
    const pageBytes = this.#pageBytes;
    this.#stepAt(0);
    for (let index = 0; index < this.#count; index++) this.#next[index] = this.#reaches(index, 0);
    let any = false;
    for (;;) {
      let now = steps;
      for (let index = 0; index < this.#count; index++) if (this.#next[index]! < now) now = this.#next[index]!;
      if (now === steps) break;
      any = true;
      for (let index = 0; index < this.#count; index++) {
        if (this.#next[index] !== now) continue;
        this.#next[index] = this.#reaches(index, now);
        if (together) continue;
        const at = this.#base[index]! + now * this.#step[index]!;
        const first = Math.floor(at / pageBytes);
        const last = Math.floor((at + this.#width[index]! - 1) / pageBytes);
        // A stream of short steps has been on the first of two pages already.
        if (last !== first && Math.abs(this.#step[index]!) >= pageBytes) this.#visit(first);
        this.#visit(last);
      }
      if (together) this.#stepAt(now);
    }
    if (any) this.#stepAt(steps - 1);
  }

  /** The step after `step` at which a stream reaches a page that it was not on. */
  #reaches(index: number, step: number): number {
    const stride = this.#step[index]!;
    if (stride === 0) return Number.POSITIVE_INFINITY;
    if (stride < 0 || stride >= this.#pageBytes) return step + 1;
    const last = this.#base[index]! + step * stride + this.#width[index]! - 1;
    const boundary = (Math.floor(last / this.#pageBytes) + 1) * this.#pageBytes;
    return step + Math.ceil((boundary - last) / stride);
  }
}

/**
 * Tells which pages a GEMM kernel of {@linkcode x64Gemm} touches, in its order: those that it packs from and to, of the operands that its
 * micro-kernels read packed or in place, of C and of its frame; and the pages of its code once for each block. It is the loop nest
 * of the generator, without the arithmetic.
 *
 * As told by default, a step of the innermost loop that touches the pages of the step before is left out, and of one that
 * reaches a new page only that one is told; at the end of a loop all are told again, so that they are known to be the last
 * used. With `everyStep` nothing is left out. Prefetches are not told: they take pages a little sooner that are used all the same. A factor
 * alpha of 0, with which a kernel reads neither A nor B, is not provided for.
 *
 * @param call the kernel, the sizes, and where everything is
 * @param visitor is told the pages
 * @param options the size of a page, and how much is told
 * @throws {TypeError} {RangeError} when a size is not a positive integer
 *
 * @example The pages of a small product that reads its operands in place:
 * ```ts
 * import assert from 'node:assert/strict';
 * import { gemmPageAccesses, gemmSpec } from '@paratune/codegen';
 *
 * const spec = gemmSpec({ isa: 'avx2', packA: false, packB: false, layoutA: 'column-major', layoutB: 'column-major' });
 * const place = (address: number) => ({ address, rowStride: 1, columnStride: 64 });
 * const pages = new Set<number>();
 * const [m, mc] = [64, spec.mu];
 * gemmPageAccesses(
 *   {
 *     ...{ spec, m, n: m, k: m, mc, kc: 64, nc: spec.nu, a: place(0), b: place(0x10000), c: place(0x20000) },
 *     ...{ packedA: 0x30000, packedB: 0x40000, stack: 0x50000, code: 0x60000, codeBytes: 5000 },
 *   },
 *   { data: (page) => pages.add(page), instruction() {} },
 * );
 * assert.equal(pages.size, 3 * ((8 * m * m) / 4096) + 1);
 * ```
 */
export function gemmPageAccesses(call: PlacedGemm, visitor: PageVisitor, options: PageAccessOptions = {}): void {
  const { spec, m, n, k, mc, kc, nc, a, b, c } = call;
  const { pageBytes = 4096, everyStep = false } = options;
  for (const [name, value] of Object.entries({ m, n, k, mc, kc, nc, pageBytes })) {
    checkInteger(name, value, 1, Number.MAX_SAFE_INTEGER);
  }
  const { mu, nu, packA, packB } = spec;
  const bytes = elementBytes[spec.precision];
  const { lanes: vectorLanes } = vectorClass(spec.isa, spec.precision);
  // Packing moves pieces of 16 bytes.
  const pieceLanes = 16 / bytes;
  const streams = new Streams(visitor, pageBytes);
  const touch = (address: number) => visitor.data(Math.floor(address / pageBytes));

  const run = (steps: number, together = false) => {
    if (everyStep) streams.everyStep(steps);
    else streams.newPages(steps, together);
  };

  /** Packs a block into panels of `unit`, as `emitPacking` does. */
  const pack = (
    source: number,
    target: number,
    [widthStride, depthStride]: readonly [number, number],
    [width, depth]: readonly [number, number],
    { unit, contiguous, grouped }: { unit: number; contiguous: string; grouped: boolean },
  ) => {
    const group = bytes * unit < 128 ? 4 : 2;
    const panelBytes = depth * unit * bytes;
    while (width > 0) {
      if (grouped && contiguous === 'across' && width >= group * unit) {
        streams.clear();
        streams.add(source, depthStride * bytes, group * unit * bytes);
        for (let panel = 0; panel < group; panel++)
          streams.add(target + panel * panelBytes, unit * bytes, unit * bytes);
        run(depth);
        source += group * unit * bytes;
        target += group * panelBytes;
        width -= group * unit;
        continue;
      }
      let left = Math.min(width, unit);
      if (left < unit) {
        streams.clear();
        streams.add(target, unit * bytes, unit * bytes);
        run(depth);
      }
      for (let at = 0; left > 0; ) {
        const lanes = stripLanes(left, contiguous, vectorLanes, pieceLanes);
        streams.clear();
        if (contiguous === 'across') streams.add(source + at * widthStride * bytes, depthStride * bytes, lanes * bytes);
        else {
          for (let row = 0; row < lanes; row++) {
            streams.add(source + (at + row) * widthStride * bytes, depthStride * bytes, bytes);
          }
        }
        streams.add(target + at * bytes, unit * bytes, lanes * bytes);
        run(depth);
        at += lanes;
        left -= lanes;
      }
      source += unit * widthStride * bytes;
      target += panelBytes;
      width -= unit;
    }
  };

  /** The elements of a tile of C. */
  const updateTile = (at: number, rows: number, columns: number) => {
    for (let column = 0; column < columns; column++) {
      const top = at + column * c.columnStride * bytes;
      if (c.rowStride === 1) {
        touch(top);
        const bottom = top + rows * bytes - 1;
        if (Math.floor(bottom / pageBytes) !== Math.floor(top / pageBytes)) touch(bottom);
      } else for (let row = 0; row < rows; row++) touch(top + row * c.rowStride * bytes);
    }
  };

  const tile = (
    panelA: number,
    panelB: number,
    atC: number,
    [rows, columns, depth]: readonly [number, number, number],
  ) => {
    touch(call.stack);
    streams.clear();
    if (packA) streams.add(panelA, mu * bytes, mu * bytes);
    else streams.add(panelA, a.columnStride * bytes, rows * bytes);
    if (packB) streams.add(panelB, nu * bytes, columns * bytes);
    else {
      for (let column = 0; column < columns; column++) {
        streams.add(panelB + column * b.columnStride * bytes, b.rowStride * bytes, bytes);
      }
    }
    // In place A goes to another page in a few steps: others, which stay, would seem not to have been used for long.
    run(depth, !packA);
    touch(call.stack);
    updateTile(atC, rows, columns);
  };

  for (let column = 0; column < n; ) {
    const columns = Math.min(n - column, nc);
    for (let deep = 0; deep < k; ) {
      const depth = depthOf(k - deep, kc);
      for (let row = 0; row < m; ) {
        const rows = Math.min(m - row, mc);
        visitCode(call, pageBytes, visitor);
        const blockA = a.address + (row * a.rowStride + deep * a.columnStride) * bytes;
        if (packA) {
          const contiguous = contiguousIn(spec.layoutA, 'column-major');
          const known = contiguous === 'any' ? contiguousOf(a.rowStride, a.columnStride) : contiguous;
          pack(blockA, call.packedA, [a.rowStride, a.columnStride], [rows, depth], {
            ...{ unit: mu, contiguous: known, grouped: true },
          });
        }
        for (let across = 0; across < columns; across += nu) {
          const wide = Math.min(nu, columns - across);
          const inPlaceB = b.address + ((column + across) * b.columnStride + deep * b.rowStride) * bytes;
          const panelB = packB ? call.packedB + across * depth * bytes : inPlaceB;
          if (packB && row === 0) {
            const contiguous = contiguousIn(spec.layoutB, 'row-major');
            const known = contiguous === 'any' ? contiguousOf(b.columnStride, b.rowStride) : contiguous;
            pack(inPlaceB, panelB, [b.columnStride, b.rowStride], [wide, depth], {
              ...{ unit: nu, contiguous: known, grouped: false },
            });
          }
          for (let down = 0; down < rows; down += mu) {
            const high = Math.min(mu, rows - down);
            const panelA = packA ? call.packedA + down * depth * bytes : blockA + down * bytes;
            const atC = c.address + ((row + down) * c.rowStride + (column + across) * c.columnStride) * bytes;
            tile(panelA, panelB, atC, [high, wide, depth]);
          }
        }
        row += rows;
      }
      deep += depth;
    }
    column += columns;
  }
}

/** Elements across of the next strip of a panel, of which so many are left. */
function stripLanes(left: number, contiguous: string, vectorLanes: number, pieceLanes: number): number {
  const all = [16, 8, 4, 2, 1].filter((lanes) => lanes <= vectorLanes);
  const usable =
    contiguous === 'across'
      ? all
      : contiguous === 'depth'
        ? all.filter((lanes) => lanes === 1 || (lanes >= pieceLanes && lanes <= 8))
        : all.filter((lanes) => lanes === 8 || lanes === pieceLanes || lanes === 1);
  return usable.find((lanes) => lanes <= left) ?? 1;
}

/** Depth of the next block, as the kernel chooses it: kc, what is left, or half of that where it is between kc and 2 kc. */
function depthOf(left: number, kc: number): number {
  if (left <= kc) return left;
  return left < 2 * kc ? Math.ceil(left / 2) : kc;
}

function contiguousOf(acrossStride: number, depthStride: number): string {
  return acrossStride === 1 ? 'across' : depthStride === 1 ? 'depth' : 'neither';
}

function visitCode({ code, codeBytes }: PlacedGemm, pageBytes: number, visitor: PageVisitor): void {
  const last = Math.floor((code + codeBytes - 1) / pageBytes);
  for (let page = Math.floor(code / pageBytes); page <= last; page++) visitor.instruction(page);
}
