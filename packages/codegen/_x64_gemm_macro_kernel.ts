import type { GemmContext, GemmSlot } from './_x64_gemm_context.ts';
import { emitMicroKernel, emitStrides, tile } from './_x64_gemm_micro_kernel.ts';
import { CACHE_LINE_BYTES, contiguousIn, emitPacking, packing } from './_x64_gemm_packing.ts';
import { blockOfA, emitIdle, emitStart, emitStartOn, panelOfB, prefetchersOf } from './_x64_gemm_prefetch.ts';
import { emitStridedLines, emitTileUpdate } from './_x64_gemm_tile_update.ts';
import { hasEdge, tileHeights, tileWidths } from './_x64_gemm_tiles.ts';
import { type Label, type Memory, mem, rax, rcx, rdi, rdx } from './x64_operands.ts';

/** Emits a choice: `body` for each of the sizes, the largest first, that `left` is more than the next smaller one. */
function emitChoice<Size>(
  { asm }: GemmContext,
  left: Memory,
  sizes: readonly Size[],
  least: (size: Size) => number,
  body: (size: Size) => void,
): void {
  const starts = sizes.map(() => asm.label('choice'));
  for (const [index, size] of sizes.slice(1).entries()) {
    asm.cmp(left, least(size));
    asm.jg(starts[index]!);
  }
  for (const [index, size] of [...sizes.entries()].reverse()) {
    asm.bind(starts[index]!);
    body(size);
  }
}

/**
 * Columns of C left when the prefetcher of A begins: half as many turns again as the next block has lines if its elements are
 * contiguous; of strided ones four times as many.
 */
function columnsToFetchBlock({ spec, vectors }: GemmContext): number {
  const linesPerStep = vectors.bytesOf(spec.mu) / CACHE_LINE_BYTES;
  const spread = spec.layoutA === 'strided' ? 4 : 1;
  return Math.ceil(1.5 * spread * linesPerStep * spec.ku) * spec.nu;
}

/** Starts the prefetcher of A on the block of rows that comes next, of this depth or at the start of the next; once in a block. */
function emitFetchBlock(context: GemmContext): void {
  const { asm, spec, frame } = context;
  const [nextDepth, known, idle, done] = [
    asm.label('nextDepth'),
    asm.label('nextKnown'),
    asm.label('noBlock'),
    asm.label('blockStarted'),
  ];
  const [at, rows, depth, stride] = [rax, rcx, rdx, rdi];
  asm.cmp(frame.slot('isBlockPending'), 0);
  asm.je(done);
  asm.cmp(frame.slot('tileColumnsLeft'), columnsToFetchBlock(context));
  asm.jg(done);
  asm.mov(frame.slot('isBlockPending'), 0);
  asm.mov(depth, frame.slot('depth'));
  asm.mov(at, frame.slot('rows'));
  asm.mov(rows, frame.slot('rowsLeft'));
  asm.sub(rows, at);
  asm.jle(nextDepth);
  asm.imul(at, frame.slot('aRowStride'));
  asm.add(at, frame.slot('aRowsAt'));
  asm.jmp(known);
  asm.bind(nextDepth);
  asm.mov(at, depth);
  asm.imul(at, frame.slot('aColumnStride'));
  asm.add(at, frame.slot('aDepthAt'));
  asm.mov(rows, frame.slot('m'));
  asm.mov(stride, frame.slot('depthLeft'));
  asm.sub(stride, depth);
  asm.jle(idle);
  asm.cmp(depth, stride);
  asm.cmovg(depth, stride);
  asm.bind(known);
  asm.cmp(rows, frame.slot('mc'));
  asm.cmovg(rows, frame.slot('mc'));
  emitStartOn(context, blockOfA, {
    ...{ at, rows, columns: depth, spare: stride, layout: spec.layoutA },
    ...{ rowStride: 'aRowStride', columnStride: 'aColumnStride', started: done, idle },
  });
  asm.bind(idle);
  emitIdle(context, blockOfA);
  asm.bind(done);
}

