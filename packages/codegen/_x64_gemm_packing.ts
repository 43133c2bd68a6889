import type { GemmContext } from './_x64_gemm_context.ts';
import type { Lanes } from './_x64_vectors.ts';
import type { Layout } from './gemm_spec.ts';
import type { Label, Memory } from './x64_operands.ts';
import { mem, r8, r9, r10, r11, r12, r13, r14, r15, rax, rbp, rbx, rcx, rdi, rdx, rsi } from './x64_operands.ts';

/**
 * Registers that packing starts from. The source is an operand seen with its width along the panels (rows of A, columns
 * of B) and its depth along k. All registers but rsp are lost.
 */
export const packing = {
  /** First element of the block. */
  source: rsi,
  /** Packed block. */
  target: rdi,
  /** Bytes from one element to the next across. */
  widthStride: r8,
  /** Bytes from one element to the next in depth. */
  depthStride: r9,
  /** Elements across, at least 1. */
  width: r10,
  /** Elements in depth, at least 1. */
  depth: r11,
} as const;

const { source, target, widthStride, depthStride, width, depth } = packing;

// A strip is as wide as a vector and as deep as the block; a panel is copied strip by strip.
const stripSource = r12;
const stripTarget = r13;
const stripsLeft = r14;
const from = rax;
const to = r15;
const count = rcx;
const [threeStrides, fiveStrides, sevenStrides] = [rbx, rbp, rdx];

/** Element `index` across, from the moving source pointer. */
function across(index: number): Memory {
  const simple = [undefined, [widthStride, 1], [widthStride, 2], [threeStrides, 1], [widthStride, 4]] as const;
  const rest = [
    [fiveStrides, 1],
    [threeStrides, 2],
    [sevenStrides, 1],
  ] as const;
  const term = [...simple, ...rest][index];
  return term === undefined ? mem({ base: from }) : mem({ base: from, index: term[0], scale: term[1] });
}

/** Bytes of a cache line of every x86-64 processor. */
export const CACHE_LINE_BYTES = 64;

/** A group of panels is so many bytes across, or more: less would waste the lines and pages that it visits. */
const GROUP_BYTES = 128;

/** Rows that {@linkcode across} reaches. */
const MOST_ROWS = 8;

/** Vector registers that every instruction set has. */
const vectorsAtHand = 16;

/** Starts a strip: pointers and the count of its depth. */
function startStrip({ asm }: GemmContext): void {
  asm.mov(from, stripSource);
  asm.mov(to, stripTarget);
  asm.mov(count, depth);
}

/** A strip whose elements across are contiguous: a vector a step. */
function copyStrip(context: GemmContext, unit: number, lanes: Lanes): void {
  const { asm, vectors } = context;
  const loop = asm.label('copy');
  startStrip(context);
  asm.bind(loop);
  vectors.load(0, mem({ base: from }), lanes);
  vectors.store(mem({ base: to }), 0, lanes);
  asm.add(from, depthStride);
  asm.add(to, vectors.bytesOf(unit));
  asm.dec(count);
  asm.jnz(loop);
}

/**
 * A strip whose elements in depth are contiguous: squares are transposed in registers. A register takes a piece of 16
 * bytes of each second row (of each fourth in single precision), the next one the same of the rows after those, so that
 * transposing the pieces gives as many steps as a piece has elements.
 */
function transposeStrip(context: GemmContext, unit: number, lanes: Lanes): void {
  const { asm, vectors } = context;
  const [loop, tail, tailLoop, done] = [
    asm.label('square'),
    asm.label('tail'),
    asm.label('element'),
    asm.label('strip'),
  ];
  startStrip(context);
  asm.sub(count, lanes);
  asm.jl(tail);
  asm.bind(loop);
  const { pieceLanes } = vectors;
  const turns = Math.floor(vectorsAtHand / (pieceLanes + 1));
  for (let step = 0; step < lanes; step += pieceLanes) {
    // Registers take turns so that the steps do not wait for each other.
    const first = ((step / pieceLanes) % turns) * (pieceLanes + 1);
    const rows = Array.from({ length: pieceLanes }, (_, row) => first + row);
    for (const [row, register] of rows.entries()) {
      const places = Array.from({ length: lanes / pieceLanes }, (_, piece) => across(row + piece * pieceLanes));
      vectors.loadPieces(
        register,
        places.map((place) => place.at(vectors.bytesOf(step))),
      );
    }
    for (const [column, register] of vectors.transpose(rows, first + pieceLanes, lanes).entries()) {
      vectors.store(mem({ base: to, displacement: vectors.bytesOf((step + column) * unit) }), register, lanes);
    }
  }
  asm.add(from, vectors.bytesOf(lanes));
  asm.add(to, vectors.bytesOf(lanes * unit));
  asm.sub(count, lanes);
  asm.jge(loop);
  asm.bind(tail);
  asm.add(count, lanes);
  asm.jz(done);
  asm.bind(tailLoop);
  for (let index = 0; index < lanes; index++) {
    vectors.load(index, across(index), 1);
    vectors.store(mem({ base: to, displacement: vectors.bytesOf(index) }), index, 1);
  }
  asm.add(from, vectors.bytesOf(1));
  asm.add(to, vectors.bytesOf(unit));
  asm.dec(count);
  asm.jnz(tailLoop);
  asm.bind(done);
}

