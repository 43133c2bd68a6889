import { type GeneratedCode, generatedCode } from './_generated_code.ts';
import { Frame } from './_x64_frame.ts';
import { betaIs, type GemmContext, type GemmSlot, loopSlots } from './_x64_gemm_context.ts';
import { emitMacroKernel } from './_x64_gemm_macro_kernel.ts';
import { contiguousIn, emitPacking, packing } from './_x64_gemm_packing.ts';
import { hasEdge } from './_x64_gemm_tiles.ts';
import { type Lanes, type Part, Vectors } from './_x64_vectors.ts';
import { type GemmBlockField, gemmX64Abi } from './gemm_abi.ts';
import type { GemmSpec } from './gemm_spec.ts';
import type { MicroKernel } from './micro_kernel.ts';
import { Assembler } from './x64_assembler.ts';
import { al, eax, k, type Label, type Memory, mem, rax, rcx, rdi, rdx } from './x64_operands.ts';

/** The number 1, as bits of an element. */
const oneBits = { double: 0x3ff0000000000000n, single: 0x3f800000n } as const;

const BLOCK_FIELD_BYTES = 8;

/** Room for a mask in memory, of the widest vector that has no mask registers. */
const MASK_BYTES = 32;

const blockFields = Object.keys(gemmX64Abi.fields) as GemmBlockField[];
const batchStrides: ReadonlySet<GemmBlockField> = new Set(['aBatchStride', 'bBatchStride', 'cBatchStride']);

/** Copies one slot of the frame to another; rax is lost. */
function copySlot({ asm, frame }: GemmContext, to: GemmSlot, from: GemmSlot): void {
  asm.mov(rax, frame.slot(from));
  asm.mov(frame.slot(to), rax);
}

/** slot += count * stride, all in the frame; rax is lost. */
function advanceSlot({ asm, frame }: GemmContext, slot: GemmSlot, count: GemmSlot, stride: GemmSlot): void {
  asm.mov(rax, frame.slot(count));
  asm.imul(rax, frame.slot(stride));
  asm.add(frame.slot(slot), rax);
}

/** slot = the smaller of two others; rax is lost. */
function smallerSlot({ asm, frame }: GemmContext, slot: GemmSlot, one: GemmSlot, other: GemmSlot): void {
  asm.mov(rax, frame.slot(one));
  asm.cmp(rax, frame.slot(other));
  asm.cmovg(rax, frame.slot(other));
  asm.mov(frame.slot(slot), rax);
}

/** Reads the argument block that rdi points to into the frame: integers, with strides in bytes, and factors as elements. */
function emitArguments({ asm, vectors, frame }: GemmContext): void {
  const read = (field: GemmBlockField) => {
    const given = mem({ base: rdi, displacement: gemmX64Abi.fields[field] * BLOCK_FIELD_BYTES });
    if (field === 'alpha' || field === 'beta') {
      asm.mov(frame.slot(field), 0); // the slot is compared as a whole
      vectors.convert(0, given);
      vectors.store(frame.element(field), 0, 1);
      return;
    }
    asm.cvttsd2si(rax, given);
    if (field.endsWith('Stride')) asm.shl(rax, Math.log2(vectors.elementBytes));
    asm.mov(frame.slot(field), rax);
  };
  const plain = asm.label('plainProduct');
  for (const field of blockFields) if (!batchStrides.has(field)) read(field);
  // A tiny product takes less than twenty nanoseconds: it should not wait for what it has no use for.
  asm.cmp(frame.slot('batch'), 1);
  asm.je(plain);
  for (const field of batchStrides) read(field);
  asm.bind(plain);
}

/** Jumps where a slot holds +0 or -0, as an element; rax is lost. */
function jumpIfZero({ asm, vectors, frame }: GemmContext, slot: GemmSlot, to: Label): void {
  const bits = vectors.elementBytes === 8 ? rax : eax;
  asm.mov(rax, frame.slot(slot));
  asm.emit('add', bits, bits); // drops the sign
  asm.jz(to);
}

