import { betaIs, type GemmContext } from './_x64_gemm_context.ts';
import { CACHE_LINE_BYTES } from './_x64_gemm_packing.ts';
import { type Gpr64, type Memory, mem, r8, r9, r11, r14, rax, rcx, rdi, rdx } from './x64_operands.ts';

/** Rows in one turn of the loop along a column. */
const UNROLL = 4;

/** Bytes from one column of C to the next, as the macro-kernel keeps it. */
const cColumnStride = r11;

/** Sets `cLineBytes` and `cLines`, which {@linkcode emitStridedPrefetch} needs; rax and rdx are lost. */
export function emitStridedLines({ asm, spec, frame }: GemmContext): void {
  const lineBytes = frame.slot('cLineBytes');
  // The size of the stride: where it is negative, what is prefetched is of no use, but not much.
  asm.mov(rdx, frame.slot('cRowStride'));
  asm.mov(rax, rdx);
  asm.neg(rax);
  asm.cmovs(rax, rdx);
  asm.mov(rdx, CACHE_LINE_BYTES);
  asm.cmp(rdx, rax);
  asm.cmovl(rdx, rax);
  asm.mov(lineBytes, rdx);
  asm.imul(rax, rax, spec.mu);
  asm.xor(rdx, rdx);
  asm.div(lineBytes);
  asm.inc(rax);
  asm.mov(frame.slot('cLines'), rax);
}

/** Prefetches a whole tile, at `c`, whose rows are not contiguous: an element each, or each line that they share. */
export function emitStridedPrefetch({ asm, frame }: GemmContext, c: Gpr64, columns: number): void {
  const [column, line] = [asm.label('prefetchColumn'), asm.label('prefetchLine')];
  asm.mov(rdi, c);
  asm.mov(rcx, columns);
  asm.bind(column);
  asm.mov(rax, rdi);
  asm.mov(rdx, frame.slot('cLines'));
  asm.bind(line);
  asm.prefetcht0(mem({ base: rax }));
  asm.add(rax, frame.slot('cLineBytes'));
  asm.dec(rdx);
  asm.jnz(line);
  asm.add(rdi, cColumnStride);
  asm.dec(rcx);
  asm.jnz(column);
}

/**
 * Emits C = sums + beta * C for the sums, times alpha, that a micro-kernel left in the frame and a tile at `tileC` whose rows are
 * not contiguous, an element at a time. It may change what the micro-kernels may.
 */
export function emitTileUpdate(context: GemmContext, tileC: Gpr64): void {
  const { asm, spec, vectors, frame } = context;
  const [sum, beta, element, product] = [0, 1, 2, 3] as const;
  // These two are the macro-kernel's pointers to panels.
  const [stride, threeStrides] = [r8, r9];
  const [c, sums, rowsLeft, columnOfC, columnOfSums] = [rdx, rax, rcx, rdi, r14];
  const [overwrite, done] = [asm.label('overwriteTile'), asm.label('tileUpdated')];
  const atMost = (register: Gpr64, most: number, slot: 'tileRowsLeft' | 'tileColumnsLeft') => {
    asm.mov(register, most);
    asm.cmp(register, frame.slot(slot));
    asm.cmovg(register, frame.slot(slot));
  };
  /** All columns; `combine` adds to the sum what is in a place of C. */
  const columns = (combine: (place: Memory) => void) => {
    const [column, turn, rest, row, next] = [
      asm.label('column'),
      asm.label('rows'),
      asm.label('rest'),
      asm.label('row'),
      asm.label('nextColumn'),
    ];
    const update = (index: number, place: Memory) => {
      vectors.load(sum, mem({ base: sums, displacement: vectors.bytesOf(index) }), 1);
      combine(place);
      vectors.store(place, sum, 1);
    };
    const rows = [{}, { index: stride }, { index: stride, scale: 2 }, { index: threeStrides }] as const;
    asm.bind(column);
    asm.mov(c, columnOfC);
    asm.mov(sums, columnOfSums);
    atMost(rowsLeft, spec.mu, 'tileRowsLeft');
    asm.sub(rowsLeft, UNROLL);
    asm.jl(rest);
    asm.bind(turn);
    for (const [index, row] of rows.entries()) update(index, mem({ base: c, ...row }));
    asm.lea(c, mem({ base: c, index: stride, scale: UNROLL }));
    asm.add(sums, vectors.bytesOf(UNROLL));
    asm.sub(rowsLeft, UNROLL);
    asm.jge(turn);
    asm.bind(rest);
    asm.add(rowsLeft, UNROLL);
    asm.jz(next);
    asm.bind(row);
    update(0, mem({ base: c }));
    asm.add(c, stride);
    asm.add(sums, vectors.bytesOf(1));
    asm.dec(rowsLeft);
    asm.jnz(row);
    asm.bind(next);
    asm.add(columnOfC, cColumnStride);
    asm.add(columnOfSums, vectors.bytesOf(spec.mu));
    asm.dec(frame.slot('updateLeft'));
    asm.jnz(column);
  };
  asm.mov(frame.slot('keptPanelA'), stride);
  asm.mov(frame.slot('keptPanelB'), threeStrides);
  asm.mov(stride, frame.slot('cRowStride'));
  asm.lea(threeStrides, mem({ base: stride, index: stride, scale: 2 }));
  atMost(rax, spec.nu, 'tileColumnsLeft');
  asm.mov(frame.slot('updateLeft'), rax);
  asm.mov(columnOfC, tileC);
  asm.lea(columnOfSums, frame.scratch());
  asm.cmp(frame.slot('betaNowIs'), betaIs.zero);
  asm.je(overwrite);
  vectors.broadcast(beta, frame.element('betaNow'));
  columns((place) => vectors.multiplyAddMemory(sum, beta, place, { element, product }, 1));
  asm.jmp(done);
  asm.bind(overwrite);
  columns(() => {});
  asm.bind(done);
  asm.mov(stride, frame.slot('keptPanelA'));
  asm.mov(threeStrides, frame.slot('keptPanelB'));
}