/** A strip of any strides: one element a step, or pieces filled with elements. */
function gatherStrip(context: GemmContext, unit: number, lanes: Lanes): void {
  const { asm, vectors } = context;
  const { pieceLanes } = vectors;
  const loop = asm.label('gather');
  startStrip(context);
  asm.bind(loop);
  if (lanes === 1) {
    vectors.load(0, across(0), 1);
    vectors.store(mem({ base: to }), 0, 1);
  }
  for (let first = 0; first + pieceLanes <= lanes; first += pieceLanes) {
    const places = Array.from({ length: pieceLanes }, (_, index) => across(first + index));
    // Registers take turns; a piece may take three.
    const register = (3 * first) / pieceLanes;
    vectors.gather(register, places);
    vectors.store(mem({ base: to, displacement: vectors.bytesOf(first) }), register, pieceLanes);
  }
  asm.add(from, depthStride);
  asm.add(to, vectors.bytesOf(unit));
  asm.dec(count);
  asm.jnz(loop);
}

/** Panels that are copied together: their lines lie side by side in the source, and each of its pages is visited less often. */
function groupOf({ vectors }: GemmContext, unit: number): 2 | 4 {
  return vectors.bytesOf(unit) < GROUP_BYTES ? 4 : 2;
}

/** Copies a group of whole panels whose elements across are contiguous, all their vectors in each step. */
function copyGroup(context: GemmContext, unit: number): void {
  const { asm, vectors } = context;
  const loop = asm.label('copyGroup');
  const group = groupOf(context, unit);
  const [panelBytes, threePanels] = [stripSource, stripTarget];
  const panels = [
    mem({ base: to }),
    mem({ base: to, index: panelBytes }),
    mem({ base: to, index: panelBytes, scale: 2 }),
    mem({ base: to, index: threePanels }),
  ].slice(0, group);
  asm.imul(panelBytes, depth, vectors.bytesOf(unit));
  if (group > 2) asm.lea(threePanels, mem({ base: panelBytes, index: panelBytes, scale: 2 }));
  asm.mov(from, source);
  asm.mov(to, target);
  asm.mov(count, depth);
  asm.bind(loop);
  let register = 0;
  for (const [index, panel] of panels.entries()) {
    let offset = 0;
    for (const lanes of vectors.widthsOf(unit)) {
      vectors.load(register, mem({ base: from, displacement: vectors.bytesOf(index * unit + offset) }), lanes);
      vectors.store(panel.at(vectors.bytesOf(offset)), register, lanes);
      register = (register + 1) % vectors.registers;
      offset += lanes;
    }
  }
  // Each step in depth may be on a page of its own, where the processor's own prefetching does not follow.
  const ahead = mem({ base: from, index: depthStride, scale: 8 });
  for (let line = 0; line < vectors.bytesOf(group * unit); line += CACHE_LINE_BYTES) asm.prefetcht0(ahead.at(line));
  asm.add(from, depthStride);
  asm.add(to, vectors.bytesOf(unit));
  asm.dec(count);
  asm.jnz(loop);
  asm.add(source, vectors.bytesOf(group * unit));
  asm.imul(panelBytes, panelBytes, group);
  asm.add(target, panelBytes);
}

/** Fills a panel that will not be full with zeros, so that what lies beyond the edge is harmless to compute with. */
function zeroPanel(context: GemmContext, unit: number): void {
  const { asm, vectors } = context;
  const loop = asm.label('zeros');
  const widths = vectors.widthsOf(unit);
  asm.mov(to, target);
  asm.mov(count, depth);
  vectors.zero(0);
  asm.bind(loop);
  let offset = 0;
  for (const lanes of widths) {
    vectors.store(mem({ base: to, displacement: vectors.bytesOf(offset) }), 0, lanes);
    offset += lanes;
  }
  asm.add(to, vectors.bytesOf(unit));
  asm.dec(count);
  asm.jnz(loop);
}

/** Copies what the panel holds strip by strip, the widest strips first. */
function strips(context: GemmContext, widths: readonly Lanes[], strip: (lanes: Lanes) => void): void {
  const { asm, vectors } = context;
  for (const lanes of widths) {
    const [loop, next] = [asm.label('strips'), asm.label('narrower')];
    asm.bind(loop);
    asm.cmp(stripsLeft, lanes);
    asm.jl(next);
    strip(lanes);
    for (let left: number = lanes; left > 0; left -= 8) {
      asm.lea(stripSource, mem({ base: stripSource, index: widthStride, scale: Math.min(left, 8) as 1 | 2 | 4 | 8 }));
    }
    asm.add(stripTarget, vectors.bytesOf(lanes));
    asm.sub(stripsLeft, lanes);
    asm.jmp(loop);
    asm.bind(next);
  }
}