/** Moves on to the next product of the batch and jumps to its start; after the last, goes on. rax is lost. */
function emitNextProduct({ asm, frame }: GemmContext, product: Label): void {
  const last = asm.label('lastProduct');
  asm.dec(frame.slot('batch'));
  asm.jz(last);
  for (const operand of ['a', 'b', 'c'] as const) {
    asm.mov(rax, frame.slot(`${operand}BatchStride`));
    asm.add(frame.slot(operand), rax);
  }
  asm.jmp(product);
  asm.bind(last);
}

/** Emits C = beta * C, where no product is to be added. */
function emitScaling(context: GemmContext, done: Label): void {
  const { asm, vectors, frame } = context;
  const [beta, element] = [0, 1] as const;
  const [product, column, scalar, scalarLoop, next] = ['product', 'column', 'scalar', 'element', 'nextColumn'].map(
    (name) => asm.label(name),
  ) as [Label, Label, Label, Label, Label];
  const scale = (lanes: Lanes) => {
    const keep = asm.label('keep');
    asm.cmp(frame.slot('betaNowIs'), betaIs.zero);
    asm.je(keep);
    vectors.loadScaled(element, beta, mem({ base: rdx }), lanes);
    asm.bind(keep);
    vectors.store(mem({ base: rdx }), element, lanes);
  };
  asm.cmp(frame.slot('betaNowIs'), betaIs.one);
  asm.je(done);
  vectors.broadcast(beta, frame.element('beta'));
  vectors.zero(element);
  asm.bind(product);
  copySlot(context, 'columnsLeft', 'n');
  copySlot(context, 'cColumnsAt', 'c');
  asm.bind(column);
  asm.mov(rdx, frame.slot('cColumnsAt'));
  asm.mov(rcx, frame.slot('m'));
  if (vectors.lanes > 1) {
    const loop = asm.label('vector');
    asm.cmp(frame.slot('cRowStride'), vectors.bytesOf(1));
    asm.jne(scalar);
    asm.bind(loop);
    asm.cmp(rcx, vectors.lanes);
    asm.jl(scalar);
    scale(vectors.lanes);
    asm.add(rdx, vectors.bytesOf(vectors.lanes));
    asm.sub(rcx, vectors.lanes);
    asm.jmp(loop);
  }
  asm.bind(scalar);
  asm.test(rcx, rcx);
  asm.jz(next);
  asm.bind(scalarLoop);
  scale(1);
  asm.add(rdx, frame.slot('cRowStride'));
  asm.dec(rcx);
  asm.jnz(scalarLoop);
  asm.bind(next);
  asm.mov(rax, frame.slot('cColumnStride'));
  asm.add(frame.slot('cColumnsAt'), rax);
  asm.dec(frame.slot('columnsLeft'));
  asm.jnz(column);
  emitNextProduct(context, product);
  asm.jmp(done);
}

/**
 * Chooses the depth of the next blocks: kc, or what is left, or half of what is left where that is between kc and 2 kc,
 * since two even blocks cost less than a full one and a shallow one.
 */
function emitDepth({ asm, frame }: GemmContext): void {
  const [halve, chosen] = [asm.label('halve'), asm.label('depth')];
  asm.mov(rax, frame.slot('depthLeft'));
  asm.mov(rcx, frame.slot('kc'));
  asm.cmp(rax, rcx);
  asm.jle(chosen);
  asm.lea(rdx, mem({ base: rcx, index: rcx }));
  asm.cmp(rax, rdx);
  asm.jl(halve);
  asm.mov(rax, rcx);
  asm.jmp(chosen);
  asm.bind(halve);
  asm.inc(rax);
  asm.shr(rax, 1);
  asm.bind(chosen);
  asm.mov(frame.slot('depth'), rax);
}

