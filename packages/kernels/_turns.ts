import { type MicroKernelContext, mem } from '@paratune/codegen';

/** Steps of k in a turn of the loop: enough that what a turn costs besides is little, and few enough for the cache of decoded instructions. */
export const TURN = 4;

const LINE_BYTES = 64;

/** What a micro-kernel consists of. */
export interface Turns {
  /** Columns of the tile of C, and bytes of one. */
  readonly columns: number;
  readonly columnBytes: number;
  /** Emits what comes before the first step. */
  readonly begin: () => void;
  /** Emits four steps and moves the pointers; it may load what the step after them needs, of which there always is one. */
  readonly turn: () => void;
  /** Emits one of the last steps and moves the pointers. */
  readonly step: () => void;
}

/**
 * The loops that the micro-kernels have in common: turns, turns that also fetch a column of C each, and the last one to four steps. C is
 * asked for that late because the panels streaming by would push it out of the level 1 cache again, and column by column because
 * all at once it would fill the queue of misses.
 */
export function emitTurns(
  { asm, depth, c, cColumnStride, scratch, walk }: MicroKernelContext,
  { columns, columnBytes, begin, turn, step }: Turns,
): void {
  const early = asm.label('turns');
  const late = asm.label('fetchingTurns');
  const last = asm.label('steps');
  const [toLate, toLast] = [asm.label('turnsDone'), asm.label('fetchingTurnsDone')];
  // The turns that fetch are one for each column. One step at least is left to the end.
  const reserved = TURN * (columns + 1);
  begin();
  asm.sub(depth, reserved + 1);
  asm.jl(toLate);
  asm.align(64);
  asm.bind(early);
  walk();
  turn();
  asm.sub(depth, TURN);
  asm.jge(early);
  asm.bind(toLate);
  asm.mov(scratch, c);
  asm.add(depth, reserved - TURN);
  asm.jl(toLast);
  asm.align(64);
  asm.bind(late);
  for (let byte = 0; byte < columnBytes; byte += LINE_BYTES) {
    asm.prefetcht0(mem({ base: scratch, displacement: byte }));
  }
  // A column that begins within a line ends in one more.
  asm.prefetcht0(mem({ base: scratch, displacement: columnBytes - 1 }));
  asm.add(scratch, cColumnStride);
  walk();
  turn();
  asm.sub(depth, TURN);
  asm.jge(late);
  asm.bind(toLast);
  asm.add(depth, TURN + 1);
  asm.align(64);
  asm.bind(last);
  step();
  asm.dec(depth);
  asm.jnz(last);
}
