import { type GemmBlocking, type GemmSpec, type GemmWasmFunction, gemmBlocking, gemmWasmAbi } from '@paratune/codegen';
import type { GemmKernel } from './_backend.ts';
import { oneProduct } from './_batch.ts';
import type { Elements, ElementType } from './_element_type.ts';
import { wasmEngine } from './_wasm_engine.ts';
import type { Staged, WasmMemory } from './_wasm_memory.ts';
import { PIECE, type WasmTeam } from './_wasm_team.ts';

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

/** Multiplications that a thread needs to be worth waking: some 100 microseconds of work. */
const LEAST_MULTIPLICATIONS_EACH = 1_000_000;

/** A GEMM kernel, as far as it is needed to compute with it. */
export interface WasmGemm {
  readonly spec: GemmSpec;
  readonly type: ElementType;
  readonly blocking: GemmBlocking;
  readonly module: Uint8Array;
}

/** Threads that compute pieces, and which of their kernels this is. */
export interface WasmThreads {
  readonly team: WasmTeam;
  readonly kernel: number;
}

/** Cuts what is in the memory into pieces of C, never of k, and has them computed by all threads. */
function sharedCompute(
  compute: GemmWasmFunction,
  { spec: { mu, nu }, type: { bytes } }: WasmGemm,
  { team, kernel }: WasmThreads,
  threadBytes: number,
): GemmWasmFunction {
  const call = (piece: Float64Array) =>
    compute(...(piece.subarray(0, PIECE.arguments) as unknown as Parameters<GemmWasmFunction>));
  return (...values) => {
    const [m, n, k, , a, aRow, , b, , bColumn, , c, cRow, cColumn] = values;
    const wanted = Math.min(team.mostPieces, Math.floor((m * n * k) / LEAST_MULTIPLICATIONS_EACH));
    const byColumns = n / nu >= m / mu;
    const [size, unit] = byColumns ? [n, nu] : [m, mu];
    const length = wanted < 2 ? size : Math.ceil(size / wanted / unit) * unit;
    const count = Math.ceil(size / length);
    if (count < 2) return compute(...values);
    for (let number = 0; number < count; number++) {
      const start = number * length;
      const piece = team.piece(number);
      piece.set(values);
      piece[byColumns ? 1 : 0] = Math.min(length, size - start);
      if (byColumns) piece[7] = b + bytes * start * bColumn;
      else piece[4] = a + bytes * start * aRow;
      piece[11] = c + bytes * start * (byColumns ? cColumn : cRow);
      piece[PIECE.threadBytes] = threadBytes;
      piece[PIECE.kernel] = kernel;
    }
    team.run(count, call);
  };
}

/** Instantiates the module of a GEMM kernel over a memory, that of the threads where there are several. */
export function makeWasmGemm(gemm: WasmGemm, memory: WasmMemory, threads: WasmThreads | undefined): GemmKernel {
  const { Instance, Module } = wasmEngine();
  const { exports } = new Instance(new Module(gemm.module), { env: { memory: memory.object } });
  const computeAlone = exports[gemmWasmAbi.name] as unknown as GemmWasmFunction;
  const { spec, type, blocking } = gemm;
  const { bytes } = type;
  const { mu, nu } = spec;
  const { mc, kc, nc } = blocking;
  const lines = (count: number) => Math.ceil(count / 64) * 64;

  /** One product, of which pieces are in the memory at a time. */
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
    const isShared = threads !== undefined && hasProduct && m * n * k >= 2 * LEAST_MULTIPLICATIONS_EACH;
    // Of each thread: a tile, a packed block of A, and one of B.
    const deepest = Math.min(kc, depth);
    const tileBytes = lines(bytes * mu * nu);
    const packedABytes = hasProduct ? lines(bytes * mc * deepest) : 0;
    const threadBytes = tileBytes + packedABytes + (hasProduct ? lines(bytes * deepest * nc) : 0);
    memory.clear();
    const tile = memory.allocate(threadBytes * (isShared ? threads.team.threads : 1));
    const packedA = tile + tileBytes;
    const packedB = packedA + packedABytes;
    const atA = memory.allocate(hasProduct ? bytes * rows * depth : 0);
    const atB = memory.allocate(hasProduct ? bytes * depth * columns : 0);
    const compute = isShared ? sharedCompute(computeAlone, gemm, threads, threadBytes) : computeAlone;
    const atC = memory.allocate(bytes * rows * columns);
    let left: Staged = { address: atA, rowStride: 1, columnStride: 1 };
    let right: Staged = { address: atB, rowStride: 1, columnStride: 1 };
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