/** Starts the prefetcher of B on the panel that comes next, where it lies or where it will be packed from. */
function emitFetchPanel(context: GemmContext): void {
  const { asm, spec, frame } = context;
  const [packed, idle, done] = [asm.label('packedPanel'), asm.label('noPanel'), asm.label('panelStarted')];
  const [at, columns, depth, spare] = [rax, rcx, rdx, rdi];
  /** The panel that begins at an address, in place. */
  const inPlace = (idle: Label) => {
    asm.mov(depth, frame.slot('depth'));
    asm.mov(columns, spec.nu);
    emitStartOn(context, panelOfB, {
      ...{ at, rows: depth, columns, spare, layout: spec.layoutB },
      ...{ rowStride: 'bRowStride', columnStride: 'bColumnStride', started: done, idle },
    });
  };
  if (spec.packB) {
    asm.cmp(frame.slot('isFirstBlock'), 0);
    asm.je(packed);
    asm.cmp(frame.slot('tileColumnsLeft'), spec.nu);
    asm.jle(idle);
    asm.mov(at, frame.slot('bPanelAt'));
    inPlace(idle);
    asm.bind(packed);
    const bytes = depth;
    asm.mov(bytes, frame.slot('panelBBytes'));
    asm.lea(at, mem({ base: tile.panelB, index: bytes }));
    asm.cmp(frame.slot('tileColumnsLeft'), spec.nu);
    asm.cmovle(at, frame.slot('packedB'));
    asm.mov(columns, 1);
    emitStart(context, panelOfB, { at, stride: columns, rows: columns, bytes });
    asm.jmp(done);
  } else {
    asm.mov(at, frame.slot('panelBBytes'));
    asm.add(at, tile.panelB);
    // The next block of rows begins with the first panel again.
    asm.cmp(frame.slot('tileColumnsLeft'), spec.nu);
    asm.cmovle(at, frame.slot('bDepthAt'));
    inPlace(idle);
  }
  asm.bind(idle);
  emitIdle(context, panelOfB);
  asm.bind(done);
}

/** Packs the panel of B that comes next, at `panelB`, which it has to be only while the first block of rows needs it. */
function emitPackPanel(context: GemmContext): void {
  const { asm, spec, frame } = context;
  const { source, target, widthStride, depthStride, width, depth } = packing;
  const packed = asm.label('panelPacked');
  asm.cmp(frame.slot('isFirstBlock'), 0);
  asm.je(packed);
  asm.mov(frame.slot('panelBAt'), tile.panelB);
  asm.mov(frame.slot('prefetchAt'), blockOfA.at);
  asm.mov(target, tile.panelB);
  asm.mov(source, frame.slot('bPanelAt'));
  asm.mov(widthStride, frame.slot('bColumnStride'));
  asm.mov(depthStride, frame.slot('bRowStride'));
  asm.mov(depth, frame.slot('depth'));
  asm.mov(width, spec.nu);
  asm.cmp(width, frame.slot('tileColumnsLeft'));
  asm.cmovg(width, frame.slot('tileColumnsLeft'));
  const contiguous = contiguousIn(spec.layoutB, 'row-major');
  emitPacking(context, { unit: spec.nu, contiguous, edge: hasEdge(spec.n, spec.nu), single: true });
  asm.imul(rax, frame.slot('bColumnStride'), spec.nu);
  asm.add(frame.slot('bPanelAt'), rax);
  asm.mov(tile.panelB, frame.slot('panelBAt'));
  asm.mov(blockOfA.at, frame.slot('prefetchAt'));
  asm.mov(tile.cColumnStride, frame.slot('cColumnStride'));
  emitStrides(context, spec.nu);
  asm.bind(packed);
}

