import type { GemmContext, GemmSlot } from './_x64_gemm_context.ts';
import { CACHE_LINE_BYTES } from './_x64_gemm_packing.ts';
import type { Layout } from './gemm_spec.ts';
import { type Gpr64, type Label, mem, r15, rsi, rsp } from './x64_operands.ts';

/**
 * A walk through memory that will be needed soon, beside the innermost loop, a line a turn: memory answers while the
 * processor multiplies. It goes through lines of a region, row by row, then stays where nothing happens.
 */
export interface Prefetcher {
  /** The line that comes next; the tiles of a block leave it alone. */
  readonly at: Gpr64;
  /** Lines left in the row. */
  readonly linesLeft: GemmSlot;
  /** Start of the row, bytes from one to the next, lines in each, and how many come after this one. */
  readonly row: GemmSlot;
  readonly rowStride: GemmSlot;
  readonly rowLines: GemmSlot;
  readonly rowsLeft: GemmSlot;
}

/** What is packed next of A. */
export const blockOfA: Prefetcher = {
  at: r15,
  linesLeft: 'aLinesLeft',
  row: 'aLinesAt',
  rowStride: 'aLinesStride',
  rowLines: 'aRowLines',
  rowsLeft: 'aLineRowsLeft',
};

/** The next panel of B, or what it will be packed from. */
export const panelOfB: Prefetcher = {
  at: rsi,
  linesLeft: 'bLinesLeft',
  row: 'bLinesAt',
  rowStride: 'bLinesStride',
  rowLines: 'bRowLines',
  rowsLeft: 'bLineRowsLeft',
};

/** Lines of the stack, which are at hand, that a prefetcher with nothing to do goes through before it begins again. */
const IDLE_LINES = 16;

/** The prefetchers of a kernel: those that it asks for, and that it has registers for. */
export function prefetchersOf({ prefetchBlock, prefetchB, packA, packB, layoutB }: GemmContext['spec']): Prefetcher[] {
  if (!packA || !(packB || layoutB === 'column-major')) return [];
  return [...(prefetchBlock ? [blockOfA] : []), ...(prefetchB ? [panelOfB] : [])];
}

/** Stops a prefetcher. */
export function emitIdle({ asm, frame }: GemmContext, { at, linesLeft, rowsLeft }: Prefetcher): void {
  asm.mov(at, rsp);
  asm.mov(frame.slot(linesLeft), IDLE_LINES);
  asm.mov(frame.slot(rowsLeft), 0);
}

/**
 * Starts a prefetcher on a region that begins at `at` and whose `rows` rows, which lie `stride` apart, have `bytes` each: all
 * registers, of which `bytes` is lost; none is the prefetcher's own but `at`.
 */
export function emitStart(
  { asm, frame }: GemmContext,
  prefetcher: Prefetcher,
  { at, stride, rows, bytes }: { at: Gpr64; stride: Gpr64; rows: Gpr64; bytes: Gpr64 },
): void {
  asm.mov(frame.slot(prefetcher.row), at);
  asm.mov(frame.slot(prefetcher.rowStride), stride);
  asm.mov(frame.slot(prefetcher.rowsLeft), rows);
  // A row that begins within a line may end in one more.
  asm.add(bytes, 2 * CACHE_LINE_BYTES - 1);
  asm.shr(bytes, Math.log2(CACHE_LINE_BYTES));
  asm.mov(frame.slot(prefetcher.rowLines), bytes);
  asm.mov(frame.slot(prefetcher.linesLeft), bytes);
  if (prefetcher.at !== at) asm.mov(prefetcher.at, at);
}

/** A piece of a matrix: where it begins, how far it goes (all in registers, which are lost) and how it lies. */
interface Piece {
  readonly at: Gpr64;
  readonly rows: Gpr64;
  readonly columns: Gpr64;
  readonly spare: Gpr64;
  readonly layout: Layout;
  readonly rowStride: GemmSlot;
  readonly columnStride: GemmSlot;
  /** Where to go on. */
  readonly started: Label;
  /** Where to go when its elements lie backwards, which no prefetcher follows. */
  readonly idle: Label;
}

/** Starts a prefetcher on a piece of a matrix, whose lines run along the dimension of the shorter stride. */
export function emitStartOn(context: GemmContext, prefetcher: Prefetcher, piece: Piece): void {
  const { asm, frame } = context;
  const { at, rows, columns, spare, layout, rowStride, columnStride } = piece;
  const along = (count: Gpr64, stride: GemmSlot, others: Gpr64, otherStride: GemmSlot) => {
    asm.imul(count, frame.slot(stride));
    asm.test(count, count);
    asm.jle(piece.idle);
    asm.mov(spare, frame.slot(otherStride));
    emitStart(context, prefetcher, { at, stride: spare, rows: others, bytes: count });
    asm.jmp(piece.started);
  };
  const alongColumns = () => along(rows, rowStride, columns, columnStride);
  const alongRows = () => along(columns, columnStride, rows, rowStride);
  if (layout === 'column-major') alongColumns();
  else if (layout === 'row-major') alongRows();
  else {
    const byRows = asm.label('byRows');
    asm.mov(spare, frame.slot(rowStride));
    asm.cmp(spare, frame.slot(columnStride));
    asm.jg(byRows);
    alongColumns();
    asm.bind(byRows);
    alongRows();
  }
}

/** A step of a prefetcher, `spare` being a free register; what comes at the end of a row is emitted by the function returned, out of the way. */
export function emitStep(context: GemmContext, prefetcher: Prefetcher, spare: Gpr64): () => void {
  const { asm, frame } = context;
  const [rowEnd, back] = [asm.label('rowEnd'), asm.label('prefetched')];
  const { at, linesLeft, row, rowStride, rowLines, rowsLeft } = prefetcher;
  asm.prefetcht1(mem({ base: at }));
  asm.add(at, CACHE_LINE_BYTES);
  asm.dec(frame.slot(linesLeft));
  asm.jz(rowEnd);
  asm.bind(back);
  return () => {
    const idle = asm.label('idle');
    asm.bind(rowEnd);
    asm.dec(frame.slot(rowsLeft));
    asm.jle(idle);
    asm.mov(at, frame.slot(row));
    asm.add(at, frame.slot(rowStride));
    asm.mov(frame.slot(row), at);
    asm.mov(spare, frame.slot(rowLines));
    asm.mov(frame.slot(linesLeft), spare);
    asm.jmp(back);
    asm.bind(idle);
    emitIdle(context, prefetcher);
    asm.jmp(back);
  };
}
