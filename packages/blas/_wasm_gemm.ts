import { type GemmBlocking, type GemmSpec, type GemmWasmFunction, gemmBlocking, gemmWasmAbi } from '@paratune/codegen';
import type { GemmKernel } from './_backend.ts';
import { oneProduct } from './_batch.ts';
import type { Elements, ElementType } from './_element_type.ts';
import { wasmModule } from './_portable_kernels.ts';
import { wasmEngine } from './_wasm_engine.ts';
import type { WasmMemory } from './_wasm_memory.ts';

/** Nothing tells a module what caches there are: those that almost every processor has, of phones too. */
export const wasmCaches = { l1DataBytes: 32768, l2Bytes: 512 * 1024, lastLevelBytes: 4 * 2 ** 20 } as const;

/** Bytes of a piece of a matrix that is copied into a module's memory at once: products of its size gain no more by larger ones. */
const MOST_PIECE_BYTES = 2 ** 23;

/** Depth of a piece of A and B. It depends on k alone, since a sum that is cut elsewhere has other bits. */
const MOST_DEPTH = 1024;

/** Cuts a dimension into even pieces that are multiples of a unit, of at most so many elements. */
function pieceOf(size: number, most: number, unit: number): number {
  if (size <= most) return size;
  const pieces = Math.ceil(size / Math.max(unit, most - (most % unit)));
  return Math.ceil(size / pieces / unit) * unit;
}

/** The sizes of pieces for a product. */
export function gemmPieces(
  { mu, nu }: Pick<GemmSpec, 'mu' | 'nu'>,
  { bytes }: Pick<ElementType, 'bytes'>,
  m: number,
  n: number,
  k: number,
): { rows: number; columns: number; depth: number } {
  const area = MOST_PIECE_BYTES / bytes;
  const depth = pieceOf(k, MOST_DEPTH, 1);
  const square = Math.floor(Math.sqrt(area));
  const columns = pieceOf(n, Math.floor(area / Math.max(depth, Math.min(m, square))), nu);
  const rows = pieceOf(m, Math.floor(area / Math.max(depth, columns)), mu);
  return { rows, columns, depth };
}

/** Instantiates the module of a GEMM kernel over a memory. */
export function makeWasmGemm(
  spec: GemmSpec,
  type: ElementType,
  { mc, kc, nc }: GemmBlocking,
  memory: WasmMemory,
): GemmKernel {
  const { Instance, Module } = wasmEngine();
  const { exports } = new Instance(new Module(wasmModule(spec)), { env: { memory: memory.object } });
  const compute = exports[gemmWasmAbi.name] as unknown as GemmWasmFunction;
  const { bytes } = type;
  const { mu, nu } = spec;

  /** One product, of which `staged` pieces are in the memory at a time. */
  const multiply = (
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: Elements,
    aOffset: number,
    aRow: number,
    aColumn: number,
    b: Elements,
    bOffset: number,
    bRow: number,
    bColumn: number,
    beta: number,
    c: Elements,
    cOffset: number,
    cRow: number,
    cColumn: number,
  ): void => {
    const hasProduct = alpha !== 0 && k > 0;
    const { rows, columns, depth } = gemmPieces(spec, type, m, n, hasProduct ? k : 0);
    memory.clear();
    const tile = memory.allocate(bytes * mu * nu);
    const [packedA, packedB, atA, atB] = hasProduct
      ? [
          memory.allocate(bytes * mc * Math.min(kc, depth)),
          memory.allocate(bytes * Math.min(kc, depth) * nc),
          memory.allocate(bytes * rows * depth),
          memory.allocate(bytes * depth * columns),
        ]
      : [tile, tile, tile, tile];
    const atC = memory.allocate(bytes * rows * columns);
    let left = { address: atA, rowStride: 1, columnStride: 1 };
    let right = { address: atB, rowStride: 1, columnStride: 1 };
    for (let j = 0; j < n; j += columns) {
      const width = Math.min(columns, n - j);
      for (let i = 0; i < m; i += rows) {
        const height = Math.min(rows, m - i);
        const cAt = cOffset + i * cRow + j * cColumn;
        const result =
          beta === 0
            ? memory.place(atC, height, width, cRow, cColumn)
            : memory.copyIn(atC, type, c, cAt, height, width, cRow, cColumn);
        let p = 0;
        do {
          const deep = hasProduct ? Math.min(depth, k - p) : 0;
          if (deep > 0) {
            left = memory.copyIn(atA, type, a, aOffset + i * aRow + p * aColumn, height, deep, aRow, aColumn);
            // All rows of one piece of columns take the same piece of B, where k is one piece.
            if (i === 0 || depth < k) {
              right = memory.copyIn(atB, type, b, bOffset + p * bRow + j * bColumn, deep, width, bRow, bColumn);
            }
          }
          compute(
            height,
            width,
            deep,
            alpha,
            left.address,
            left.rowStride,
            left.columnStride,
            right.address,
            right.rowStride,
            right.columnStride,
            p === 0 ? beta : 1,
            result.address,
            result.rowStride,
            result.columnStride,
            packedA,
            packedB,
            tile,
            mc,
            kc,
            nc,
          );
          p += depth;
        } while (hasProduct && p < k);
        memory.copyOut(atC, type, c, cAt, height, width, cRow, cColumn);
      }
    }
  };

  return {
    run(
      m,
      n,
      k,
      alpha,
      a,
      _a,
      aOffset,
      aRow,
      aColumn,
      b,
      _b,
      bOffset,
      bRow,
      bColumn,
      beta,
      c,
      _c,
      cOffset,
      cRow,
      cColumn,
      batch = oneProduct,
    ) {
      for (let product = 0; product < batch.count; product++) {
        multiply(m, n, k, alpha, a, aOffset, aRow, aColumn, b, bOffset, bRow, bColumn, beta, c, cOffset, cRow, cColumn);
        aOffset += batch.aStride;
        bOffset += batch.bStride;
        cOffset += batch.cStride;
      }
    },
  };
}

/** The block sizes of a kernel. Pieces of C have contiguous columns, whatever C has. */
export function wasmBlocking(spec: GemmSpec): GemmBlocking {
  return gemmBlocking({ ...spec, layoutC: 'column-major' }, wasmCaches);
}