/**
 * Emits the two loops around the micro-kernel: a block of A times a block of B, packed or in place, added to a block of C.
 *
 * It takes `rows`, `columns`, `depth`, `packedA` or `aRowsAt`, `packedB` and `bDepthAt`, `cRowsAt`, and `isFirstBlock` from
 * the frame; all registers are lost. With the first block of rows each panel of B is packed just before it is used, while
 * the processor waits for nothing and the panel stays in the nearest cache.
 */
export function emitMacroKernel(context: GemmContext): void {
  const { asm, spec, vectors, frame } = context;
  const [heights, widths] = [tileHeights(context), tileWidths(spec)];
  const [columnLoop, rowLoop] = [asm.label('columnPanel'), asm.label('rowPanel')];
  const exits = { done: asm.label('nextTile'), update: asm.label('update') };
  const prefetchers = prefetchersOf(spec);
  const set = (slot: GemmSlot, value: GemmSlot) => {
    asm.mov(rax, frame.slot(value));
    asm.mov(frame.slot(slot), rax);
  };
  const multiple = (slot: GemmSlot, of: GemmSlot, factor: number) => {
    asm.imul(rax, frame.slot(of), factor);
    asm.mov(frame.slot(slot), rax);
  };
  if (spec.packA) multiple('panelABytes', 'depth', vectors.bytesOf(spec.mu));
  if (spec.packB) multiple('panelBBytes', 'depth', vectors.bytesOf(spec.nu));
  else multiple('panelBBytes', 'bColumnStride', spec.nu);
  multiple('tileColumnsBytes', 'cColumnStride', spec.nu);
  multiple('tileRowsBytes', 'cRowStride', spec.mu);
  if (spec.prefetchC && spec.layoutC !== 'column-major') emitStridedLines(context);
  set('cPanelAt', 'cRowsAt');
  set('tileColumnsLeft', 'columns');
  if (spec.packB) set('bPanelAt', 'bDepthAt');
  asm.mov(tile.cColumnStride, frame.slot('cColumnStride'));
  emitStrides(context, widths[0]!);
  asm.mov(tile.panelB, frame.slot(spec.packB ? 'packedB' : 'bDepthAt'));
  for (const prefetcher of prefetchers) emitIdle(context, prefetcher);
  asm.mov(frame.slot('isBlockPending'), 1);

  asm.bind(columnLoop);
  if (spec.packB) emitPackPanel(context);
  if (prefetchers.includes(panelOfB)) emitFetchPanel(context);
  if (prefetchers.includes(blockOfA)) emitFetchBlock(context);
  asm.mov(tile.panelA, frame.slot(spec.packA ? 'packedA' : 'aRowsAt'));
  set('tileRowsLeft', 'rows');
  asm.mov(tile.c, frame.slot('cPanelAt'));
  asm.bind(rowLoop);
  emitChoice(context, frame.slot('tileColumnsLeft'), widths, Number, (columns) => {
    emitChoice(
      context,
      frame.slot('tileRowsLeft'),
      heights,
      ({ rows }) => rows,
      (height) => emitMicroKernel(context, { ...height, columns }, exits),
    );
  });
  if (spec.layoutC !== 'column-major') {
    asm.bind(exits.update);
    emitTileUpdate(context, tile.c);
  }
  asm.bind(exits.done);
  if (spec.packA) asm.add(tile.panelA, frame.slot('panelABytes'));
  else asm.add(tile.panelA, vectors.bytesOf(spec.mu));
  asm.add(tile.c, frame.slot('tileRowsBytes'));
  asm.sub(frame.slot('tileRowsLeft'), spec.mu);
  asm.jg(rowLoop);
  asm.add(tile.panelB, frame.slot('panelBBytes'));
  asm.mov(rax, frame.slot('tileColumnsBytes'));
  asm.add(frame.slot('cPanelAt'), rax);
  asm.sub(frame.slot('tileColumnsLeft'), spec.nu);
  asm.jg(columnLoop);
}
