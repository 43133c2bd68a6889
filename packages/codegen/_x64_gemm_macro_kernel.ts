import type { GemmContext } from './_x64_gemm_context.ts';
import {
  emitEdgePrefetch,
  emitMicroKernel,
  emitTileUpdate,
  type MicroKernelExits,
  tile,
} from './_x64_gemm_micro_kernel.ts';
import type { Label } from './x64_operands.ts';
import { r15, rax } from './x64_operands.ts';

/** Bytes of a micro-panel of A. */
const panelBytesA = r15;

/** Widths in columns of the kernels for edges: nu and its halves, so that at most half of the work at an edge is idle. */
function edgeWidths(nu: number): number[] {
  const widths = [nu];
  while (widths[0]! > 1) widths.unshift(Math.ceil(widths[0]! / 2));
  return widths;
}

/** Emits the kernels for tiles that reach over the edge of the block, and the choice among them. */
function emitEdges(context: GemmContext, exits: MicroKernelExits): void {
  const { asm, spec, vectors } = context;
  if (spec.prefetchC) emitEdgePrefetch(context);
  const most = spec.mu / vectors.lanes;
  const widths = edgeWidths(spec.nu);
  const heights = Array.from({ length: most }, (_, index) => ({ count: index + 1, start: asm.label('edgeRows') }));
  for (const { count, start } of heights.slice(0, -1)) {
    asm.cmp(tile.rowsLeft, count * vectors.lanes);
    asm.jle(start);
  }
  for (const { count, start } of heights.reverse()) {
    asm.bind(start);
    const kernels: { columns: number; start: Label }[] = widths.map((columns) => ({
      columns,
      start: asm.label('edgeColumns'),
    }));
    for (const { columns, start: kernel } of kernels.slice(0, -1)) {
      asm.cmp(tile.columnsLeft, columns);
      asm.jle(kernel);
    }
    for (const { columns, start: kernel } of kernels.reverse()) {
      asm.bind(kernel);
      emitMicroKernel(context, { vectors: count, columns, whole: false }, exits);
    }
  }
}

/**
 * Emits the two loops around the micro-kernel: a packed block of A times a packed block of B, added to a block of C.
 *
 * It takes `rows`, `columns`, `depth`, `packedA`, `packedB` and `cRowsAt` from the frame; all registers are lost.
 *
 * @param done Where to go on.
 */
export function emitMacroKernel(context: GemmContext, done: Label): void {
  const { asm, spec, vectors, frame } = context;
  const [columnLoop, rowLoop, edge] = [asm.label('columnPanel'), asm.label('rowPanel'), asm.label('edgeTile')];
  const exits = { done: asm.label('nextTile'), update: asm.label('update') };
  asm.mov(tile.depth, frame.slot('depth'));
  asm.imul(panelBytesA, tile.depth, vectors.bytesOf(spec.mu));
  asm.mov(tile.cColumnStride, frame.slot('cColumnStride'));
  asm.imul(rax, tile.cColumnStride, spec.nu);
  asm.mov(frame.slot('tileColumnsBytes'), rax);
  asm.mov(rax, frame.slot('cRowStride'));
  asm.imul(rax, rax, spec.mu);
  asm.mov(frame.slot('tileRowsBytes'), rax);
  asm.mov(rax, frame.slot('cRowsAt'));
  asm.mov(frame.slot('cPanelAt'), rax);
  asm.mov(tile.columnsLeft, frame.slot('columns'));
  asm.mov(tile.panelB, frame.slot('packedB'));
  asm.bind(columnLoop);
  asm.mov(tile.panelA, frame.slot('packedA'));
  asm.mov(tile.rowsLeft, frame.slot('rows'));
  asm.mov(tile.c, frame.slot('cPanelAt'));
  asm.bind(rowLoop);
  asm.cmp(tile.rowsLeft, spec.mu);
  asm.jl(edge);
  asm.cmp(tile.columnsLeft, spec.nu);
  asm.jl(edge);
  emitMicroKernel(context, { vectors: spec.mu / vectors.lanes, columns: spec.nu, whole: true }, exits);
  asm.bind(exits.done);
  asm.add(tile.panelA, panelBytesA);
  asm.add(tile.c, frame.slot('tileRowsBytes'));
  asm.sub(tile.rowsLeft, spec.mu);
  asm.jg(rowLoop);
  asm.imul(rax, tile.depth, vectors.bytesOf(spec.nu));
  asm.add(tile.panelB, rax);
  asm.mov(rax, frame.slot('tileColumnsBytes'));
  asm.add(frame.slot('cPanelAt'), rax);
  asm.sub(tile.columnsLeft, spec.nu);
  asm.jg(columnLoop);
  asm.jmp(done);
  asm.bind(edge);
  emitEdges(context, exits);
  asm.bind(exits.update);
  emitTileUpdate(context, exits.done);
}