/** Emits the loop over the batch and the three over blocks: columns, depth, rows. */
function emitLoops(context: GemmContext, done: Label): void {
  const { asm, spec, frame } = context;
  const [product, columnLoop, depthLoop, rowLoop] = ['product', 'columns', 'depth', 'rows'].map((name) =>
    asm.label(name),
  ) as [Label, Label, Label, Label];

  asm.bind(product);
  copySlot(context, 'columnsLeft', 'n');
  copySlot(context, 'bColumnsAt', 'b');
  copySlot(context, 'cColumnsAt', 'c');
  asm.bind(columnLoop);
  smallerSlot(context, 'columns', 'columnsLeft', 'nc');
  copySlot(context, 'depthLeft', 'k');
  copySlot(context, 'bDepthAt', 'bColumnsAt');
  copySlot(context, 'aDepthAt', 'a');
  copySlot(context, 'betaNow', 'beta');
  emitBetaIs(context);

  asm.bind(depthLoop);
  emitDepth(context);
  asm.mov(frame.slot('isFirstBlock'), 1);
  copySlot(context, 'rowsLeft', 'm');
  copySlot(context, 'aRowsAt', 'aDepthAt');
  copySlot(context, 'cRowsAt', 'cColumnsAt');

  asm.bind(rowLoop);
  smallerSlot(context, 'rows', 'rowsLeft', 'mc');
  if (spec.packA) {
    asm.mov(packing.source, frame.slot('aRowsAt'));
    asm.mov(packing.target, frame.slot('packedA'));
    asm.mov(packing.widthStride, frame.slot('aRowStride'));
    asm.mov(packing.depthStride, frame.slot('aColumnStride'));
    asm.mov(packing.width, frame.slot('rows'));
    asm.mov(packing.depth, frame.slot('depth'));
    const contiguous = contiguousIn(spec.layoutA, 'column-major');
    emitPacking(context, { unit: spec.mu, contiguous, edge: hasEdge(spec.m, spec.mu), single: false });
  }
  emitMacroKernel(context);
  asm.mov(frame.slot('isFirstBlock'), 0);
  advanceSlot(context, 'aRowsAt', 'rows', 'aRowStride');
  advanceSlot(context, 'cRowsAt', 'rows', 'cRowStride');
  asm.mov(rax, frame.slot('rows'));
  asm.sub(frame.slot('rowsLeft'), rax);
  asm.jg(rowLoop);

  advanceSlot(context, 'aDepthAt', 'depth', 'aColumnStride');
  advanceSlot(context, 'bDepthAt', 'depth', 'bRowStride');
  // The later blocks of k are added to what the first has left.
  asm.mov(rax, oneBits[spec.precision]);
  asm.mov(frame.slot('betaNow'), rax);
  asm.mov(frame.slot('betaNowIs'), betaIs.one);
  asm.mov(rax, frame.slot('depth'));
  asm.sub(frame.slot('depthLeft'), rax);
  asm.jg(depthLoop);

  advanceSlot(context, 'bColumnsAt', 'columns', 'bColumnStride');
  advanceSlot(context, 'cColumnsAt', 'columns', 'cColumnStride');
  asm.mov(rax, frame.slot('columns'));
  asm.sub(frame.slot('columnsLeft'), rax);
  asm.jg(columnLoop);
  emitNextProduct(context, product);
  asm.jmp(done);
}

/** Makes the mask of the rows at the edge, where there is such an edge and such a mask. */
function emitEdgeMask({ asm, spec, vectors, frame }: GemmContext, maskAt: Memory): Part | undefined {
  const { m } = spec;
  const { lanes } = vectors;
  if (!vectors.hasMaskedParts) return undefined;
  // Whole registers, narrower where need be, are moved faster than masked ones.
  if (m !== 'any' && [0, 1, 2, 4, 8].includes(m % lanes)) return undefined;
  if (m === 'any') {
    // From 1 to lanes: rows that fill their last vector are a part like any other.
    asm.mov(rcx, frame.slot('m'));
    asm.dec(rcx);
    asm.and(rcx, lanes - 1);
    asm.inc(rcx);
  } else asm.mov(rcx, m % lanes);
  return vectors.makeMask(k(1), maskAt);
}

