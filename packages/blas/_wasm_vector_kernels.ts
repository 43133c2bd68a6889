import { type GemvWasmFunction, type GerWasmFunction, gemvWasmAbi, gerWasmAbi } from '@paratune/codegen';
import { type Muladd, wasmGemvSpec, wasmGerSpec, wasmModule } from './_portable_kernels.ts';
import { type GemvKernel, type GerKernel, oncePerType, type VectorKernels } from './_vector_kernels.ts';
import { wasmEngine } from './_wasm_engine.ts';
import type { WasmMemory } from './_wasm_memory.ts';

/** Bytes of a piece of the matrix: it is copied, and used once while it is in a cache of the core's own. */
const PIECE_BYTES = 2 ** 18;

/** Elements of a piece along the lines of the matrix. */
const LONGEST = 4096;

/** Cuts a matrix into pieces: whole lines as far as may be, along which its elements lie next to each other. */
function piecesOf(m: number, n: number, rowStride: number, columnStride: number, bytes: number): [number, number] {
  const elements = PIECE_BYTES / bytes;
  const isDown = Math.abs(rowStride) <= Math.abs(columnStride);
  const length = Math.min(isDown ? m : n, LONGEST);
  const lines = Math.min(isDown ? n : m, Math.max(8, Math.floor(elements / length)));
  return isDown ? [length, lines] : [lines, length];
}

/** The kernels of a matrix and vectors, over a memory. */
export function wasmVectorKernels(muladd: Muladd, memory: WasmMemory): VectorKernels {
  const { Instance, Module } = wasmEngine();
  const functionOf = (bytes: Uint8Array, name: string) => {
    const { exports } = new Instance(new Module(bytes), { env: { memory: memory.object } });
    return exports[name] as unknown;
  };

  const gemv = oncePerType((type): GemvKernel => {
    const compute = functionOf(wasmModule(wasmGemvSpec(type, muladd)), gemvWasmAbi.name) as GemvWasmFunction;
    const { bytes } = type;
    return (m, n, alpha, a, _a, aOffset, aRow, aColumn, x, _x, xOffset, xStride, beta, y, _y, yOffset, yStride) => {
      const [rows, columns] = piecesOf(m, n, aRow, aColumn, bytes);
      memory.clear();
      const atA = memory.allocate(bytes * rows * columns);
      const atX = memory.allocate(bytes * columns);
      const atY = memory.allocate(bytes * rows);
      let part = { address: atA, rowStride: 1, columnStride: 1 };
      for (let i = 0; i < m; i += rows) {
        const height = Math.min(rows, m - i);
        const yAt = yOffset + i * yStride;
        if (beta !== 0) memory.copyIn(atY, type, y, yAt, height, 1, yStride, 1);
        for (let j = 0; j < n; j += columns) {
          const width = Math.min(columns, n - j);
          if (alpha !== 0) {
            memory.copyIn(atX, type, x, xOffset + j * xStride, width, 1, xStride, 1);
            part = memory.copyIn(atA, type, a, aOffset + i * aRow + j * aColumn, height, width, aRow, aColumn);
          }
          compute(height, width, alpha, atA, part.rowStride, part.columnStride, atX, 1, j === 0 ? beta : 1, atY, 1);
          if (alpha === 0) break;
        }
        memory.copyOut(atY, type, y, yAt, height, 1, yStride, 1);
      }
    };
  });

  const ger = oncePerType((type): GerKernel => {
    const compute = functionOf(wasmModule(wasmGerSpec(type, muladd)), gerWasmAbi.name) as GerWasmFunction;
    const { bytes } = type;
    return (m, n, alpha, x, _x, xOffset, xStride, y, _y, yOffset, yStride, a, _a, aOffset, aRow, aColumn) => {
      const [rows, columns] = piecesOf(m, n, aRow, aColumn, bytes);
      memory.clear();
      const atA = memory.allocate(bytes * rows * columns);
      const atX = memory.allocate(bytes * rows);
      const atY = memory.allocate(bytes * columns);
      for (let i = 0; i < m; i += rows) {
        const height = Math.min(rows, m - i);
        memory.copyIn(atX, type, x, xOffset + i * xStride, height, 1, xStride, 1);
        for (let j = 0; j < n; j += columns) {
          const width = Math.min(columns, n - j);
          memory.copyIn(atY, type, y, yOffset + j * yStride, width, 1, yStride, 1);
          const aAt = aOffset + i * aRow + j * aColumn;
          const part = memory.copyIn(atA, type, a, aAt, height, width, aRow, aColumn);
          compute(height, width, alpha, atX, 1, atY, 1, atA, part.rowStride, part.columnStride);
          memory.copyOut(atA, type, a, aAt, height, width, aRow, aColumn);
        }
      }
    };
  });

  return { gemv, ger };
}