/** Which elements of an operand are contiguous, as far as packing may rely on it; `'any'` is what the strides of a call say. */
export type Contiguous = 'across' | 'depth' | 'neither' | 'any';

/** What is packed. */
export interface Panels {
  /** Width of a panel: mu or nu. */
  readonly unit: number;
  readonly contiguous: Contiguous;
  /** Whether a panel may be filled in part. */
  readonly edge: boolean;
  /** Whether there is only one. */
  readonly single: boolean;
}

/** The strips that a panel is made of, the widest first; of those given, which end with 1. An edge may be of any width. */
function stripsOf(lanes: readonly Lanes[], { unit, edge }: Panels): Lanes[] {
  let left = unit;
  return lanes.filter((width) => {
    const used = left >= width;
    left %= width;
    return used || (edge && width <= unit);
  });
}

/** Copies one panel, or what there is of the last, strip by strip; `stripsLeft` elements across are to be copied. */
function copyPanel(context: GemmContext, panels: Panels): void {
  const { asm, vectors } = context;
  const { unit, contiguous } = panels;
  const [depth, across, copied] = [asm.label('contiguousDepth'), asm.label('contiguousAcross'), asm.label('copied')];
  const widths = ([16, 8, 4, 2, 1] as const).filter((lanes) => lanes <= vectors.lanes);
  const any = contiguous === 'any';
  asm.mov(stripSource, source);
  asm.mov(stripTarget, target);
  if (any) {
    asm.cmp(widthStride, vectors.bytesOf(1));
    asm.je(across);
  }
  if (contiguous !== 'across') {
    asm.lea(threeStrides, mem({ base: widthStride, index: widthStride, scale: 2 }));
    asm.lea(fiveStrides, mem({ base: widthStride, index: widthStride, scale: 4 }));
    asm.lea(sevenStrides, mem({ base: fiveStrides, index: widthStride, scale: 2 }));
  }
  if (any) {
    asm.cmp(depthStride, vectors.bytesOf(1));
    asm.je(depth);
  }
  if (any || contiguous === 'neither') {
    const gathered = widths.filter((lanes) => lanes === MOST_ROWS || lanes === vectors.pieceLanes || lanes === 1);
    strips(context, stripsOf(gathered, panels), (lanes) => gatherStrip(context, unit, lanes));
  }
  if (any) {
    asm.jmp(copied);
    asm.bind(depth);
  }
  if (any || contiguous === 'depth') {
    const squares = widths.filter((lanes) => lanes === 1 || (lanes >= vectors.pieceLanes && lanes <= MOST_ROWS));
    strips(context, stripsOf(squares, panels), (lanes) =>
      lanes === 1 ? gatherStrip(context, unit, 1) : transposeStrip(context, unit, lanes),
    );
  }
  if (any) {
    asm.jmp(copied);
    asm.bind(across);
  }
  if (any || contiguous === 'across') {
    strips(context, stripsOf(widths, panels), (lanes) => copyStrip(context, unit, lanes));
  }
  asm.bind(copied);
}

/** What is contiguous in the panels of an operand that is contiguous across them in the layout `across`. */
export function contiguousIn(layout: Layout, across: Layout): Contiguous {
  if (layout === 'any') return 'any';
  if (layout === 'strided') return 'neither';
  return layout === across ? 'across' : 'depth';
}

/**
 * Emits the packing of a block into micro-panels of `unit` elements across: element (w, p) of a panel is at p * unit + w.
 *
 * Contiguous elements across are copied by vectors, contiguous elements in depth transposed in registers, any others
 * gathered one by one. Only elements of the block are read; the last panel is filled up with zeros.
 */
export function emitPacking(context: GemmContext, panels: Panels): void {
  const { asm, vectors } = context;
  const { unit, contiguous, edge, single: isSingle } = panels;
  const [panel, single, whole, done] = ['panel', 'singlePanel', 'wholePanel', 'packed'].map((name) =>
    asm.label(name),
  ) as [Label, Label, Label, Label];
  const group = groupOf(context, unit);
  asm.bind(panel);
  const grouped = !isSingle && (contiguous === 'any' || contiguous === 'across');
  if (grouped && contiguous === 'any') {
    asm.cmp(widthStride, vectors.bytesOf(1));
    asm.jne(single);
  }
  if (grouped) {
    asm.cmp(width, group * unit);
    asm.jl(single);
    copyGroup(context, unit);
    asm.sub(width, group * unit);
    asm.jg(panel);
    asm.jmp(done);
  }
  asm.bind(single);
  asm.mov(stripsLeft, unit);
  if (edge) {
    asm.cmp(width, stripsLeft);
    asm.jge(whole);
    asm.mov(stripsLeft, width);
    zeroPanel(context, unit);
    asm.bind(whole);
  }
  copyPanel(context, panels);
  if (isSingle) {
    asm.bind(done);
    return;
  }
  asm.imul(rax, widthStride, unit);
  asm.add(source, rax);
  asm.imul(rax, depth, vectors.bytesOf(unit));
  asm.add(target, rax);
  asm.sub(width, unit);
  asm.jg(panel);
  asm.bind(done);
}