/** Sets `alphaIsOne`; rax and rcx are lost. */
function emitAlphaIsOne({ asm, spec, frame }: GemmContext): void {
  asm.xor(eax, eax);
  asm.mov(rcx, oneBits[spec.precision]);
  asm.cmp(frame.slot('alpha'), rcx);
  asm.sete(al);
  asm.mov(frame.slot('alphaIsOne'), rax);
}

/** Sets `betaNowIs` from beta; rax and rcx are lost. */
function emitBetaIs(context: GemmContext): void {
  const { asm, frame } = context;
  const known = asm.label('betaIs');
  asm.mov(frame.slot('betaNowIs'), betaIs.zero);
  jumpIfZero(context, 'beta', known);
  asm.mov(frame.slot('betaNowIs'), betaIs.one);
  asm.mov(rcx, oneBits[context.spec.precision]);
  asm.cmp(frame.slot('beta'), rcx);
  asm.je(known);
  asm.mov(frame.slot('betaNowIs'), betaIs.any);
  asm.bind(known);
}

/**
 * Generates a GEMM kernel as x86-64 machine code for the System V ABI: `void gemm(double *block)`.
 *
 * The function computes C = alpha A B + beta C for matrices of any size and strides, or for a batch of such, described by a block
 * of doubles ({@linkcode gemmX64Abi}). All of it is in the code: the loops over the batch and over blocks (Goto and van de Geijn, "Anatomy of
 * High-Performance Matrix Multiplication", ACM TOMS 34 (2008); Van Zee and van de Geijn, "BLIS", ACM TOMS 41 (2015)), the
 * packing of A and B into micro-panels, the micro-kernel with its register block of mu x nu, and edges. It is
 * position-independent, calls nothing, keeps no state, and writes to nothing but C, the two packing buffers and its own
 * stack, so several threads may run it at once with buffers of their own.
 *
 * Special values: `beta = 0` does not read C, `alpha = 0` and `k = 0` do not read A or B. An element of C is one sum in
 * rising order of k for each block of kc, scaled by alpha and added to beta times C; NaN and infinities propagate.
 * C whose rows are not contiguous (`cRowStride` other than 1) is updated element by element; exchanging operands,
 * C^T = B^T A^T, makes row-major C contiguous. The code holds what the specification says that operands and sizes may be,
 * and only that: the caller answers for calling it with no others.
 *
 * @param spec The kernel, as {@linkcode gemmSpec} makes it.
 * @param microKernel The innermost loop, where the specification says that it is written by hand.
 * @returns The code and a function that lists it in Intel syntax.
 * @example
 * ```ts
 * import { gemmSpec, x64Gemm } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const { bytes, listing } = x64Gemm(gemmSpec({ isa: 'avx512' }));
 * assert.ok(bytes instanceof Uint8Array && bytes.length > 0);
 * assert.match(listing(), /vfmadd231pd zmm/);
 * ```
 */
export function x64Gemm(spec: GemmSpec, microKernel?: MicroKernel): GeneratedCode {
  const asm = new Assembler();
  const vectors = new Vectors(asm, spec.isa, spec.muladd, spec.precision);
  const sumsBytes = spec.layoutC === 'column-major' ? 0 : vectors.bytesOf(spec.mu * spec.nu);
  const frame = new Frame<GemmSlot>(asm, [...blockFields, ...loopSlots], sumsBytes + MASK_BYTES);
  const [scaling, done] = [asm.label('scaling'), asm.label('done')];
  frame.enter();
  const context: GemmContext = { asm, spec, vectors, frame, edgeMask: undefined, microKernel };
  emitArguments(context);
  for (const size of ['m', 'n', 'batch'] as const) {
    asm.cmp(frame.slot(size), 0);
    asm.jle(done);
  }
  emitBetaIs(context);
  asm.cmp(frame.slot('k'), 0);
  asm.jle(scaling);
  jumpIfZero(context, 'alpha', scaling);
  emitAlphaIsOne(context);
  emitLoops({ ...context, edgeMask: emitEdgeMask(context, frame.scratch(sumsBytes)) }, done);
  asm.bind(scaling);
  emitScaling(context, done);
  asm.bind(done);
  vectors.leave();
  frame.leave();
  return generatedCode(asm);
}
